"""What happens by itself: what is sent, fetched, told and swept. handlers/jobs.py runs it."""
