"""A message that says too little alone waits inside its request whether more follows.

Passive replies cost none of the five messages, and there is one for each push: whoever writes 在吗,
我那个, 店登不上了 in a row gets one answer, to the last. The push is stored without an end, so any
process that takes the next message of the merchant gives it one; the request looks every moment
whether that has happened. It waits outside every transaction, and holds no connection.
"""

import threading
import time
from collections.abc import Callable

LOOKS, LOOK_SECONDS = 12, 0.2
"""2.4 seconds in all: with what deciding takes, well inside WeChat's five."""
SHARE = 4
"""One in so many of the free threads may wait; when as many do, nobody waits any more."""


class Holding:
    """The requests of this process that wait. `pause` lets time pass."""

    def __init__(self, threads: int = 48, pause: Callable[[float], None] = time.sleep) -> None:
        self.pages = 0
        """Threads that open pages of the desk keep."""
        self._threads = threads
        self.pause = pause
        self._lock = threading.Lock()
        self._waiting = 0

    def may_wait(self) -> bool:
        return self._waiting < (self._threads - self.pages) // SHARE

    def wait(self, over: Callable[[], bool]) -> None:
        """Until it is over, or the time is up; not at all when too many wait already."""
        with self._lock:
            if not self.may_wait():
                return
            self._waiting += 1
        try:
            for _ in range(LOOKS):
                self.pause(LOOK_SECONDS)
                if over():
                    return
        finally:
            with self._lock:
                self._waiting -= 1
