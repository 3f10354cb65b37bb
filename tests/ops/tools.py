"""What the tests of the upkeep share: one row looked at, one moment of the office."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from flask import Flask, Response, jsonify, request
from sqlalchemy import select
from werkzeug.serving import make_server

from handlers import cases
from handlers.context import AlertTargets
from handlers.outbound import outbox
from storage.database import Session
from storage.models.conversations import (
    Case,
    CaseEvent,
    Consultant,
    Conversation,
    Delivery,
    Media,
    ReceivedPush,
)
from storage.queries import conversations
from tests.installed import House

WHO = "oMerchant"


def conversation(session: Session, openid: str = WHO) -> Conversation:
    found = conversations.by_openid(session, openid)
    assert found is not None
    return found


def case(house: House) -> Case:
    with house.database.read() as session:
        return session.scalars(select(Case).order_by(Case.id.desc()).limit(1)).one()


def actions(house: House) -> Sequence[str]:
    with house.database.read() as session:
        return session.scalars(select(CaseEvent.action).order_by(CaseEvent.id)).all()


def claim(house: House, by: Consultant) -> None:
    with house.database.write() as session:
        cases.claim(session, conversation(session), by, house.context.now(), limit=0)


def answer(house: House, text: str) -> None:
    """The consultant who has the case says it."""
    with house.database.write() as session:
        found = conversation(session)
        case = conversations.open_case(session, found.id)
        assert case is not None
        assert case.consultant is not None
        draft = outbox.OutgoingText(text, key=f"key-{house.context.now().timestamp()}")
        outbox.say_as_consultant(session, found, case.consultant, draft, house.context.now())


def media(house: House) -> Media:
    with house.database.read() as session:
        return session.scalars(select(Media)).one()


def delivery_states(house: House) -> Sequence[str]:
    """Of what a consultant said."""
    with house.database.read() as session:
        found = session.scalars(select(Delivery).order_by(Delivery.message_id, Delivery.part)).all()
        return [each.state for each in found if each.message.author == "consultant"]


def undecided(house: House, kind: str = "text", *, age: timedelta = timedelta(minutes=2)) -> int:
    """A push that was taken and never decided, as no code of ours leaves one."""
    now = house.context.now()
    with house.database.write() as session:
        conversation = conversations.lock(session, WHO, now)
        push = ReceivedPush(
            key="k", conversation_id=conversation.id, kind=kind, received_at=now - age
        )
        session.add(push)
        session.flush()
        return push.id


@dataclass
class AlertReceiver:
    """Where alerts are sent to: a real server that keeps what it hears."""

    url: str = ""
    heard: list[dict[str, object]] = field(default_factory=list)

    def listen_to(self, house: House) -> None:
        house.context = replace(
            house.context, alert_targets=AlertTargets(webhook=self.url, secret="s")
        )


@contextmanager
def listening() -> Iterator[AlertReceiver]:
    app, receiver = Flask("receiver"), AlertReceiver()

    @app.post("/")
    def hear() -> Response:
        receiver.heard.append(json.loads(request.get_data()))
        return jsonify(errcode=0)

    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
