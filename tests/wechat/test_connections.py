"""A WeChat that drips, falls silent on idle connections, or answers odd JSON: over real sockets."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest

from tests.wechat.tools import APP_ID, OPENID, SECRET, Clock
from wechat.client import Client
from wechat.connections import IDLE_SECONDS
from wechat.delivery_errors import DeliveryError, NotSentError, UncertainError
from wechat.tokens import MemoryTokenStore, Token
from wechat.transport import LONGEST_TOKEN, TOTAL_SECONDS

Serve = Callable[[socket.socket], None]


@contextmanager
def listening(serve: Serve) -> Iterator[str]:
    """`serve` in a thread of its own for every connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=guarded, args=(connection,), daemon=True).start()

        def guarded(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                serve(connection)

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def asked(connection: socket.socket) -> bool:
    """One request, read to its end; False when the other side is gone."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        more = connection.recv(65536)
        if not more:
            return False
        seen += more
    head, _, body = seen.partition(b"\r\n\r\n")
    length = next(
        (
            int(line[15:])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return True


def answer(body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def client_at(url: str, clock: Clock, *, token: bool = True) -> Client:
    tokens = MemoryTokenStore()
    if token:
        tokens.put(Token("a token", clock() + timedelta(hours=1)))
    return Client(app_id=APP_ID, secret=SECRET, tokens=tokens, clock=clock, base_url=url)


def test_an_answer_that_drips_is_given_up_in_time(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def drip(connection: socket.socket) -> None:
        asked(connection)
        for byte in answer(b'{"errcode":0}' + b" " * 200):
            connection.sendall(bytes([byte]))
            time.sleep(0.5)

    with listening(drip) as url:
        began = time.monotonic()
        with pytest.raises(UncertainError) as caught:
            client_at(url, clock).send_text(OPENID, "在吗")
        assert caught.value.under_way
        assert time.monotonic() - began < TOTAL_SECONDS * 3
    assert "a+token" not in caplog.text


def test_what_goes_out_after_a_silence_takes_a_new_connection(clock: Clock) -> None:
    """A firewall has forgotten the old one: what is written into it is never heard of again."""
    arrived: list[int] = []

    def once(connection: socket.socket) -> None:
        if asked(connection):
            arrived.append(1)
            connection.sendall(answer(b'{"errcode":0}'))
        time.sleep(60)

    with listening(once) as url:
        client = client_at(url, clock)
        client.send_text(OPENID, "一")
        time.sleep(IDLE_SECONDS + 0.2)
        client.send_text(OPENID, "二")
        assert len(arrived) == 2


def speaking(body: bytes) -> Serve:
    def speak(connection: socket.socket) -> None:
        while asked(connection):
            connection.sendall(answer(body))

    return speak


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"errcode":' + b"[" * 100_000,
        b'{"errcode":' + b"9" * 30 + b"}",
        b'{"errcode":-' + b"9" * 30 + b"}",
        b'{"errcode":' + b"9" * 5000 + b"}",
        b'{"errcode":1e400}',
        b'{"errcode":"0"}',
        b'{"errcode":null}',
        b"[]",
        b"null",
        b'{"errcode":0',
        b"\xff\xfe",
    ],
    ids=range(12),
)
def test_odd_json_is_no_answer(body: bytes, clock: Clock) -> None:
    with listening(speaking(body)) as url, pytest.raises(UncertainError):
        client_at(url, clock).send_text(OPENID, "在吗")


@pytest.mark.parametrize("lasts", [10**30, 10**12, -5, 0, "7200", None, [], True])
def test_a_token_that_lives_oddly_long_is_asked_for_again(lasts: object, clock: Clock) -> None:
    body = json.dumps({"access_token": "t", "expires_in": lasts, "ip_list": []}).encode()
    with listening(speaking(body)) as url:
        client = client_at(url, clock, token=False)
        with suppress(DeliveryError):
            client.check_token()
        clock.now += timedelta(seconds=LONGEST_TOKEN + 1)
        with suppress(NotSentError):
            client.check_token()
