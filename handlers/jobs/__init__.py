"""Background jobs: the queue, the schedule and the sweep every minute."""
