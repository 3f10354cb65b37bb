"""Connections to WeChat that end in time, and are not used again once they may be dead.

requests knows only how long to wait for the next byte: an answer that drips may take for ever. And
a firewall that forgets an idle connection tells nobody, so what is written into it is lost.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

IDLE_SECONDS = 5.0
"""Less than any firewall or balancer waits. A new connection costs some 50 ms."""


class Deadline:
    """Ends a call: cuts the connection that its thread uses when the time is up."""

    def __init__(self) -> None:
        self.passed = False
        self.connection: HTTPConnection | None = None

    def cut(self) -> None:
        self.passed = True
        sock = self.connection.sock if self.connection is not None else None
        if sock is not None:
            with suppress(OSError):  # it has ended by itself
                sock.shutdown(socket.SHUT_RDWR)


_of_thread = threading.local()


@contextmanager
def within(seconds: float) -> Iterator[Deadline]:
    """Whatever this thread exchanges with the other side is cut after so many seconds."""
    deadline = Deadline()
    timer = threading.Timer(seconds, deadline.cut)
    timer.daemon = True
    _of_thread.deadline = deadline
    timer.start()
    try:
        yield deadline
    finally:
        timer.cancel()
        _of_thread.deadline = None


class _Aging:
    """A connection that counts as dropped once it was idle for too long."""

    _last_used = 0.0

    @property
    def is_connected(self) -> bool:
        fresh = time.monotonic() - self._last_used < IDLE_SECONDS
        return fresh and bool(super().is_connected)  # type: ignore[misc]

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (urllib3's own)
        deadline = getattr(_of_thread, "deadline", None)
        if deadline is not None:
            deadline.connection = self
        self._last_used = time.monotonic()
        super().request(*args, **kwargs)  # type: ignore[misc]

    def getresponse(self) -> Any:  # noqa: ANN401 (urllib3's own)
        answer = super().getresponse()  # type: ignore[misc]
        self._last_used = time.monotonic()
        return answer


class _Plain(_Aging, HTTPConnection):
    pass


class _Secure(_Aging, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain  # type: ignore[mutable-override]  # urllib3's own way


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure  # type: ignore[mutable-override]


class Adapter(HTTPAdapter):
    """For requests: pools of such connections."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (requests' own)
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
