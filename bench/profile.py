"""Where the time of one message goes: each stage by the clock, less the stages inside it."""

import io
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Connection, Engine, event

from bench import ammunition
from bench.ammunition import MerchantSample
from bench.places import KINDS, empty
from handlers import api
from handlers.app import create_app
from handlers.inbound import pipeline, webhook
from storage import schema
from storage.database import Database, Session
from tests.installed import House, build_house, shipped_matcher
from wechat.verifier import Verifier

WARM_UP = 300


@dataclass
class Stages:
    """Seconds by stage, each without what the stages inside it took."""

    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    statements: int = 0
    _open: list[tuple[str, float]] = field(default_factory=list)

    def enter(self, name: str) -> None:
        now = time.perf_counter()
        if self._open:
            outer, since = self._open[-1]
            self.spent[outer] += now - since
        self._open.append((name, now))

    def leave(self) -> None:
        now = time.perf_counter()
        name, since = self._open.pop()
        self.spent[name] += now - since
        if self._open:
            self._open[-1] = (self._open[-1][0], now)

    @contextmanager
    def watching(self, owner: object, attribute: str, name: str) -> Iterator[None]:
        """Calls of this function count as this stage."""
        original: Callable[..., object] = getattr(owner, attribute)

        def timed(*args: object, **kwargs: object) -> object:
            self.enter(name)
            try:
                return original(*args, **kwargs)
            finally:
                self.leave()

        setattr(owner, attribute, timed)
        try:
            yield
        finally:
            setattr(owner, attribute, original)

    def watch_statements(self) -> Callable[[], None]:
        """Of every engine, from now on; call what this returns to stop."""

        def before(*_: object) -> None:
            self.statements += 1
            self.enter("the database itself, driver included")

        def after(*_: object) -> None:
            self.leave()

        event.listen(Engine, "before_cursor_execute", before)
        event.listen(Engine, "after_cursor_execute", after)

        def stop() -> None:
            event.remove(Engine, "before_cursor_execute", before)
            event.remove(Engine, "after_cursor_execute", after)

        return stop


def measure(url: str, messages: int) -> Stages:
    database = Database(url)
    schema.upgrade(database)
    with tempfile.TemporaryDirectory() as folder:
        house = build_house(database, lambda: datetime.now(UTC), Path(folder))
        house.context = ammunition.with_verifier(house.context)
        app = create_app(house.context, [webhook.install, api.install], secret_key="profile")  # noqa: S106
        shots = ammunition.requests("/wechat", WARM_UP + messages, MerchantSample(200))
        environs = [_environ(shot) for shot in shots]
        for environ in environs[:WARM_UP]:
            app(environ, lambda *_: lambda _: None)
        stages = _watched(house, database, app, environs[WARM_UP:])
    database.close()
    return stages


def _watched(
    house: House,
    database: Database,
    app: Callable[..., object],
    environs: list[dict[str, object]],
) -> Stages:
    stages = Stages()
    stop = stages.watch_statements()
    matcher = type(shipped_matcher())
    with (
        stages.watching(Verifier, "open", "signature, decryption, XML"),
        stages.watching(Verifier, "seal", "encryption of the reply"),
        stages.watching(matcher, "understand", "matching"),
        stages.watching(pipeline, "decide", "dialogue"),
        stages.watching(Session, "flush", "SQLAlchemy: objects"),
        stages.watching(Session, "scalars", "SQLAlchemy: objects"),
        stages.watching(Session, "execute", "SQLAlchemy: objects"),
        stages.watching(Engine, "connect", "SQLAlchemy: connections"),
        stages.watching(Connection, "close", "SQLAlchemy: connections"),
        stages.watching(Connection, "execute", "SQLAlchemy: statements"),
        stages.watching(type(database.engine.dialect), "do_commit", "commit"),
        stages.watching(pipeline, "receive", "the transaction and what is decided around it"),
    ):
        for environ in environs:
            stages.enter("Flask and our view")
            app(environ, lambda *_: lambda _: None)
            stages.leave()
    stop()
    assert house is not None  # noqa: S101 (kept alive)
    return stages


def _environ(shot: bytes) -> dict[str, object]:
    """What gunicorn would hand over."""
    head, _, body = shot.partition(b"\r\n\r\n")
    target = head.split(b" ")[1].decode()
    path, _, query = target.partition("?")
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "text/xml",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
    }


def main(*, quick: bool = False) -> None:
    messages = 200 if quick else 2000
    for kind in KINDS:
        with empty(kind) as url:
            stages = measure(url, messages)
        total = sum(stages.spent.values())
        click.echo(
            f"{kind}: {total / messages * 1000:.2f} ms a message in one thread, "
            f"{stages.statements / messages:.1f} statements\n"
        )
        click.echo("| stage | share |\n|---|---|")
        for name, seconds in sorted(stages.spent.items(), key=lambda each: -each[1]):
            click.echo(f"| {name} | {seconds / total:.0%} |")
        click.echo("")
