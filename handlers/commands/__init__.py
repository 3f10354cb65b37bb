"""The command line's commands. bot.py hands them an installation; they read no settings."""
