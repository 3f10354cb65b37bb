"""What happens by itself, as time passes: the job queue, its schedule and the sweep."""
