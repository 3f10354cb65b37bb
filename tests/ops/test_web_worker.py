"""Callers who begin something and do not end it keep nobody else waiting."""

import socket
import time
from contextlib import ExitStack
from pathlib import Path

import requests

from tests.inbound.test_hang_ups import running

CALLERS = 60
HEAD = "POST /nothing/here HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n"


def test_uploads_to_an_address_that_there_is_not(tmp_path: Path) -> None:
    with running(tmp_path, "verified") as (platform, program), ExitStack() as lines:
        for _ in range(CALLERS):
            line = lines.enter_context(
                socket.create_connection(("127.0.0.1", program.places.port), timeout=5)
            )
            line.sendall(HEAD.encode() + b"x" * 60_000)
        began = time.monotonic()
        assert requests.get(f"{program.places.url}/healthz", timeout=5).ok
        assert time.monotonic() - began < 5
        assert platform.say("oMerchant", "保证金怎么退").outcome in {"reply", "success", "timeout"}
