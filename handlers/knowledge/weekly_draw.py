"""A weekly draw to look at in five minutes: the same answers and cases for everybody.

The week is the seed, and only weeks that are over are drawn from, so that the draw stays as it is.
"""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from handlers.china_time import midnight, today
from storage.database import Session
from storage.queries import reviews

ANSWERS = 20
CASES = 5


@dataclass(frozen=True, slots=True)
class Week:
    """From Monday; `until` is the next Monday."""

    first: date

    @property
    def since(self) -> datetime:
        return midnight(self.first)

    @property
    def until(self) -> datetime:
        return midnight(self.first + timedelta(days=7))

    @property
    def before(self) -> "Week":
        return Week(self.first - timedelta(days=7))

    @property
    def after(self) -> "Week":
        return Week(self.first + timedelta(days=7))

    def pick(self, ids: list[int], count: int) -> list[int]:
        chosen = random.Random(f"week {self.first}")  # noqa: S311 (a sample, not a secret)
        return sorted(chosen.sample(ids, min(count, len(ids))))


def last_week(now: datetime) -> Week:
    """The last one that is over."""
    there = today(now)
    return Week(there - timedelta(days=there.weekday() + 7))


def answers(session: Session, week: Week) -> list[int]:
    """Merchants' messages that the bot answered."""
    return week.pick(reviews.answered(session, week.since, week.until), ANSWERS)


def cases(session: Session, week: Week) -> list[int]:
    """Cases that consultants closed."""
    return week.pick(reviews.closed(session, week.since, week.until), CASES)


def drawn_between(session: Session, since: datetime, until: datetime) -> list[int]:
    """The answers drawn in all weeks that lie in this time."""
    week, found = last_week(until), list[int]()
    while week.since >= since:
        found += answers(session, week)
        week = week.before
    return found
