"""gunicorn's threaded worker, which gives a thread to whole requests only.

gunicorn's own hands a connection to a thread with its first byte: as many senders as there are
threads, each with half a request, stop it. Here the loop gathers requests, with a deadline, and
waits for nobody. Why not another server: docs/decisions/0015-a-thread-for-a-whole-request.md.
"""

import errno
import resource
import socket
import struct
import threading
import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import TYPE_CHECKING

from gunicorn import http, util
from gunicorn.http.unreader import Unreader
from gunicorn.workers import gthread

from handlers.ops.request_buffer import RequestBuffer, UnacceptableRequestError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

IDLE_SECONDS = 15.0  # before the first byte of a request, the first one and every further
HEAD_SECONDS = 10.0
BODY_SECONDS = 60.0  # a consultant's picture over a bad line
STOPPING_SECONDS = 0.5  # for the rest of what has begun when the program stops
PIECE = 64 * 1024
# All that one process gathers. Past it the largest has to go, so that small pushes always fit.
GATHERED_MAX = 64 * 1024 * 1024
# Enough for a visitor on the same continent to read why they were refused.
LAST_WORDS_SECONDS = 0.2
# Whatever a stranger may ask for fits into the kernel's buffer: a slow reader keeps no thread.
SEND_BUFFER = 256 * 1024
SEND_SECONDS = 30
OPEN_FILES = 16_384
FULL = frozenset({errno.EMFILE, errno.ENFILE})


class BufferedRequest(Unreader):  # type: ignore[misc]  # gunicorn ships no types
    """One request, and nothing after it: the parser never waits for the network."""

    def __init__(self, request: bytes) -> None:
        super().__init__()
        self.unread(request)

    def chunk(self, _size_hint: int | None = None) -> bytes:
        return b""


