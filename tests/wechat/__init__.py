"""The door to WeChat, and the stand-in behind it."""
