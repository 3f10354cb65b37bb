"""Everything that the page of figures reads for one period."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from statistics import quantiles

from handlers.china_time import local
from handlers.context import current_context
from handlers.knowledge import weekly_draw
from storage.database import Session
from storage.queries import drift, reviews
from storage.queries import figures as rows
from storage.queries.figures import CaseFact, Unanswered, Visit
from storage.queries.reviews import ReviewedAnswer

MerchantDay = tuple[date, int]
"""A day in China, and a conversation."""


@dataclass(frozen=True)
class Period:
    since: datetime
    until: datetime
    visits: dict[MerchantDay, Visit]
    answers: list[tuple[datetime, int, str]]
    outcomes: dict[str, int]
    not_understood: list[int]
    hours: dict[tuple[int, int], int]
    cases: list[CaseFact]
    deliveries: dict[str, int]
    undelivered: list[int]
    shut_out: list[int]
    undecided: int
    judged: list[ReviewedAnswer]
    drawn: dict[int, str]
    """Message → verdict, of those that the weekly draw chose."""
    steps: dict[tuple[str, str, str], int]
    """(entry, key of the step, kind) → merchants."""
    unanswered: list[Unanswered]
    open_time: Callable[[datetime, datetime], timedelta]

    @property
    def days(self) -> list[date]:
        first, last = local(self.since).date(), local(self.until).date()
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    @cached_property
    def opened(self) -> list[CaseFact]:
        return [case for case in self.cases if case.opened_at >= self.since]

    @cached_property
    def closed(self) -> list[CaseFact]:
        return [case for case in self.cases if case.closed_at and case.closed_at >= self.since]

    @cached_property
    def handed_over(self) -> set[MerchantDay]:
        """Merchant-days on which a case was opened."""
        opened = {(local(case.opened_at).date(), case.conversation_id) for case in self.opened}
        return opened & self.visits.keys()

    @cached_property
    def answered(self) -> set[MerchantDay]:
        """Merchant-days on which the bot answered something."""
        return {(local(at).date(), talk) for at, talk, _ in self.answers}

    @cached_property
    def waits(self) -> list[CaseFact]:
        """Cases that were claimed; those stepped into made nobody wait."""
        return [case for case in self.opened if case.claimed_at and not case.stepped_in]

    def wait_of(self, case: CaseFact) -> float:
        """Minutes of opening hours."""
        assert case.claimed_at is not None  # noqa: S101 (`waits` has only those)
        return minutes(self.open_time(case.opened_at, case.claimed_at))


def read(session: Session, since: datetime, until: datetime) -> Period:
    drawn = reviews.verdict_of(session, weekly_draw.drawn_between(session, since, until))
    return Period(
        since=since,
        until=until,
        visits=rows.visits(session, since, until),
        answers=rows.answers(session, since, until),
        outcomes=rows.outcomes(session, since, until),
        not_understood=rows.not_understood(session, since, until),
        hours=rows.hours(session, since, until),
        cases=rows.case_facts(session, since, until),
        deliveries=rows.deliveries(session, since, until),
        undelivered=rows.undelivered(session, since, until),
        shut_out=rows.shut_out(session, since, until),
        undecided=rows.undecided(session, since, until),
        judged=reviews.judged(session, since, until),
        drawn=drawn,
        steps=drift.merchants(session, since, until),
        unanswered=rows.unanswered(session, since, until),
        open_time=current_context().hours.open_time,
    )


def p90(values: Sequence[float]) -> float:
    return quantiles(values, n=10, method="inclusive")[-1] if len(values) > 1 else values[0]


def minutes(span: timedelta) -> float:
    return span.total_seconds() / 60
