"""Callers who begin something and do not end it keep nobody else waiting."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from handlers.ops.request_buffer import BODY_MAX, HEAD_MAX, RequestBuffer, UnacceptableRequestError
from tests.chaos.installation import Installation
from tests.chaos.platform import Platform
from tests.inbound.test_hang_ups import running

CALLERS = 96  # three for each thread
WECHAT_WAITS = 5.0
"""Seconds; who keeps no thread is answered in that time, however slow the machine."""
UPLOAD = b"POST /nothing/here HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n" + b"x" * 60_000
HALF_A_HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-More: "
HALF_A_BODY = b"POST /wechat?nonce=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n<xml>"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
Running = tuple[Platform, Installation]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("program"), "verified") as (platform, installation):
        platform.settings = replace(platform.settings, timeout=WECHAT_WAITS)
        yield platform, installation


def line(program: Running) -> socket.socket:
    return socket.create_connection(("127.0.0.1", program[1].places.port), timeout=10)


def told(sock: socket.socket, until: bytes = b"\r\n\r\n") -> bytes:
    """What comes until these bytes have come, or the end."""
    found = b""
    while until not in found and (piece := sock.recv(65536)):
        found += piece
    return found


@pytest.mark.parametrize("begun", [UPLOAD, HALF_A_HEAD, HALF_A_BODY, WHOLE + HALF_A_BODY])
def test_half_requests_keep_no_thread(program: Running, begun: bytes) -> None:
    platform, installation = program
    with ExitStack() as lines:
        for _ in range(CALLERS):
            lines.enter_context(line(program)).sendall(begun)
        assert requests.get(f"{installation.places.url}/healthz", timeout=5).ok
        assert platform.say(f"oMerchant{len(begun)}", "保证金怎么退").replies


def test_readers_who_do_not_read_keep_no_thread(program: Running) -> None:
    asked = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    with ExitStack() as lines:
        for _ in range(CALLERS):
            slow = lines.enter_context(socket.socket())
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            slow.connect(("127.0.0.1", program[1].places.port))
            slow.sendall(asked)
        time.sleep(1.0)  # all are being answered
        assert requests.get(f"{program[1].places.url}/healthz", timeout=5).ok


def test_requests_in_pieces_and_in_one_piece(program: Running) -> None:
    with line(program) as sock:
        for byte in WHOLE:
            sock.sendall(bytes([byte]))
        assert b"200 OK" in told(sock)
    with line(program) as sock:
        sock.sendall(WHOLE + WHOLE.replace(b"x\r\n", b"x\r\nConnection: close\r\n"))
        assert told(sock, until=b"never").count(b"200 OK") == 2


def test_what_is_too_long_or_has_no_length_is_refused(program: Running) -> None:
    chunked = b"POST /wechat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    for request, status in (
        (chunked, b" 411 "),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 2 * HEAD_MAX, b" 431 "),
        (HALF_A_BODY.replace(b"50000", b"9" * 13), b" 413 "),
        (HALF_A_BODY.replace(b"50000", b"5\r\nContent-Length: 50000"), b" 400 "),
    ):
        with line(program) as sock:
            sock.sendall(request)
            assert status in told(sock), status


def test_a_sender_who_waits_for_a_word_gets_it(program: Running) -> None:
    head = HALF_A_BODY.replace(b"\r\n\r\n<xml>", b"\r\nExpect: 100-continue\r\n\r\n")
    with line(program) as sock:
        sock.sendall(head)
        assert b"100 Continue" in told(sock)
        sock.sendall(b"x" * 50_000)
        assert b"HTTP/1.1 4" in told(sock, until=b"HTTP/1.1 4")


def test_it_stops_at_once_with_a_page_open_and_kills_nobody(tmp_path: Path) -> None:
    with running(tmp_path, "verified") as (_, installation), ExitStack() as lines:
        for begun in (b"", HALF_A_HEAD, HALF_A_BODY, WHOLE):
            address = ("127.0.0.1", installation.places.port)
            lines.enter_context(socket.create_connection(address)).sendall(begun)
        assert installation.stop()
        assert "out of memory" not in installation.log()


def test_a_request_ends_where_the_parser_ends_it() -> None:
    gathered = RequestBuffer()
    gathered.add(HALF_A_BODY[:30])
    assert not gathered.in_body
    gathered.add(HALF_A_BODY[30:])
    assert (gathered.in_body, gathered.whole()) == (True, False)
    gathered.add(b"x" * 49_995 + WHOLE[:20])
    assert (gathered.in_body, gathered.whole()) == (True, True)
    assert gathered.take().endswith(b"x")
    assert not gathered.whole()
    gathered.add(WHOLE[20:])
    assert gathered.take() == WHOLE


def test_a_body_that_nobody_may_send_is_cut() -> None:
    gathered = RequestBuffer()
    head = f"POST / HTTP/1.1\r\nContent-Length: {BODY_MAX + 1}\r\n\r\n".encode()
    gathered.add(head + WHOLE)
    assert gathered.whole()
    assert gathered.take() == head
    assert gathered.cut
    with pytest.raises(UnacceptableRequestError):
        RequestBuffer().add(b"x" * HEAD_MAX + b"xxxxx")
