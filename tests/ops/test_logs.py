"""The log is machine-readable, knows the request, and holds nobody's words."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from flask import Flask

from handlers.app import create_app
from handlers.inbound import webhook
from handlers.ops import logs
from handlers.ops.logs import log_name
from tests.full_stack import Stage
from tests.installed import House
from tests.ops.tools import WHO


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the log would write, while it writes."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.JsonLines())
    handler.addFilter(lambda record: record.name != "werkzeug")  # the test's own server
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)


def read(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


@pytest.fixture
def app(house: House) -> Flask:
    app = create_app(house.context, [logs.install, webhook.install], secret_key="none in a test")

    @app.get("/broken/<word>")
    def broken(word: str) -> str:
        raise RuntimeError(f"密码是 {word}")

    return app


def test_a_push_is_one_line_with_request_route_and_time(stage: Stage, lines: io.StringIO) -> None:
    logs.install(stage.app)
    assert stage.says(WHO, "保证金怎么退")
    line = next(line for line in read(lines) if line.get("route") == "/wechat")
    assert (line["status"], line["kind"], line["merchant"]) == (200, "text", log_name(WHO))
    assert line["request"]
    assert line["ms"]
    assert WHO not in lines.getvalue()
    assert "保证金怎么退" not in lines.getvalue()


def test_an_exception_tells_its_places_and_not_its_text(app: Flask, lines: io.StringIO) -> None:
    answer = app.test_client().get("/broken/hunter2")
    assert answer.status_code == 500
    failed, answered = (line for line in read(lines) if line["level"] == "ERROR")
    assert failed["error"] == "RuntimeError"
    assert str(failed["places"][-1]).endswith("broken")  # type: ignore[index]
    assert failed["request"] == answered["request"] == answer.headers["X-Request-Id"]
    assert (answered["route"], answered["status"]) == ("/broken/<word>", 500)
    assert answered["ms"]


def test_a_refused_push_is_a_line_without_its_signature(app: Flask, lines: io.StringIO) -> None:
    app.test_client().post("/wechat?signature=secretsignature&timestamp=1&nonce=2", data="x")
    assert any(line.get("status") == 403 for line in read(lines))
    assert "secretsignature" not in lines.getvalue()


def test_a_merchant_is_a_short_hash() -> None:
    assert log_name(WHO) == log_name(WHO) != log_name("oOther")
    assert len(log_name(WHO)) == 8
