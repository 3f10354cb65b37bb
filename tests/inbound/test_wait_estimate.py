"""Minutes are told only when enough is known, as a range that people can rely on."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.inbound.wait_estimate import ENOUGH, PastCase, wait_range
from tests.conftest import Clock
from tests.dialogue.webhook_driver import Merchant, Office, open_office
from tests.installed import House

MINUTES = st.floats(0, 300)
PAST = st.lists(st.builds(PastCase, MINUTES, MINUTES), min_size=ENOUGH, max_size=40)


def test_nine_cases_or_nobody_on_duty_give_no_estimate() -> None:
    case = PastCase(4.0, 10.0)
    assert wait_range([case] * (ENOUGH - 1), ahead=0, on_duty=1) is None
    assert wait_range([case] * ENOUGH, ahead=0, on_duty=0) is None
    assert wait_range([case] * ENOUGH, ahead=0, on_duty=1) == (5, 10)


@pytest.mark.parametrize(
    ("ahead", "on_duty", "span"),
    [(0, 1, (10, 20)), (1, 1, (20, 30)), (1, 2, (20, 30)), (4, 2, (30, 45)), (24, 1, None)],
)
def test_each_merchant_ahead_counts(ahead: int, on_duty: int, span: object) -> None:
    past = [PastCase(8.0, 10.0)] * ENOUGH
    assert wait_range(past, ahead=ahead, on_duty=on_duty) == span


def test_slow_ones_make_the_range_wider() -> None:
    past = [PastCase(4.0, 5.0)] * 7 + [PastCase(40.0, 60.0)] * 3
    assert wait_range(past, ahead=0, on_duty=1) == (5, 45)


@given(past=PAST, ahead=st.integers(0, 60), on_duty=st.integers(1, 9))
def test_what_is_told_is_never_less_than_the_cases_show(
    past: list[PastCase], ahead: int, on_duty: int
) -> None:
    span = wait_range(past, ahead=ahead, on_duty=on_duty)
    if span is not None:
        low, high = span
        shortest = min(case.waited for case in past)
        assert shortest + ahead * 2 / on_duty <= low < high <= 120


@pytest.mark.parametrize("people", [1, 3])
def test_twenty_four_ahead_and_one_minute_never_meet(
    house: House, clock: Clock, people: int
) -> None:
    """Even where every past case was claimed and closed within a minute."""
    office = open_office(house, clock, {"wait_minutes": 1, "position": 25})
    for number in range(people - 1):
        house.consultant(f"顾问{number}")
    said = Merchant(office, "oLast").message("text", "转人工").text
    assert "前面还有 24 位" in said
    assert "预计 1 " not in said
    assert "分钟内" not in said


def test_cases_outside_the_hours_and_old_ones_do_not_count(house: House, clock: Clock) -> None:
    office = open_office(house, clock, {"wait_minutes": 5})
    assert "预计 5–10 分钟" in _asks(office, "oFirst")
    clock.forward(days=31)
    assert "分钟" not in _asks(office, "oSecond")


def test_cases_of_the_night_do_not_count(house: House, clock: Clock) -> None:
    clock.forward(hours=12)
    office = open_office(house, clock, {"wait_minutes": 5})
    clock.forward(hours=12, seconds=-(timedelta(minutes=80).total_seconds()))
    assert "分钟" not in _asks(office, "oMorning")


def _asks(office: Office, openid: str) -> str:
    return Merchant(office, openid).message("text", "转人工").text
