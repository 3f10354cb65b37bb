"""The simulator as a server on this machine."""

import threading
from ipaddress import ip_address
from types import TracebackType
from typing import Self

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from wechat.simulator.engine import Simulator
from wechat.simulator.pages import pages
from wechat.simulator.records import SimulatedAccount
from wechat.simulator.web import api, attach


def create_simulator(simulator: Simulator) -> Flask:
    """API, phone, faults and log around `simulator`, without any password: for loopback only."""
    app = Flask("dianban-simulator")
    attach(app, simulator)
    app.register_blueprint(api)
    app.register_blueprint(pages)
    return app


class _QuietHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Not logged: the request line holds the access token, and `/log` has all of it."""


class Server:
    """Serves in a thread of its own between `start` and `stop`; may start again on its port.

    `port` 0 takes a free one. Raises ValueError for a host that others can reach.
    """

    def __init__(self, simulator: Simulator, host: str = "127.0.0.1", port: int = 0) -> None:
        if not ip_address(host).is_loopback:
            raise ValueError("the simulator has no password, so it listens on loopback only")
        self.simulator = simulator
        self._host = host
        self._port = port
        self._app = create_simulator(simulator)
        self._running: tuple[BaseWSGIServer, threading.Thread] | None = None

    @property
    def url(self) -> str:
        """The base URL for `Client`, known once it has started."""
        return f"http://{self._host}:{self._port}"

    def start(self) -> None:
        server = make_server(
            self._host, self._port, self._app, threaded=True, request_handler=_QuietHandler
        )
        self._port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        self._running = server, thread

    def stop(self) -> None:
        """From now on connections are refused: WeChat is away."""
        if self._running:
            server, thread = self._running
            server.shutdown()
            thread.join()
            server.server_close()
            self._running = None

    def wait(self) -> None:
        """Until somebody stops it."""
        if self._running:
            self._running[1].join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def serve(host: str, port: int, settings: SimulatedAccount) -> None:
    """Run a simulator until the process ends."""
    with Server(Simulator(settings), host, port) as server:
        server.wait()
