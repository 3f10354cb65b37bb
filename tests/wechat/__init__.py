"""The door to WeChat, and the simulator behind it."""
