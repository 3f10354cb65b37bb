"""Running the program: server, health, metrics, logs, backup, erasure, the check of the account."""
