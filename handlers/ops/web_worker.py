"""gunicorn's threaded worker, whose main loop waits for nobody.

gunicorn closes a connection in the loop that takes new ones, and waits up to two seconds there for
what the other side still sends: sixty uploads to an address that there is not stop every worker.
"""

import socket
import time
from functools import partial

from gunicorn import util
from gunicorn.workers import gthread

# Enough for a visitor on the same continent to read why they were refused.
LAST_WORDS_SECONDS = 0.2


class Worker(gthread.ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    def handle(self, conn: gthread.TConn) -> object:
        """The end of a connection is waited for in the thread that served it."""
        more = super().handle(conn)
        if more is False:
            util.close_graceful(conn.sock, timeout=LAST_WORDS_SECONDS)
            conn.close = partial(_closed, conn.sock)
        return more

    def _keepalive_after(self, conn: gthread.TConn, keepalive: object) -> bool:
        """What nobody read of a body is waited for as briefly."""
        deadline = time.monotonic() + LAST_WORDS_SECONDS
        return bool(keepalive and conn.parser.finish_body(deadline=deadline))


def _closed(sock: socket.socket, *, graceful: bool = False) -> None:
    """The end has been waited for, whatever `graceful` asks."""
    del graceful
    util.close(sock)
