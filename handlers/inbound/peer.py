"""Does WeChat still wait for this answer? An answer into a connection that it has closed is lost.

WeChat hangs up after five seconds and tries again, three times in all, five seconds apart. A
closed connection can be seen: its end has come in behind the request. Where a proxy hides that,
the age of the push tells.
"""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

# Three tries of five seconds each, less a second for the way back.
NOBODY_WAITS = timedelta(seconds=14)
# A signature is good for this long, so an older push is no late one: its CreateTime means nothing.
MEANINGLESS = timedelta(seconds=300)
LAGS = 10
"""Accepted pushes that are remembered. As many are mistaken for late ones, at most, after the
clock was put forward unseen."""
CLOCK_STEP_SECONDS = 1.0
SOCKETS = ("gunicorn.socket", "werkzeug.socket")


class Lags:
    """How long pushes take to come in, by our clock and WeChat's. Safe to share between threads.

    The smallest of the last ones is what the two clocks are apart, so that a clock that is wrong
    makes no push look late. `ticking` is a clock that nobody sets.
    """

    def __init__(self, ticking: Callable[[], float] = time.monotonic) -> None:
        self._ticking = ticking
        self._lags: deque[timedelta] = deque(maxlen=LAGS)
        self._apart: float | None = None
        self._lock = threading.Lock()

    def accepted(self, created_at: datetime, now: datetime) -> None:
        with self._lock:
            self._forget_after_a_step(now)
            if abs(now - created_at) <= MEANINGLESS:
                self._lags.append(now - created_at)

    def too_old(self, created_at: datetime, now: datetime) -> bool:
        """Is it so long since the merchant sent this that WeChat has given up?"""
        lag = now - created_at
        with self._lock:
            self._forget_after_a_step(now)
            smallest = min(self._lags, default=lag)
        return lag <= MEANINGLESS and lag - smallest > NOBODY_WAITS

    def _forget_after_a_step(self, now: datetime) -> None:
        """Somebody set the clock: what it showed before says nothing about it now."""
        apart = now.timestamp() - self._ticking()
        if self._apart is not None and abs(apart - self._apart) > CLOCK_STEP_SECONDS:
            self._lags.clear()
        self._apart = apart


class Connection:
    """The connection of one request, as far as the server shows it."""

    def __init__(self, environ: Mapping[str, object]) -> None:
        found = next((environ[name] for name in SOCKETS if name in environ), None)
        self._socket = found if isinstance(found, socket.socket) else None

    def hung_up(self) -> bool:
        """The other side has closed it, or it is broken. False where nothing can be seen."""
        return self._look() != "open"

    def reset(self) -> bool:
        """The other side had closed it before it read what was written last."""
        return self._look() == "reset"

    def _look(self) -> str:
        if self._socket is None:
            return "open"
        try:
            seen = self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return "open"
        except OSError:
            return "reset"
        return "open" if seen else "closed"


class NotedBody:
    """A body that tells what became of it: `written`, or `unwritten` where the server could not.

    A server asks for the next piece once it has written the one before.
    """

    def __init__(
        self, body: bytes, written: Callable[[], None], unwritten: Callable[[], None]
    ) -> None:
        self._body: bytes | None = body
        self._written = written
        self._unwritten: Callable[[], None] | None = unwritten

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._body is not None:
            body, self._body = self._body, None
            return body
        if self._unwritten is not None:
            self._unwritten = None
            self._written()
        raise StopIteration

    def close(self) -> None:
        """Servers call it in the end, whatever happened."""
        unwritten, self._unwritten = self._unwritten, None
        if unwritten is not None:
            unwritten()
