"""The program in one small process that dies at the n-th place where dying could hurt.

Such places are: right before and after every commit, right before and after every call to WeChat,
and right before an answer leaves. Huey's queue is immediate here; `GET /work/1` rings for
that conversation and sweeps.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from flask import Flask, Response
from huey import MemoryHuey
from werkzeug.serving import WSGIRequestHandler, make_server

from handlers import api
from handlers.app import create_app
from handlers.context import Context, FirmSettings
from handlers.dialogue import policy
from handlers.dialogue.texts import load_texts
from handlers.firm import edited_hours
from handlers.inbound import webhook
from handlers.inbound.batching import GroupCommit
from handlers.inbound.holding import Holding
from handlers.inbound.peer import Lags
from handlers.inbound.refusals import Refusals
from handlers.jobs.schedule import Jobs
from handlers.knowledge import drift, published_bank
from handlers.outbound.access_tokens import DatabaseTokenStore
from storage.database import Database
from storage.polled import PolledValue
from tests.installed import ACCOUNT, AES_KEY, APP_ID, SECRET, TOKEN, ShippedBank
from wechat.client import Client
from wechat.verifier import Verifier

DIED = 9


@dataclass(frozen=True, slots=True)
class ChildSettings:
    """Where the child works, and at which place it dies; 0 lives on. `ahead` moves its clock."""

    database: str
    wechat: str
    port: int
    folder: Path
    die_at: int
    ahead: Any  # a multiprocessing.Value, which has no type of its own


class CrashPoints:
    """Counts the places, tells the parent each one's name, and dies at the one it must."""

    def __init__(self, die_at: int, tell: Connection) -> None:
        self._left = die_at
        self._tell = tell

    def passed(self, name: str) -> None:
        if self._left == 1:
            self._tell.send(name)
            os._exit(DIED)
        self._left -= 1


class CrashingClient(Client):
    places: CrashPoints

    def send_text(self, openid: str, text: str) -> None:
        self.places.passed("before a call to WeChat")
        try:
            super().send_text(openid, text)
        finally:
            self.places.passed("after a call to WeChat")


def live(life: ChildSettings, tell: Connection) -> None:
    """Serve until killed, or until the place where it dies."""
    places = CrashPoints(life.die_at, tell)
    app = _app(life, places)
    server = make_server("127.0.0.1", life.port, app, request_handler=_Quiet)
    tell.send("ready")
    server.serve_forever()


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The tests speak for themselves."""


def _app(life: ChildSettings, places: CrashPoints) -> Flask:
    database = Database(life.database)
    _mortal_commits(database, places)
    parts = _parts(life, database, places)
    jobs = Jobs(MemoryHuey(immediate=True), lambda: parts, holder=f"child-{os.getpid()}")

    def work(conversation_id: int) -> Response:
        jobs.enqueue_delivery(conversation_id)
        jobs.sweep()
        return Response("done")

    app = create_app(parts, [webhook.install, api.install], secret_key="0" * 64)
    app.add_url_rule("/work/<int:conversation_id>", view_func=work)

    def leaving(response: Response) -> Response:
        places.passed("before an answer leaves")
        return response

    app.after_request(leaving)
    return app


def _parts(life: ChildSettings, database: Database, places: CrashPoints) -> Context:
    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=life.ahead.value)

    client = CrashingClient(
        app_id=APP_ID,
        secret=SECRET,
        tokens=DatabaseTokenStore(database, APP_ID),
        clock=now,
        base_url=life.wechat,
    )
    client.places = places
    verifier = Verifier(
        token=TOKEN,
        app_id=APP_ID,
        mode="safe",
        encoding_aes_key=AES_KEY,
        original_id=ACCOUNT,
    )
    return Context(
        decide=policy.decide,
        edited_hours=PolledValue(edited_hours.read, None),
        fitting=published_bank,
        marked_steps=PolledValue(drift.marked_steps, frozenset()),
        database=database,
        now=now,
        published_bank=ShippedBank(),
        texts=load_texts(),
        verifier=verifier,
        client=client,
        firm=FirmSettings(phone="138-0013-8000", data=life.folder),
        enqueue_delivery=lambda _: None,
        pushes=GroupCommit(),
        holding=Holding(),
        lags=Lags(),
        refusals=Refusals(),
    )


def _mortal_commits(database: Database, places: CrashPoints) -> None:
    dialect = database.engine.dialect
    commit: Callable[[Any], None] = dialect.do_commit

    def do_commit(connection: Any) -> None:  # noqa: ANN401 (SQLAlchemy's own type)
        places.passed("before a commit")
        commit(connection)
        places.passed("after a commit")

    dialect.do_commit = do_commit  # type: ignore[method-assign, assignment]
