"""Consultants are told where they are, within the group's limit and without merchants' tricks."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask, Response, jsonify, request

from handlers.context import AlertTargets
from handlers.outbound import alerts
from handlers.outbound.alerts import Alert
from storage.queries import cases
from tests.conftest import Clock
from tests.desk.fixtures import Office
from tests.full_stack import serving


@dataclass
class Group:
    """A chat group's address and a company's own program, as real HTTP."""

    url: str = ""
    errcode: int = 0
    texts: list[str] = field(default_factory=list)
    calls: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)

    def app(self) -> Flask:
        app = Flask("group")

        @app.post("/wecom")
        def wecom() -> Response:
            self.texts.append(request.get_json()["markdown"]["content"])
            return jsonify(errcode=self.errcode)

        @app.post("/own")
        def own() -> tuple[str, int]:
            self.calls.append((request.get_data(), dict(request.headers)))
            return "", 204

        return app


@pytest.fixture
def group() -> Iterator[Group]:
    made = Group()
    with serving(made.app()) as url:
        made.url = url
        yield made


def tell(office: Office, clock: Clock, targets: AlertTargets) -> int:
    return alerts.tell(office.house.database, targets, clock.now, again_minutes=5, holder="test")


def test_many_waiting_cases_are_one_message(office: Office, clock: Clock, group: Group) -> None:
    targets = AlertTargets(wecom=f"{group.url}/wecom", public_url="https://desk.example.com/")
    for number in range(11):
        office.waiting(f"oMany{number:02}")
    assert tell(office, clock, targets) == 11
    assert len(group.texts) == 1
    assert "11 个商家在等" in group.texts[0]
    assert "[商家 ny00](https://desk.example.com/desk/c/" in group.texts[0]
    assert "另有 3 个" in group.texts[0]
    clock.forward(seconds=10)
    assert tell(office, clock, targets) == 0


def test_a_case_that_still_waits_is_told_again_with_a_trace(
    office: Office, clock: Clock, group: Group
) -> None:
    targets = AlertTargets(wecom=f"{group.url}/wecom")
    conversation = office.waiting()
    assert tell(office, clock, targets) == 1
    clock.forward(minutes=6)
    assert tell(office, clock, targets) == 1
    assert "还在等，已 6 分钟" in group.texts[1]
    with office.house.database.read() as session:
        assert [e.action for e in cases.events(session, conversation)] == ["opened", "alerted"]


def test_never_more_than_the_group_takes(office: Office, clock: Clock, group: Group) -> None:
    targets = AlertTargets(wecom=f"{group.url}/wecom")
    for number in range(60):
        office.waiting(f"oFast{number:02}")
        tell(office, clock, targets)
        clock.forward(seconds=1)
    assert 10 <= len(group.texts) <= 20


def test_what_was_refused_is_told_later(office: Office, clock: Clock, group: Group) -> None:
    targets = AlertTargets(wecom=f"{group.url}/wecom")
    office.waiting()
    group.errcode = 45009
    assert tell(office, clock, targets) == 0
    group.errcode = 0
    clock.forward(seconds=5)
    assert tell(office, clock, targets) == 1


def test_nobody_there_is_no_error(office: Office, clock: Clock) -> None:
    office.waiting()
    assert tell(office, clock, AlertTargets(wecom="http://127.0.0.1:9/x")) == 0
    assert tell(office, clock, AlertTargets()) == 0


def test_the_webhook_is_signed_over_time_and_body(
    office: Office, clock: Clock, group: Group
) -> None:
    conversation = office.waiting()
    targets = AlertTargets(webhook=f"{group.url}/own", secret="s3", public_url="https://d.example")
    assert tell(office, clock, targets) == 1
    body, headers = group.calls[0]
    signed = headers["X-Dianban-Timestamp"].encode() + b"." + body
    assert headers["X-Dianban-Signature"] == hmac.new(b"s3", signed, hashlib.sha256).hexdigest()
    told = json.loads(body)
    assert told["event"] == "cases.waiting"
    assert told["cases"][0]["url"] == f"https://d.example/desk/c/{conversation}"


@pytest.mark.parametrize(
    "trick",
    [
        "<@all> 快来", "[退款](http://evil.example)", "**重要**", "# 标题", "`x`", "@all",
        "<font color='warning'>x</font>", "https://evil.example/a", "www.evil.example",
        "第一行\n> 第二行", "a\u202eb\u200bc",
    ],
)  # fmt: skip
def test_a_merchants_words_mean_nothing_to_the_group(trick: str) -> None:
    plain = alerts.harmless(trick)
    assert not set(plain) & set("<>[]()*_`#~|@\\!&\n\u202e\u200b")
    assert "://" not in plain
    assert "www." not in plain


def test_long_words_are_cut() -> None:
    assert len(alerts.harmless("长" * 500)) == 40


def test_without_an_address_from_outside_there_is_no_link() -> None:
    alert = Alert(1, 2, "海风小铺", "要人工", "退保证金", 61, again=False)
    head, line = alerts.compose([alert], "").split("\n")
    assert head == "**1 个商家在等**"
    assert line == "> 海风小铺 等了 1 分钟 · 要人工:退保证金"
