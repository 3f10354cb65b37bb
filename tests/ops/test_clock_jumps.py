"""The machine's clock is put back: nothing waits for the time that was."""

from datetime import timedelta

from sqlalchemy import select

from handlers.outbound import sender
from storage.models.conversations import Delivery
from storage.queries import deliveries, leases
from tests.conftest import Clock
from tests.installed import House


def test_a_lease_from_the_future_is_over(house: House, clock: Clock) -> None:
    with house.database.write() as session:
        assert leases.take(session, "sweep", holder="a", now=clock(), seconds=55)
    clock.forward(seconds=-20)
    with house.database.write() as session:
        assert not leases.take(session, "sweep", holder="b", now=clock(), seconds=55)
    clock.forward(hours=-3)
    with house.database.write() as session:
        assert leases.take(session, "sweep", holder="b", now=clock(), seconds=55)


def test_what_was_put_off_before_the_clock_went_back_is_due(house: House, clock: Clock) -> None:
    house.with_firm(account="verified")
    house.says("保证金怎么退")
    with house.database.write() as session:
        for row in session.scalars(select(Delivery)):
            row.state, row.due_at = "pending", clock() + timedelta(minutes=4)
    with house.database.read() as session:
        assert not deliveries.due(session, clock())
    clock.forward(days=-1)
    with house.database.read() as session:
        assert len(deliveries.due(session, clock())) == 1
    # Nobody listens where the sends go, so this one is tried and put off again.
    assert sender.deliver(house.context, 1) is not None
    with house.database.read() as session:
        assert session.scalars(select(Delivery.attempts)).one() == 1


def test_a_send_of_a_dead_process_is_found_after_the_clock_went_back(
    house: House, clock: Clock
) -> None:
    house.says("保证金怎么退")
    with house.database.write() as session:
        for row in session.scalars(select(Delivery)):
            row.state, row.due_at = "sending", clock() + sender.LEASE
    clock.forward(hours=-2)
    with house.database.write() as session:
        assert list(deliveries.with_stuck(session, clock())) == [1]
        assert sender.recover(session, 1, clock()) == 1
