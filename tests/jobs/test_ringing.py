"""Locked phones ring: what a push service of a browser's maker really receives."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask, Response, request
from werkzeug.serving import make_server

from handlers import cases
from handlers.jobs.ringing import Ringing
from handlers.outbound.web_push import is_maker, public_key
from storage.models.accounts import PushSubscription
from storage.models.conversations import Consultant
from storage.queries import conversations, push_subscriptions, sessions
from tests.conftest import Clock
from tests.installed import House
from tests.ops.tools import listening


class Phone:
    """A browser's half of the encryption (RFC 8291), and what it was shown."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = b"0123456789abcdef"
        self.p256dh = _text(self._point(self._key.public_key()))
        self.auth = _text(self._auth)

    def read(self, body: bytes) -> dict[str, str]:
        salt, size = body[:16], body[20]
        sender, sealed = body[21 : 21 + size], body[21 + size :]
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        secret = self._key.exchange(ec.ECDH(), theirs)
        both = b"WebPush: info\0" + self._point(self._key.public_key()) + sender
        shared = _derive(self._auth, both, 32, secret)
        key = _derive(salt, b"Content-Encoding: aes128gcm\0", 16, shared)
        nonce = _derive(salt, b"Content-Encoding: nonce\0", 12, shared)
        plain = AESGCM(key).decrypt(nonce, sealed, None)
        shown: dict[str, str] = json.loads(plain.rstrip(b"\0")[:-1])
        return shown

    @staticmethod
    def _point(key: ec.EllipticCurvePublicKey) -> bytes:
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derive(salt: bytes, info: bytes, length: int, secret: bytes) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class PushService:
    """A push service; `answer` is what it says to the next ones."""

    url: str = ""
    answer: int = 201
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving() -> Iterator[PushService]:
    app, maker = Flask(__name__), PushService()

    @app.post("/push/<name>")
    def push(name: str) -> Response:
        maker.got.append((dict(request.headers) | {"name": name}, request.get_data()))
        maker.heard.set()
        return Response(status=maker.answer)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    maker.url = f"http://127.0.0.1:{server.server_port}/push"
    try:
        yield maker
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def maker() -> Iterator[PushService]:
    with serving() as built:
        yield built


@contextmanager
def ringing(house: House) -> Iterator[Ringing]:
    built = Ringing(lambda: house.context, "here")
    built.start()
    try:
        yield built
    finally:
        built.close()


def subscribed(house: House, maker: PushService, who: Consultant, phone: Phone) -> None:
    now = house.context.now()
    with house.database.write() as session:
        key = sessions.start(session, who, device="手机", address="10.0.0.1", now=now)
        session.flush()
        found = sessions.opened(session, key)
        assert found is not None
        push_subscriptions.add(
            session,
            PushSubscription(
                session_id=found.session.id,
                endpoint=f"{maker.url}/{who.name}",
                p256dh=phone.p256dh,
                auth=phone.auth,
                created_at=now,
            ),
        )


def test_a_reply_rings_the_phone_of_its_consultant_and_no_other(
    house: House, maker: PushService, clock: Clock
) -> None:
    lin, xue, phone = house.consultant("小林"), house.consultant("李雪"), Phone()
    house.says("转人工", openid="oA")
    with house.database.write() as session:
        conversation = conversations.by_openid(session, "oA")
        assert conversation is not None
        cases.claim(session, conversation, lin, house.context.now(), limit=0)
    subscribed(house, maker, lin, phone)
    subscribed(house, maker, xue, Phone())
    clock.forward(minutes=1)
    with ringing(house):
        house.says("我登上去了", openid="oA")
        assert maker.heard.wait(10)
    (headers, body), *others = maker.got
    assert not others
    assert (headers["name"], headers["Content-Encoding"]) == ("小林", "aes128gcm")
    assert headers["Authorization"].startswith("vapid t=")
    shown = phone.read(body)
    assert shown["url"] == f"/desk/c/{conversation.id}"
    assert "回复了你" in shown["body"]
    assert "我登上去了" not in shown["body"]