class GunicornConnection(gthread.TConn):  # type: ignore[misc]
    """A connection with what it has sent. `since` and `timeout`: of the monotonic clock."""

    def __init__(self, cfg: object, sock: socket.socket, client: object, server: object) -> None:
        super().__init__(cfg, sock, client, server)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))
        self.initialized = False
        self.gathered = RequestBuffer()
        self.since = 0.0
        self.cut = False
        self.held = 0
        """Bytes that a thread works on."""

    def begin(self) -> None:
        """In a thread: the parser gets the one request that is whole."""
        if not self.initialized:
            self.initialized = True
            self.parser = http.get_parser(self.cfg, self.sock, self.client)
        self.cut = self.gathered.cut
        self.parser.unreader = BufferedRequest(self.gathered.take())

    def tell(self, status: str, *fields: str) -> None:
        """A few bytes; lost where they do not fit."""
        with suppress(OSError):
            self.sock.send("\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode("ascii"))

    def wait(self, seconds: float) -> None:
        self.since = time.monotonic()
        self.timeout = self.since + seconds


class Worker(gthread.ThreadWorker):  # type: ignore[misc]
    def __init__(self, *how: object, **more: object) -> None:
        super().__init__(*how, **more)
        self._waiting: set[GunicornConnection] = set()
        self._held = 0
        self._looked = 0.0
        self._stopping = False
        self.endings: list[Callable[[], None]] = []
        """What else has to end with this process; begun as soon as it stops."""
        self._enders: list[threading.Thread] = []

    def init_process(self) -> None:
        """More files may be open than a shell allows by default: every caller needs one."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        super().init_process()

    def end(self) -> None:
        """Begin the endings, unless they have begun."""
        if not self._enders:
            self._enders = [threading.Thread(target=each, daemon=True) for each in self.endings]
            for each in self._enders:
                each.start()

    def ended(self, seconds: float) -> None:
        """Wait for them at most this long; threads that go on after that are left to themselves."""
        self.end()
        until = time.monotonic() + seconds
        for each in self._enders:
            each.join(max(0.0, until - time.monotonic()))

    # In the loop: nothing here waits.

    def accept(self, listener: socket.socket) -> None:
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in FULL:
                self._make_room()
            elif error.errno not in {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK}:
                raise
            return
        self.nr_conns += 1
        connection = GunicornConnection(self.cfg, sock, client, listener.getsockname())
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        self._await(connection)

    def finish_request(self, conn: GunicornConnection, fs: "Future[object]") -> None:
        self._held -= conn.held
        conn.held = 0
        if not fs.cancelled() and fs.exception() is None and fs.result():
            self._await(conn)
        else:
            self.nr_conns -= 1
            conn.close()

    def murder_pending(self) -> None:
        """Once a second: whose time is over."""
        now = time.monotonic()
        if now - self._looked < (STOPPING_SECONDS if self._stopping else 1.0):
            return
        self._looked = now
        for connection in [each for each in self._waiting if each.timeout <= now]:
            self._hang_up(connection)

    def _cap_keepalive(self, deadline: float) -> None:
        """The worker begins to stop."""
        super()._cap_keepalive(deadline)
        self._stopping = True
        self.end()
        for connection in list(self._waiting):
            if len(connection.gathered):
                connection.timeout = time.monotonic() + STOPPING_SECONDS
            else:
                self._hang_up(connection)

    def _await(self, connection: GunicornConnection) -> None:
        """The next request of this connection; some of it may be here already."""
        connection.sock.settimeout(0)
        self._waiting.add(connection)
        self._held += len(connection.gathered)
        connection.wait(HEAD_SECONDS if len(connection.gathered) else IDLE_SECONDS)
        if connection.gathered.whole():
            self._hand_over(connection)
        elif self._stopping:
            self._hang_up(connection)
        else:
            self._readable(connection)
            if connection in self._waiting:
                watch = partial(self._readable, connection)
                self.poller.register(connection.sock, EVENT_READ, watch)

    def _readable(self, connection: GunicornConnection, _sock: object = None) -> None:
        if connection not in self._waiting:
            return  # it was closed for another in the same round of events
        try:
            data = connection.sock.recv(PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._hang_up(connection)
            return
        self._held += len(data)
        try:
            self._gather(connection, data)
        except UnacceptableRequestError as error:
            self._refuse(connection, error.status)

    def _gather(self, connection: GunicornConnection, data: bytes) -> None:
        """Pieces do not put the deadline off; there is one for the head and one for the body."""
        gathered = connection.gathered
        began, in_head = not len(gathered), not gathered.in_body
        gathered.add(data)
        if gathered.whole():
            self._hand_over(connection)
            return
        if in_head and gathered.in_body:
            connection.wait(BODY_SECONDS)
            if gathered.expects:
                connection.tell("100 Continue")
        elif began:
            connection.wait(HEAD_SECONDS)
        if self._held > GATHERED_MAX:
            self._hang_up(max(self._waiting, key=lambda each: len(each.gathered)))

    def _hand_over(self, connection: GunicornConnection) -> None:
        self._forget(connection)
        connection.held = len(connection.gathered)
        self._held += connection.held
        self.enqueue_req(connection)

    def _make_room(self) -> None:
        """Who has been waited for longest has to go."""
        if self._waiting:
            self._hang_up(min(self._waiting, key=lambda each: each.since))

    def _refuse(self, connection: GunicornConnection, status: str) -> None:
        connection.tell(status, "Connection: close", "Content-Length: 0")
        self._hang_up(connection)

    def _hang_up(self, connection: GunicornConnection) -> None:
        self._forget(connection)
        self.nr_conns -= 1
        connection.close()

    def _forget(self, connection: GunicornConnection) -> None:
        self._waiting.discard(connection)
        self._held -= len(connection.gathered)
        with suppress(KeyError, ValueError):  # it was not registered yet
            self.poller.unregister(connection.sock)

    # In a thread.

    def handle(self, conn: GunicornConnection) -> object:
        """One request; the end of a connection is waited for here and not in the loop."""
        try:
            conn.begin()
        except UnacceptableRequestError:
            return False
        more = super().handle(conn)
        if more is False:
            util.close_graceful(conn.sock, timeout=LAST_WORDS_SECONDS)
        return more

    def _keepalive_after(self, conn: GunicornConnection, keepalive: object) -> bool:
        """What follows a body that was too large is no request."""
        return bool(keepalive and not conn.cut and conn.parser.finish_body())
