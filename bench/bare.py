"""The least that a program can do here that keeps every message: how near one can come at all.

The envelope is opened, five statements of the bare driver store the same rows as Dianban does, in
one transaction on its own tables, and a reply is sealed. Nothing is matched, decided or looked at.
"""

import sqlite3
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, Response, request

from bench import ammunition
from storage import schema
from storage.database import ASK_SECONDS, Database
from wechat.replies import render_text

CONVERSATION = """
INSERT INTO conversation
    (openid, name, following, memory, window_left, version, updated_at, created_at)
VALUES (?, '', 1, '{}', 5, 0, ?, ?)
ON CONFLICT (openid) DO UPDATE SET version = version + 1, updated_at = excluded.updated_at
RETURNING id
"""
PUSH = """
INSERT INTO push
    ("key", conversation_id, kind, received_at, decided_at, took_ms, "end", why, reply)
VALUES (?, ?, 'text', ?, ?, 1, 'answered', '', ?)
"""
MESSAGE = """
INSERT INTO message (conversation_id, author, kind, text, push_id, created_at)
VALUES (?, ?, 'text', ?, ?, ?)
"""
DELIVERY = """
INSERT INTO delivery
    (message_id, conversation_id, part, text, state, via, attempts, due_at, error, created_at,
     sent_at)
VALUES (?, ?, 0, ?, 'sent', 'passive', 0, ?, '', ?, ?)
"""


def bare(folder: Path) -> Flask:
    file = folder / "bare.sqlite3"
    database = Database(f"sqlite:///{file}")
    database.create()
    schema.upgrade(database)
    database.close()
    app, verifier = Flask("bare"), ammunition.verifier()
    one_at_a_time, own = threading.Lock(), threading.local()

    @app.post("/wechat")
    def keep() -> Response:
        now = datetime.now(UTC)
        push = verifier.open(request.args, request.get_data(), now)
        reply = render_text(push, "收到。", now)
        if not hasattr(own, "driver"):
            own.driver = sqlite3.connect(file, timeout=0, isolation_level=None)
            own.driver.execute("PRAGMA synchronous = NORMAL")
        with one_at_a_time:
            _store(own.driver, (push.openid, push.key, push.text, reply), now)
        sealed = verifier.seal(reply, request.args["nonce"], int(now.timestamp()))
        return Response(sealed, mimetype="application/xml")

    return app


def _store(driver: sqlite3.Connection, said: tuple[str, str, str, str], now: datetime) -> None:
    (openid, key, text, reply), at = said, now.isoformat(" ")[:26]
    _begin(driver)
    (conversation,) = driver.execute(CONVERSATION, (openid, at, at)).fetchone()
    push = driver.execute(PUSH, (key, conversation, at, at, reply)).lastrowid
    driver.execute(MESSAGE, (conversation, "merchant", text, push, at))
    answer = driver.execute(MESSAGE, (conversation, "bot", reply, push, at)).lastrowid
    driver.execute(DELIVERY, (answer, conversation, reply, at, at, at))
    driver.execute("COMMIT")


def _begin(driver: sqlite3.Connection) -> None:
    while True:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            time.sleep(ASK_SECONDS)
        else:
            return
