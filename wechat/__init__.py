"""WeChat's protocol: crypto and XML in, replies and API calls out, limits, the simulator."""
