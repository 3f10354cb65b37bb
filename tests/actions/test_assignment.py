"""Waiting cases are given to whoever is free, where the settings say so."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import event

from handlers import cases
from handlers.actions.assignment import assign_waiting
from handlers.jobs import timeouts
from storage.models.conversations import Consultant
from storage.queries import consultants, conversations, notices
from tests.conftest import Clock
from tests.installed import House


@pytest.fixture
def busy(house: House) -> House:
    house.with_firm(auto_assign=True, capacity=2)
    return house


def wait(house: House, *names: str) -> None:
    for name in names:
        house.says("转人工", openid=name)


def owner(house: House, openid: str) -> str:
    with house.database.read() as session:
        conversation = conversations.by_openid(session, openid)
        assert conversation is not None
        case = conversations.open_case(session, conversation.id)
        return case.consultant.name if case and case.consultant else ""


def resolve(house: House, openid: str, by: Consultant) -> None:
    with house.database.write() as session:
        conversation = conversations.by_openid(session, openid)
        assert conversation is not None
        cases.resolve(session, conversation, by, now=house.context.now())


def statements(house: House) -> int:
    """How many an attempt to give cases away takes."""
    seen: list[str] = []

    def count(*about: object) -> None:
        seen.append(str(about[2]))

    event.listen(house.database.engine, "before_cursor_execute", count)
    assign_waiting(house.context)
    event.remove(house.database.engine, "before_cursor_execute", count)
    return len(seen)


def requeue(house: House, openid: str, by: Consultant) -> None:
    with house.database.write() as session:
        conversation = conversations.by_openid(session, openid)
        assert conversation is not None
        cases.requeue(session, conversation, by, house.context.now())


def set_duty(house: House, who: Consultant, duty: str) -> None:
    with house.database.write() as session:
        found = consultants.get(session, who.id)
        assert found is not None
        found.duty = duty


def test_nothing_is_given_unless_the_settings_say_so(house: House) -> None:
    house.consultant("小林")
    wait(house, "oA")
    assert assign_waiting(house.context) == 0
    assert owner(house, "oA") == ""


def test_the_fewest_open_first_and_never_past_the_capacity(busy: House) -> None:
    busy.consultant("小林")
    busy.consultant("李雪")
    wait(busy, "oA", "oB", "oC", "oD", "oE")
    assert assign_waiting(busy.context) == 4
    assert [owner(busy, name) for name in ("oA", "oB", "oC", "oD", "oE")] == [
        "小林",
        "李雪",
        "小林",
        "李雪",
        "",
    ]


def test_whoever_is_off_duty_or_busy_gets_none(busy: House) -> None:
    lin, xue = busy.consultant("小林"), busy.consultant("李雪")
    set_duty(busy, lin, "off")
    set_duty(busy, xue, "busy")
    wait(busy, "oA")
    assert assign_waiting(busy.context) == 0
    set_duty(busy, xue, "on")
    assert assign_waiting(busy.context) == 1
    assert owner(busy, "oA") == "李雪"


def test_a_merchant_who_returns_gets_the_one_they_know(busy: House) -> None:
    busy.consultant("小林")
    xue = busy.consultant("李雪")
    wait(busy, "oA", "oB")
    assign_waiting(busy.context)
    resolve(busy, "oB", xue)
    wait(busy, "oC")
    assign_waiting(busy.context)
    assert owner(busy, "oC") == "李雪"
    wait(busy, "oB")
    assign_waiting(busy.context)
    assert owner(busy, "oB") == "李雪"


def test_nobody_gets_again_what_they_put_back_or_left_alone(busy: House, clock: Clock) -> None:
    lin = busy.consultant("小林")
    wait(busy, "oA", "oB")
    assign_waiting(busy.context)
    requeue(busy, "oA", lin)
    clock.forward(minutes=21)
    assert timeouts.expire(busy.context) == 1
    assert assign_waiting(busy.context) == 0
    busy.consultant("李雪")
    assert assign_waiting(busy.context) == 2
    assert (owner(busy, "oA"), owner(busy, "oB")) == ("李雪", "李雪")


def test_no_case_is_given_at_night(busy: House, clock: Clock) -> None:
    busy.consultant("小林")
    clock.forward(hours=12)
    wait(busy, "oA")
    assert assign_waiting(busy.context) == 0
    clock.forward(hours=12)
    assert assign_waiting(busy.context) == 1


def test_the_one_who_gets_it_is_told(busy: House, clock: Clock) -> None:
    lin = busy.consultant("小林")
    wait(busy, "oA")
    assign_waiting(busy.context)
    with busy.database.read() as session:
        conversation = conversations.by_openid(session, "oA")
        assert conversation is not None
        found = notices.since(session, [conversation.id], clock.now - timedelta(minutes=1))
    assert [(each.kind, each.to) for each in found if each.kind == "assigned"] == [
        ("assigned", lin.id)
    ]


def test_while_nobody_is_free_a_long_queue_costs_what_a_short_one_does(busy: House) -> None:
    set_duty(busy, busy.consultant("小林"), "off")
    wait(busy, "oA")
    short = statements(busy)
    wait(busy, "oB", "oC", "oD")
    assert statements(busy) == short


def test_a_claim_at_the_same_moment_counts(busy: House) -> None:
    busy.with_firm(capacity=1)
    lin = busy.consultant("小林")
    wait(busy, "oA", "oB")
    giving = threading.Thread(target=assign_waiting, args=(busy.context,))
    with busy.database.write() as session:
        found = conversations.by_openid(session, "oB")
        by = consultants.get(session, lin.id)
        assert found is not None
        assert by is not None
        conversation = conversations.lock_by_id(session, found.id)
        assert conversation is not None
        cases.claim(session, conversation, by, busy.context.now(), limit=1)
        giving.start()
        giving.join(0.5)  # it waits for us, or has given oA away meanwhile
    giving.join()
    assert [owner(busy, name) for name in ("oA", "oB")] == ["", "小林"]
