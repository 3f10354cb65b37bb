"""The command line's commands. They get an Installation from bot.py and read no settings."""
