"""The only door to WeChat: crypto and XML in, replies and API calls out, limits, the simulator."""
