"""The sweep: what was left behind is found within a minute, once over all processes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from handlers.jobs import sweep, timeouts, watchdog
from handlers.jobs.queue import open_queue
from handlers.jobs.schedule import Jobs
from storage.models.conversations import Case, Delivery, LoginFailure, ReceivedPush
from storage.queries import consultants, leases, upkeep
from tests.conftest import Clock
from tests.installed import House
from tests.ops.tools import (
    WHO,
    AlertReceiver,
    actions,
    answer,
    case,
    claim,
    conversation,
    listening,
    undecided,
)


def test_only_one_process_sweeps_in_a_minute(house: House, clock: Clock) -> None:
    assert sweep.sweep(house.context, "a") is not None
    assert sweep.sweep(house.context, "b") is None
    clock.forward(minutes=1)
    assert sweep.sweep(house.context, "b") is not None


def test_the_sweep_leaves_a_heartbeat(house: House, clock: Clock) -> None:
    sweep.sweep(house.context, "a")
    with house.database.read() as session:
        assert leases.done_at(session, sweep.NAME) == clock.now


def test_a_push_without_an_end_is_escalated_and_answered_by_the_api(house: House) -> None:
    push_id = undecided(house)
    found = sweep.sweep(house.context, "a")
    assert found is not None
    assert found.conversations
    with house.database.read() as session:
        push = session.get_one(ReceivedPush, push_id)
        assert (push.end, push.why) == ("queued", watchdog.WHY)
        assert upkeep.tallies(session)["silent_rescued"] == 1
    assert (case(house).reason, case(house).state) == ("error", "waiting")
    said = house.said()[-1]
    assert said.text == house.context.texts.text("error")
    assert [each.state for each in said.deliveries] == ["pending"]
    assert watchdog.finish(house.context) == []


def test_a_push_that_is_being_decided_is_left_alone(house: House) -> None:
    undecided(house, age=timedelta(seconds=30))
    assert watchdog.finish(house.context) == []


def test_the_watchdog_does_not_speak_over_a_consultant(house: House) -> None:
    house.says("转人工")
    claim(house, house.consultant("小李"))
    before = len(house.said())
    undecided(house)
    watchdog.finish(house.context)
    assert len(house.said()) == before
    with house.database.read() as session:
        assert session.scalars(select(ReceivedPush).where(ReceivedPush.end.is_(None))).all() == []


def test_an_event_without_an_end_needs_nobody(house: House) -> None:
    undecided(house, "view")
    watchdog.finish(house.context)
    with house.database.read() as session:
        assert session.scalars(select(ReceivedPush.end)).one() == "ignored"
        assert session.scalars(select(Case)).all() == []


def test_a_claim_without_any_work_expires_with_a_trace(house: House, clock: Clock) -> None:
    house.says("转人工")
    claim(house, house.consultant("小李"))
    clock.forward(minutes=19)
    assert timeouts.expire(house.context) == 0
    clock.forward(minutes=2)
    assert timeouts.expire(house.context) == 1
    assert (case(house).state, case(house).consultant_id) == ("waiting", None)
    assert "expired" in actions(house)
    assert "小李" in house.said()[-1].text


def test_a_consultant_who_answered_keeps_the_case_until_the_merchant_waits_too_long(
    house: House, clock: Clock
) -> None:
    house.says("转人工")
    claim(house, house.consultant("小李"))
    clock.forward(minutes=1)
    answer(house, "店名是什么？")
    clock.forward(hours=3)
    assert timeouts.expire(house.context) == 0
    house.says("我找到了")
    clock.forward(minutes=15)
    house.says("在吗")
    assert timeouts.expire(house.context) == 0
    clock.forward(minutes=6)
    assert timeouts.expire(house.context) == 1


def test_what_is_done_without_an_answer_gives_the_claim_its_time_anew(
    house: House, clock: Clock
) -> None:
    house.says("转人工")
    claim(house, house.consultant("小李"))
    clock.forward(minutes=15)
    with house.database.write() as session:
        session.scalars(select(Case)).one().worked_at = clock.now
    clock.forward(minutes=19)
    assert timeouts.expire(house.context) == 0
    clock.forward(minutes=2)
    assert timeouts.expire(house.context) == 1


def test_a_snoozed_case_is_left_alone_and_comes_back(house: House, clock: Clock) -> None:
    house.says("转人工")
    claim(house, house.consultant("小李"))
    with house.database.write() as session:
        found = session.scalars(select(Case)).one()
        found.snoozed_until, found.snoozed_at = clock.now + timedelta(hours=2), clock.now
    clock.forward(hours=1)
    assert (timeouts.wake(house.context), timeouts.expire(house.context)) == (0, 0)
    clock.forward(hours=1, seconds=1)
    sweep.sweep(house.context, "a")
    assert case(house).state == "claimed"
    assert case(house).snoozed_until is None
    assert actions(house)[-1] == "woken"


def test_the_merchants_word_ends_a_snooze(house: House, clock: Clock) -> None:
    house.says("转人工")
    claim(house, house.consultant("小李"))
    with house.database.write() as session:
        found = session.scalars(select(Case)).one()
        found.snoozed_until, found.snoozed_at = clock.now + timedelta(hours=2), clock.now
    clock.forward(minutes=5)
    house.says("弄好了")
    assert timeouts.wake(house.context) == 1
    clock.forward(minutes=19)
    assert timeouts.expire(house.context) == 0
    clock.forward(minutes=2)
    assert timeouts.expire(house.context) == 1


@pytest.fixture
def receiver(house: House) -> Iterator[AlertReceiver]:
    with listening() as found:
        found.listen_to(house)
        yield found


def test_people_are_told_of_a_new_case_once(
    house: House, clock: Clock, receiver: AlertReceiver
) -> None:
    house.says("转人工")
    assert timeouts.tell(house.context, "a") == 1
    clock.forward(seconds=10)
    assert timeouts.tell(house.context, "a") == 0
    assert [each["event"] for each in receiver.heard] == ["cases.waiting"]
    assert "alerted" not in actions(house)


def test_people_are_told_again_of_a_case_that_waits_too_long(
    house: House, clock: Clock, receiver: AlertReceiver
) -> None:
    house.says("转人工")
    timeouts.tell(house.context, "a")
    clock.forward(minutes=4)
    assert timeouts.tell(house.context, "a") == 0
    clock.forward(minutes=2)
    assert timeouts.tell(house.context, "a") == 1
    assert len(receiver.heard) == 2
    assert actions(house)[-1] == "alerted"


def test_at_night_people_are_told_of_what_is_new_and_of_nothing_again(
    house: House, clock: Clock, receiver: AlertReceiver
) -> None:
    clock.forward(hours=12)  # ten in the evening
    house.says("转人工")
    assert timeouts.tell(house.context, "a") == 1
    clock.forward(hours=2)
    assert timeouts.tell(house.context, "a") == 0
    clock.forward(hours=9)  # nine in the morning
    assert timeouts.tell(house.context, "a") == 1
    assert len(receiver.heard) == 2


def test_a_case_back_in_the_queue_is_told_of_as_new(
    house: House, clock: Clock, receiver: AlertReceiver
) -> None:
    house.says("转人工")
    claim(house, house.consultant("小李"))
    clock.forward(minutes=21)
    sweep.sweep(house.context, "a")
    assert [each["event"] for each in receiver.heard] == ["cases.waiting"]


def test_the_operator_is_told_once_an_hour_what_to_mend(
    house: House, clock: Clock, receiver: AlertReceiver
) -> None:
    house.says("保证金怎么退")
    with house.database.write() as session:
        delivery = session.scalars(select(Delivery)).one()
        delivery.state, delivery.errcode, delivery.error = "held", 48001, "这个公众号没有权限"
    for holder in "abc":
        sweep.sweep(house.context, holder)
        clock.forward(minutes=5)
    assert [(each["event"], each["words"]) for each in receiver.heard] == [
        ("operator.needed", "这个公众号没有权限")
    ]
    clock.forward(hours=1)
    sweep.sweep(house.context, "d")
    assert len(receiver.heard) == 2


def test_old_failed_logins_are_dropped(house: House, clock: Clock) -> None:
    with house.database.write() as session:
        consultants.record_failure(session, name="li", network="1.2.3.4", now=clock.now)
    clock.forward(days=1, minutes=1)
    sweep.sweep(house.context, "a")
    with house.database.read() as session:
        assert session.scalars(select(LoginFailure)).all() == []


def test_a_chore_that_breaks_does_not_keep_the_others_from_running(
    house: House, receiver: AlertReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_parts: object) -> int:
        raise RuntimeError

    monkeypatch.setattr(watchdog, "finish", broken)
    house.says("转人工")
    assert sweep.sweep(house.context, "a") is not None
    assert len(receiver.heard) == 1


def test_the_delivery_job_tells_of_a_new_case(
    house: House, clock: Clock, receiver: AlertReceiver
) -> None:
    house.says("转人工")
    assert house.enqueued
    queue = open_queue("sqlite://", house.context.firm.data)
    queue.immediate = True
    Jobs(queue, lambda: house.context, "here").enqueue_delivery(house.enqueued[-1])
    assert len(receiver.heard) == 1
    assert case(house).alerted_at == clock.now


def test_a_plain_answer_enqueues_nothing(house: House) -> None:
    house.says("保证金怎么退")
    assert house.enqueued == []
    with house.database.read() as session:
        assert conversation(session, WHO).openid == WHO
