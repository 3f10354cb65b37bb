"""The program on another server, to compare.

`python -m bench.other_servers gthread|waitress|gevent serve …`
"""

import importlib
import sys
import threading
from collections.abc import Callable
from functools import cached_property

name = sys.argv.pop(1)
if name == "gevent":
    importlib.import_module("gevent.monkey").patch_all()

# What gevent changes must not have been imported before.
from gunicorn.workers import base, gthread  # noqa: E402

import bot  # noqa: E402
from handlers.ops import server  # noqa: E402


class Endings:
    """What our own worker has besides."""

    @cached_property
    def endings(self) -> list[Callable[[], None]]:
        return []

    def ended(self, _seconds: float) -> None:
        for each in self.endings:
            each()


class Threads(Endings, gthread.ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """As it comes."""


class Waitress(Endings, base.Worker):  # type: ignore[misc]
    """Gathers requests and buffers answers in its loop; its threads only run the application."""

    def run(self) -> None:
        waitress = importlib.import_module("waitress")
        served = waitress.create_server(
            self.wsgi,
            sockets=[each.sock for each in self.sockets],
            threads=self.cfg.threads,
            connection_limit=1000,
            channel_request_lookahead=1,
        )
        threading.Thread(target=self._beat, daemon=True).start()
        served.run()

    def _beat(self) -> None:
        while self.alive:
            self.notify()
            threading.Event().wait(1.0)


def worker() -> type:
    if name == "gevent":
        gevent = importlib.import_module("gunicorn.workers.ggevent").GeventWorker
        return type("Gevent", (Endings, gevent), {})
    return {"gthread": Threads, "waitress": Waitress}[name]


vars(server)["Worker"] = worker()
bot.cli(prog_name="bot.py")
