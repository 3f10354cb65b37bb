"""Runs the application: gunicorn for requests, Huey for background jobs.

Each web process also works on the jobs, so one command is the whole program and gunicorn brings
back whatever dies. `work` is the background part alone, for several machines.
"""

import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from flask import Flask
from gunicorn.app.base import BaseApplication
from huey import Huey
from huey.consumer import Consumer
from werkzeug.middleware.proxy_fix import ProxyFix

from handlers.context import STOPPING
from handlers.ops.web_worker import Worker

JOB_THREADS = 6  # a send that takes its whole 13 seconds keeps one; others go on
POLL_SECONDS = 0.1  # a consultant's answer should reach the phone within a second
POLL_MAX_SECONDS = 0.4
GRACE_SECONDS = 18  # for running requests and sends to finish
KILL_SECONDS = 25  # a worker that has not ended by then is killed; systemd waits for 30
# How long a thread that computes may keep Python's one lock from a thread that has come back from
# a statement. With its own 5 ms the one that stores a group waited twice as long as it worked.
SWITCH_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where and how to listen; `proxies` is how many reverse proxies stand in front."""

    host: str
    port: int
    workers: int
    threads: int
    proxies: int = 0


Built = tuple[Flask, Huey]


class ListenError(Exception):
    """It cannot listen there; the text says why, in Chinese."""


def probe(host: str, port: int) -> None:
    """Raises OSError when nobody can listen there."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tried.bind(address)


def require_free(listen: ListenAddress) -> None:
    """Raises ListenError: the server itself would try again and again, in English."""
    where = f"{listen.host}:{listen.port}"
    try:
        probe(listen.host, listen.port)
    except OSError as error:
        why = {
            errno.EADDRINUSE: "已经有程序在用。先停掉它，或换一个端口",
            errno.EACCES: "没有权限用这个端口。换一个 1024 以上的",
        }.get(error.errno or 0, "这台机器没有这个地址")
        raise ListenError(f"不能监听 {where}：{why}（设置 server.host 和 server.port）。") from None


class BackgroundWorkers(Consumer):  # type: ignore[misc]  # Huey ships no types
    """Huey's workers beside somebody else's main loop."""

    def _set_signal_handlers(self) -> None:
        """Signals belong to gunicorn, or to `work`."""


def background(huey: Huey) -> BackgroundWorkers:
    return BackgroundWorkers(
        huey,
        workers=JOB_THREADS,
        initial_delay=POLL_SECONDS,
        max_delay=POLL_MAX_SECONDS,
        check_worker_health=True,
        shutdown_timeout=GRACE_SECONDS,
    )


class GunicornServer(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn, told what to do by arguments; every process builds its own application."""

    def __init__(self, listen: ListenAddress, build: Callable[[], Built]) -> None:
        self._listen = listen
        self._build = build
        self._huey: Huey | None = None
        self._endings: list[Callable[[], None]] = []
        super().__init__()

    def run(self) -> NoReturn:
        """Until it is told to stop. The process ends with it."""
        require_free(self._listen)
        try:
            super().run()
        except SystemExit as end:
            leave(end.code if isinstance(end.code, int) else 1)
        leave()

    def load_config(self) -> None:
        for name, value in {
            "bind": f"{self._listen.host}:{self._listen.port}",
            "workers": self._listen.workers,
            "threads": self._listen.threads,
            "worker_class": Worker,
            "timeout": 60,
            "graceful_timeout": KILL_SECONDS,
            "keepalive": 15,
            "limit_request_line": 4094,
            "accesslog": None,  # the query string of the webhook has signatures in it
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_worker_init": self._begin_jobs,
            "worker_exit": self._end_jobs,
        }.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        sys.setswitchinterval(SWITCH_SECONDS)
        app, self._huey = self._build()
        self._endings = app.extensions.get(STOPPING, [])
        if self._listen.proxies:
            count = self._listen.proxies
            app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
        return app

    def _begin_jobs(self, worker: Worker) -> None:
        self.cfg.set("graceful_timeout", GRACE_SECONDS)  # in the worker alone
        if self._huey is not None:
            consumer = background(self._huey)
            worker.endings += [*self._endings, partial(consumer.stop, graceful=True)]
            consumer.start()

    @staticmethod
    def _end_jobs(_server: object, worker: Worker) -> None:
        worker.ended(GRACE_SECONDS)
        leave()


def leave(status: int = 0) -> NoReturn:
    """End this process. Python would take seconds to free all that the matcher has learned, and
    wait for any thread that is stuck, until somebody kills it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def work(build: Callable[[], Built]) -> None:
    """The background part alone, until SIGTERM or SIGINT."""
    _, huey = build()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    consumer = background(huey)
    consumer.start()
    stop.wait()
    consumer.stop(graceful=True)
