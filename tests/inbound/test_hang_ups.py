"""An answer that WeChat no longer waits for reaches the merchant all the same, once.

Here the program is the real one, in processes of its own, and is frozen while WeChat tries.
"""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from handlers.inbound import pipeline, retries
from handlers.inbound.commit import InboundMessage
from handlers.inbound.peer import Connection, Lags, NotedBody
from storage.models.conversations import Delivery
from tests.chaos.installation import Installation, Places
from tests.chaos.platform import Platform
from tests.conftest import Clock
from tests.installed import House, reply_text
from tests.ports import free_port
from wechat.replies import SUCCESS
from wechat.simulator import Server, SimulatedAccount

PATIENCE = 30.0


@contextmanager
def running(
    folder: Path, account: str, database: str = ""
) -> Iterator[tuple[Platform, Installation]]:
    """The program, by default on SQLite, and a WeChat that waits one second for an answer."""
    port = free_port()
    settings = SimulatedAccount(
        app_id="wx0123456789abcdef",
        app_secret="app-secret",
        token="sometoken",
        encoding_aes_key="A" * 43,
        original_id="gh_0123456789ab",
        webhook=f"http://127.0.0.1:{port}/wechat",
        account=account,  # type: ignore[arg-type]
    )
    platform = Platform(settings, 1, spacing=0.0)
    platform.thrice = 0.0
    with Server(platform) as server:
        database = database or f"sqlite:///{folder / 'dianban.db'}"
        program = Installation(Places(folder, database, server.url, port), settings)
        program.prepare([])
        try:
            program.start()
            platform.say("oWarm", "你好")
            platform.settings = replace(platform.settings, timeout=1.0)
            yield platform, program
        finally:
            program.thaw()
            program.kill()


def said(platform: Platform, openid: str) -> list[str]:
    """Whatever the merchant saw, but for the notice that the service is out of order."""
    lines = platform.transcript(openid)
    return [line.text for line in lines if line.sender in {"api", "reply"}]


def until(what: Callable[[], bool]) -> bool:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up and not what():
        time.sleep(0.1)
    return what()


def test_what_a_frozen_program_answers_too_late_goes_by_the_api_once(tmp_path: Path) -> None:
    with running(tmp_path, "verified") as (platform, program):
        program.freeze()
        for number in range(3):
            platform.say(f"oFrozen{number}", "保证金怎么退")
            assert platform.tried[max(platform.tried)].answers == []
        program.thaw()
        for number in range(3):
            openid = f"oFrozen{number}"
            assert until(lambda openid=openid: bool(said(platform, openid)))  # type: ignore[misc]
        platform.say("oAfter", "你好")
        time.sleep(1.0)  # a second copy would have come by now
        for number in range(3):
            assert (
                len([text for text in said(platform, f"oFrozen{number}") if "保证金" in text]) == 1
            )


def test_without_an_api_the_next_message_brings_it(tmp_path: Path) -> None:
    with running(tmp_path, "passive") as (platform, program):
        program.freeze()
        platform.say("oFrozen", "保证金怎么退")
        program.thaw()
        assert until(lambda: platform.say("oOther", "你好").replies != [])
        assert said(platform, "oFrozen") == []
        platform.say("oFrozen", "没收到验证码")
        seen = "".join(said(platform, "oFrozen"))
        assert seen.count("保证金管理") == 1
        assert seen.index("保证金管理") < seen.index("「获取验证码」")


# In one process, where every order of events can be had.


def states(house: House) -> list[tuple[str, str]]:
    with house.database.read() as session:
        found = session.scalars(select(Delivery).order_by(Delivery.message_id, Delivery.part))
        return [(each.state, each.via) for each in found]


def test_a_retry_after_the_answer_was_handed_to_the_api_gets_nothing(house: House) -> None:
    push = house.push("保证金怎么退")
    received = pipeline.receive(house.context, push, lambda: True)
    assert received.reply == SUCCESS
    assert house.receives(push) == SUCCESS
    assert states(house) == [("pending", "api")]


def test_a_reply_that_met_nobody_is_taken_back_unless_another_try_carries_it(house: House) -> None:
    push = house.push("保证金怎么退")
    first = pipeline.receive(house.context, push)
    second = pipeline.receive(house.context, push)
    assert first.reply == second.reply != SUCCESS
    retries.missed(house.context, first)
    assert states(house) == [("sent", "passive")]
    retries.missed(house.context, second)
    assert states(house) == [("pending", "api")]
    assert house.receives(push) == SUCCESS


def test_two_tries_in_one_group_both_carry_the_reply(house: House) -> None:
    push = house.push("保证金怎么退")
    at, until = house.context.now(), house.context.database.patience()
    tries = [InboundMessage(push, at, until) for _ in range(2)]
    first, second = pipeline.receive_together(house.context, tries)
    assert first is not None
    assert second is None
    assert pipeline.receive(house.context, push).reply == first.reply
    retries.missed(house.context, first)
    assert states(house) == [("sent", "passive")]


def test_on_a_passive_account_a_retry_brings_what_waits(house: House) -> None:
    house.with_firm(account="passive")
    push = house.push("保证金怎么退")
    assert pipeline.receive(house.context, push, lambda: True).reply == SUCCESS
    assert states(house) == [("held", "api")]
    again = pipeline.receive(house.context, push)
    assert "保证金管理" in reply_text(again.reply)
    assert states(house) == [("sent", "passive")]
    assert house.receives(push) == again.reply
    retries.missed(house.context, again)
    retries.missed(house.context, again)
    assert states(house) == [("held", "api")]


def test_a_reply_that_may_have_been_read_is_uncertain_and_a_retry_settles_it(house: House) -> None:
    push = house.push("保证金怎么退")
    first = pipeline.receive(house.context, push)
    retries.doubted(house.context, first)
    assert states(house) == [("uncertain", "passive")]


def test_an_old_push_is_late_only_against_the_clock_that_pushes_show(clock: Clock) -> None:
    ticks = [0.0]

    def passes(seconds: float) -> datetime:
        ticks[0] += seconds
        return clock.forward(seconds=seconds)

    lags = Lags(lambda: ticks[0])
    ahead = timedelta(seconds=200)  # our clock, and nobody knows
    created = clock.now - ahead
    lags.accepted(created, clock.now)
    assert not lags.too_old(created, clock.now)
    assert not lags.too_old(created, passes(13.0))
    assert lags.too_old(created, passes(2.0))
    clock.forward(seconds=90)  # the clock is set, no time passes
    assert not lags.too_old(clock.now - ahead - timedelta(seconds=90), clock.now)


def test_a_closed_connection_is_seen_behind_what_it_still_holds() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection({"gunicorn.socket": ours})
        assert not connection.hung_up()
        theirs.close()
        assert connection.hung_up()


@pytest.mark.parametrize("asked", [1, 2])
def test_a_body_tells_whether_the_server_wrote_it(asked: int) -> None:
    heard: list[str] = []
    body = NotedBody(b"x", lambda: heard.append("written"), lambda: heard.append("unwritten"))
    for _ in range(asked):
        next(body, b"")
    body.close()
    assert heard == [["unwritten"], ["written"]][asked - 1]
