"""The files by which the gate's process is told what to do, and gives what it made."""

JOB, OLD, NEW = "job.json", "old.bin", "new.bin"
