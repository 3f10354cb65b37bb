"""The program on another server: `python -m bench.other_servers gthread|waitress|gevent serve …`."""

import importlib
import sys
import threading
from typing import Any

name = sys.argv.pop(1)
if name == "gevent":
    importlib.import_module("gevent.monkey").patch_all()

# What gevent changes must not have been imported before.
import bot  # noqa: E402
from gunicorn.workers import base, gthread  # noqa: E402
from handlers.ops import server  # noqa: E402


class Endings:
    """What our own worker has besides."""

    endings: list[Any]

    def ended(self, _seconds: float) -> None:
        for each in self.endings:
            each()


class Threads(Endings, gthread.ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, *how: Any, **more: Any) -> None:
        super().__init__(*how, **more)
        self.endings = []


class Waitress(Endings, base.Worker):  # type: ignore[misc]
    """Gathers requests and buffers answers in its loop; its threads only run the application."""

    def __init__(self, *how: Any, **more: Any) -> None:
        super().__init__(*how, **more)
        self.endings = []

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
        return type("Gevent", (Endings, gevent), {"endings": []})
    return {"gthread": Threads, "waitress": Waitress}[name]


server.Worker = worker()  # type: ignore[misc]
bot.cli(prog_name="bot.py")
