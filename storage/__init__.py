"""Persistence: tables, queries and migrations. Queries take a session and never commit."""
