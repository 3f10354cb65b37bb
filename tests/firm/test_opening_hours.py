"""Opening hours: spans, weekends, holidays, and the next opening in words that are kept."""

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest

from handlers.china_time import SHANGHAI
from handlers.firm.opening_hours import OpeningHours, is_fixed_by_law

USUAL = OpeningHours.parse(
    weekdays=["9:00-12:00", "14:00-18:00"], saturday=["10:00-12:00"], sunday=[]
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("when", "is_open", "opens"),
    [
        ("2026-11-23 09:00", True, None),
        ("2026-11-23 11:59", True, None),
        ("2026-11-23 12:00", False, "2026-11-23 14:00"),
        ("2026-11-23 18:00", False, "2026-11-24 09:00"),
        ("2026-11-27 20:00", False, "2026-11-28 10:00"),
        ("2026-11-29 11:00", False, "2026-11-30 09:00"),
        ("2026-10-01 10:00", False, "2026-10-08 09:00"),  # the national holiday
        ("2026-10-10 09:30", True, None),  # a Saturday that is worked instead
    ],
)
def test_open_and_next_opening(when: str, is_open: bool, opens: str | None) -> None:  # noqa: FBT001 (a table)
    assert USUAL.is_open(at(when)) is is_open
    assert USUAL.next_opening(at(when)) == (at(opens) if opens else None)


def test_a_day_off_of_the_firms_own() -> None:
    closed = OpeningHours(closed=frozenset({date(2026, 11, 23)}))
    assert not closed.is_open(at("2026-11-23 10:00"))
    assert closed.next_opening(at("2026-11-23 10:00")) == at("2026-11-24 09:00")


def test_years_that_the_calendar_does_not_know_go_by_the_day_of_the_week() -> None:
    assert USUAL.is_open(at("2099-01-05 10:00"))


def test_never_open_has_no_next_opening() -> None:
    never = OpeningHours(weekdays=())
    assert never.next_opening(at("2026-11-23 10:00")) is None
    assert never.in_words() == ""


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((["9:00-18:00"], [], []), "周一至周五 9:00–18:00"),
        ((["9:00-18:00"], ["9:00-18:00"], []), "周一至周六 9:00–18:00"),
        ((["9:00-18:00"], ["9:00-12:00"], []), "周一至周五 9:00–18:00，周六 9:00–12:00"),
        ((["0:00-24:00"],) * 3, "每天 全天"),
        ((["9:00-12:00", "14:00-18:00"],) * 3, "每天 9:00–12:00、14:00–18:00"),
    ],
)
def test_hours_in_words(days: tuple[list[str], list[str], list[str]], words: str) -> None:
    weekdays, saturday, sunday = days
    hours = OpeningHours.parse(weekdays=weekdays, saturday=saturday, sunday=sunday)
    assert hours.in_words() == words


@pytest.mark.parametrize(
    "day",
    ["2027-01-01", "2027-02-05", "2027-02-08", "2027-04-05", "2027-05-02", "2027-06-09",
     "2027-09-15", "2027-10-01", "2027-10-03", "2028-01-25", "2028-04-04", "2031-10-01"],
)  # fmt: skip
def test_past_the_calendar_the_days_that_the_law_fixes_are_closed(day: str) -> None:
    assert not OpeningHours(saturday=USUAL.weekdays, sunday=USUAL.weekdays).is_open(
        at(f"{day} 10:00")
    )


@pytest.mark.parametrize("day", ["2027-01-04", "2027-02-09", "2027-10-04", "2040-03-01"])
def test_past_the_calendar_other_days_are_open(day: str) -> None:
    assert USUAL.is_open(at(f"{day} 10:00"))


@pytest.mark.parametrize("year", range(2025, 2027))
def test_what_the_law_fixes_is_free_in_the_years_that_are_known(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    fixed = [day for day in days if is_fixed_by_law(day)]
    assert all(chinese_calendar.is_holiday(day) for day in fixed)
    assert len(fixed) >= 7
