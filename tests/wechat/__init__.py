"""Tests of the WeChat protocol and of the simulator."""
