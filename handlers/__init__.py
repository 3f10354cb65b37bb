"""What happens when somebody does something, or when time passes."""
