"""The five seconds: a busy database is refused in time, and a retry waits for the first try."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from faq.bank import Bank
from handlers.inbound.batching import LEADERS
from storage.database import POOL, POOL_MORE, Database, DatabaseDownError
from storage.models.conversations import Case, Delivery, Message, ReceivedPush
from storage.queries import conversations
from tests.conftest import Clock
from tests.installed import House, ShippedBank, build_house
from tests.ops.tools import WHO

HANGING = 2 * LEADERS


@contextmanager
def somebody_else_writes(house: House) -> Iterator[None]:
    """Another process holds what a push of this merchant needs."""
    other = Database(house.database.engine.url.render_as_string(hide_password=False))
    try:
        with other.write() as session:
            conversations.lock(session, WHO, house.context.now())
            yield
    finally:
        other.close()


def counts(house: House) -> list[int]:
    with house.database.read() as session:
        return [
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (ReceivedPush, Message, Case)
        ]


def test_a_database_that_stays_busy_is_refused_and_nothing_is_half_stored(house: House) -> None:
    house.says("你好")
    before = counts(house)
    push = house.push("转人工")
    with somebody_else_writes(house), pytest.raises(DatabaseDownError):
        house.receives(push)
    assert counts(house) == before
    assert house.receives(push) != "success"
    assert counts(house) == [before[0] + 1, before[1] + 2, before[2] + 1]


def test_a_push_waits_for_another_writer_that_is_soon_done(house: House) -> None:
    house.says("你好")
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with somebody_else_writes(house):
            holding.set()
            done.wait(0.5)

    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(hold)
        holding.wait()
        reply = pool.submit(house.says, "保证金怎么退")
        assert "保证金管理" in reply.result()
        held.result()


@pytest.mark.postgres
def test_messages_that_hang_at_a_locked_conversation_hold_up_nobody_else(
    postgres: Database, clock: Clock, tmp_path: Path
) -> None:
    """More of them than groups at a time, and more others than the process has connections."""
    house = build_house(postgres, clock, tmp_path)
    house.says("你好")
    others = [f"oOther{number}" for number in range(2 * (POOL + POOL_MORE))]
    with ThreadPoolExecutor(2 * HANGING + len(others)) as pool:
        with somebody_else_writes(house):
            hang = [pool.submit(house.says, "保证金怎么退") for _ in range(HANGING)]
            asked = [pool.submit(house.says, "转人工", openid=openid) for openid in others]
            assert all("顾问" in each.result() for each in asked)
            assert not any(each.done() for each in hang)
        assert all(each.result() for each in hang)


def test_the_wait_for_the_lock_counts(house: House, clock: Clock) -> None:
    """WeChat has hung up when it took longer than four seconds, wherever they went."""
    house.says("你好")
    push = house.push("保证金怎么退")
    with ThreadPoolExecutor(1) as pool:
        with somebody_else_writes(house):
            waits = pool.submit(house.receives, push)
            wait([waits], timeout=0.5)
            clock.forward(seconds=5)
        assert waits.result() == "success"
    with house.database.read() as session:
        took = session.scalars(
            select(ReceivedPush.took_ms).order_by(ReceivedPush.id.desc()).limit(1)
        ).one()
        states = session.scalars(select(Delivery.state).order_by(Delivery.id.desc()).limit(1)).one()
    assert took is not None
    assert (took >= 5000, states) == (True, "pending")


class SlowBank(ShippedBank):
    """Deciding begins, and goes on when it is told to."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.go = threading.Event()

    def bank(self) -> Bank:
        self.asked.set()
        self.go.wait(10)
        return super().bank()


def test_a_retry_meanwhile_gets_the_same_reply_and_one_of_both_is_stored(house: House) -> None:
    published_bank = SlowBank()
    house.context = replace(house.context, published_bank=published_bank)
    push = house.push("转人工")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(house.receives, push)
        published_bank.asked.wait(10)
        retry = pool.submit(house.receives, push)
        assert not retry.done()
        published_bank.go.set()
        assert first.result() == retry.result()
    assert counts(house) == [1, 2, 1]
    assert len(house.enqueued) == 1


def test_a_connection_lost_while_deciding_is_refused_and_nothing_is_stored(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue is looked at while the turn is decided: that is no error of the dialogue's."""

    def cut(*_: object) -> int:
        raise OperationalError("SELECT", None, Exception("cut"))

    monkeypatch.setattr("storage.queries.cases.on_duty", cut)
    push = house.push("转人工")
    with pytest.raises(DatabaseDownError):
        house.receives(push)
    assert counts(house) == [0, 0, 0]
    monkeypatch.undo()
    assert house.receives(push) != "success"
    assert counts(house) == [1, 2, 1]
