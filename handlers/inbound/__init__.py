"""A push from WeChat: received, decided, and committed once."""
