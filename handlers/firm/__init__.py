"""What a firm sets for itself: opening hours, the menu, names of reasons and outcomes."""
