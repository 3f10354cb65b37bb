"""Queries by subject. Each takes a session and never commits."""