def test_a_new_case_rings_whoever_is_on_duty(house: House, maker: PushService) -> None:
    lin, xue, phone = house.consultant("小林"), house.consultant("李雪"), Phone()
    with house.database.write() as session:
        session.get_one(Consultant, xue.id).duty = "off"
    subscribed(house, maker, lin, phone)
    subscribed(house, maker, xue, Phone())
    with ringing(house):
        house.says("转人工", openid="oA")
        assert maker.heard.wait(10)
    assert [headers["name"] for headers, _ in maker.got] == ["小林"]
    assert "在等人工" in phone.read(maker.got[0][1])["body"]


def test_of_two_processes_one_rings_once(house: House, maker: PushService) -> None:
    subscribed(house, maker, house.consultant("小林"), Phone())
    one, two = (Ringing(lambda: house.context, name) for name in ("one", "two"))
    one._since = two._since = house.context.now()
    house.says("转人工", openid="oA")
    for each in (one, two, one, two):
        each.look()
    for each in (one, two):
        each._pool.shutdown(wait=True)
    assert len(maker.got) == 1


def test_after_a_restart_the_next_process_rings_at_once(
    house: House, maker: PushService, clock: Clock
) -> None:
    subscribed(house, maker, house.consultant("小林"), Phone())
    for name, openid in (("before", "oA"), ("after", "oB")):
        process = Ringing(lambda: house.context, name)
        process._since = house.context.now()
        house.says("转人工", openid=openid)
        process.look()
        process._pool.shutdown(wait=True)
        process.close()
        clock.forward(seconds=6)
    assert len(maker.got) == 2


def test_a_device_that_is_gone_is_forgotten(house: House, maker: PushService) -> None:
    lin = house.consultant("小林")
    subscribed(house, maker, lin, Phone())
    maker.answer = 410
    ring_once(house)
    with house.database.read() as session:
        assert push_subscriptions.of(session, lin.id) == []


def test_a_service_that_takes_nothing_is_told_and_the_group_rings_instead(
    house: House, maker: PushService, clock: Clock
) -> None:
    lin = house.consultant("小林")
    subscribed(house, maker, lin, Phone())
    maker.answer = 503
    with listening() as receiver:
        receiver.listen_to(house)
        ring_once(house)
    words = str(receiver.heard[0]["words"])
    assert words.startswith("小林：")
    assert "手机提醒送不到" in words
    with house.database.read() as session:
        assert push_subscriptions.failing(session) == {lin.id}
    maker.answer = 201
    clock.forward(minutes=1)
    ring_once(house, "oB")
    with house.database.read() as session:
        assert push_subscriptions.failing(session) == frozenset()


def test_logging_out_ends_the_ringing(house: House, maker: PushService) -> None:
    lin = house.consultant("小林")
    subscribed(house, maker, lin, Phone())
    with house.database.write() as session:
        sessions.end_all(session, lin.id)
    with house.database.read() as session:
        assert not push_subscriptions.exists(session)


def ring_once(house: House, openid: str = "oA") -> None:
    found = Ringing(lambda: house.context, "here")
    found._since = house.context.now()
    house.says("转人工", openid=openid)
    found.look()
    found._pool.shutdown(wait=True)


@pytest.mark.parametrize(
    ("endpoint", "known"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("https://web.push.apple.com/QX", True),
        ("https://wns2-by3p.notify.windows.com/w/?token=x", True),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1/x", False),
        ("https://127.0.0.1:8443\\@fcm.googleapis.com/x", False),
        ("https://somebody@fcm.googleapis.com/x", False),
        ("", False),
    ],
)
def test_nothing_is_sent_to_an_unknown_push_service(endpoint: str, *, known: bool) -> None:
    assert is_maker(endpoint) is known


def test_all_processes_have_the_keys_that_the_first_one_made(house: House, clock: Clock) -> None:
    first = public_key(house.database, clock)
    with house.database.write() as session:
        push_subscriptions.keep_keys(session, {"application": "another"}, clock.now)
    assert public_key(house.database, clock) == first
