"""From a merchant's words to the entry they ask for."""
