"""Ports for programs that tests start."""

import os
import socket
from itertools import count

# Below those that the system gives to outgoing connections, and each process begins elsewhere:
# between the look and the program's start nobody else takes the port.
LOWEST, HIGHEST = 10_000, 30_000
_numbers = count(os.getpid() * 131)


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    while True:
        port = LOWEST + next(_numbers) % (HIGHEST - LOWEST)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
