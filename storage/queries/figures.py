"""What the page of figures is made of: rows of a period, as plain values, one query each.

Days are those of China, which has no summer time: eight hours ahead of UTC all year.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy import ColumnElement, case, func, literal_column, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.models.conversations import (
    Case,
    CaseEvent,
    Conversation,
    Delivery,
    Message,
    ReceivedPush,
)
from storage.models.knowledge import Observation
from storage.queries import messages


@dataclass(frozen=True, slots=True)
class CaseFact:
    """One case that was opened or closed in the period; `answered_at` is when the first words of
    a consultant were delivered."""

    conversation_id: int
    reason: str
    opened_at: datetime
    claimed_at: datetime | None
    closed_at: datetime | None
    answered_at: datetime | None
    rating: int | None
    stepped_in: bool
    asleep: timedelta = timedelta(0)
    """How long it was snoozed."""


def _local(
    session: Session, column: InstrumentedAttribute[datetime], form: str
) -> ColumnElement[str]:
    """A time of the column in China, as text: `form` is «day» or «hour» (weekday and hour)."""
    if session.get_bind().dialect.name == "sqlite":
        pattern = {"day": "%Y-%m-%d", "hour": "%w %H"}[form]
        return func.strftime(pattern, column, "+8 hours")
    pattern = {"day": "YYYY-MM-DD", "hour": "D HH24"}[form]
    shifted = column + literal_column("interval '8 hours'")
    return func.to_char(func.timezone("UTC", shifted), pattern)


@dataclass(frozen=True, slots=True)
class Visit:
    """A merchant-day: when the merchant first and last wrote on it, and whether they said that it
    is done or thanked."""

    first_at: datetime
    last_at: datetime
    thanked: bool


DONE_WORDS = ("做好了", "搞定了", "解决了", "弄好了", "谢谢")


def visits(session: Session, since: datetime, until: datetime) -> dict[tuple[date, int], Visit]:
    """Each day on which each conversation had a merchant's message."""
    day = _local(session, Message.created_at, "day")
    thanked = or_(
        Message.understanding["social"].as_string() == "thanks",
        *(Message.text.contains(words) for words in DONE_WORDS),
    )
    rows = session.execute(
        select(
            day,
            Message.conversation_id,
            func.min(Message.created_at),
            func.max(Message.created_at),
            func.max(case((thanked, 1), else_=0)),
        )
        .where(Message.author == "merchant", *_within(Message.created_at, since, until))
        .group_by(day, Message.conversation_id)
    )
    return {
        (date.fromisoformat(row[0]), row[1]): Visit(row[2], row[3], bool(row[4])) for row in rows
    }


def answers(session: Session, since: datetime, until: datetime) -> list[tuple[datetime, int, str]]:
    """(when, conversation, entry) of the bot's answers, the earliest first."""
    rows = session.execute(
        select(Message.created_at, Message.conversation_id, Message.entry)
        .where(
            Message.author == "bot",
            Message.entry.is_not(None),
            *_within(Message.created_at, since, until),
        )
        .order_by(Message.created_at)
    )
    return [(row[0], row[1], row[2]) for row in rows if row[2]]


def outcomes(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    """Merchants' questions by what the matcher made of them: answer, options, none, …"""
    outcome = Message.understanding["outcome"].as_string()
    rows = session.execute(
        select(outcome, func.count())
        .where(messages.is_question(), *_within(Message.created_at, since, until))
        .group_by(outcome)
    )
    return {row[0]: row[1] for row in rows if row[0]}


def not_understood(session: Session, since: datetime, until: datetime) -> list[int]:
    """Conversations in which the bot understood a question not at all."""
    return list(
        session.scalars(
            select(Message.conversation_id)
            .where(
                messages.is_question(),
                Message.understanding["outcome"].as_string() == "none",
                *_within(Message.created_at, since, until),
            )
            .distinct()
        )
    )


def undelivered(session: Session, since: datetime, until: datetime) -> list[int]:
    """Conversations with something held, failed or uncertain."""
    return list(
        session.scalars(
            select(Delivery.conversation_id)
            .where(
                Delivery.state.in_(("held", "failed", "uncertain")),
                *_within(Delivery.created_at, since, until),
            )
            .distinct()
        )
    )


def shut_out(session: Session, since: datetime, until: datetime) -> list[int]:
    """Conversations of cases opened in this time whose window closed before a consultant's word
    was delivered."""
    answered = (
        select(Delivery.id)
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Delivery.conversation_id == Case.conversation_id,
            Message.author == "consultant",
            Delivery.state == "sent",
            Message.created_at >= Case.opened_at,
        )
        .correlate(Case)
        .exists()
    )
    return list(
        session.scalars(
            select(Case.conversation_id)
            .join(Conversation, Conversation.id == Case.conversation_id)
            .where(
                *_within(Case.opened_at, since, until),
                Case.state.in_(("waiting", "claimed")),
                Conversation.window_until < until,
                ~answered,
            )
        )
    )


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question in the same words that nothing answered. `merchants` are conversations."""

    text: str
    merchants: frozenset[int]
    by_day: dict[date, int]


def unanswered(session: Session, since: datetime, until: datetime) -> list[Unanswered]:
    """Those of most merchants first."""
    rows = session.execute(
        select(
            Observation.suggestion_id,
            Observation.text,
            Observation.conversation_id,
            _local(session, Observation.at, "day"),
        )
        .where(Observation.why.in_(("missed", "refused", "outside")))
        .where(*_within(Observation.at, since, until))
        .order_by(Observation.id)
    ).all()
    found: dict[int, list[tuple[str, int, date]]] = {}
    for number, text, conversation_id, day in rows:
        found.setdefault(number, []).append((text, conversation_id, date.fromisoformat(day)))
    subjects = [
        Unanswered(
            each[-1][0],
            frozenset(one[1] for one in each),
            dict(Counter(one[2] for one in each)),
        )
        for each in found.values()
    ]
    return sorted(subjects, key=lambda each: -len(each.merchants))


def hours(session: Session, since: datetime, until: datetime) -> dict[tuple[int, int], int]:
    """Merchants' messages by weekday (Monday is 0) and hour."""
    when = _local(session, Message.created_at, "hour")
    rows = session.execute(
        select(when, func.count())
        .where(Message.author == "merchant", *_within(Message.created_at, since, until))
        .group_by(when)
    )
    sunday_first = 0 if session.get_bind().dialect.name == "sqlite" else 1
    found: dict[tuple[int, int], int] = {}
    for text, count in rows:
        weekday, hour = (int(part) for part in text.split())
        found[(weekday - sunday_first - 1) % 7, hour] = count
    return found


def case_facts(session: Session, since: datetime, until: datetime) -> list[CaseFact]:
    """Cases opened or closed in the period, by when they were opened."""
    answered = (
        select(func.min(Delivery.sent_at))
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Delivery.conversation_id == Case.conversation_id,
            Message.author == "consultant",
            Delivery.state == "sent",
            Message.created_at >= Case.opened_at,
            (Case.closed_at.is_(None)) | (Message.created_at <= Case.closed_at),
        )
        .correlate(Case)
        .scalar_subquery()
    )
    opened = (Case.opened_at >= since) & (Case.opened_at < until)
    closed = (Case.closed_at >= since) & (Case.closed_at < until)
    rows = session.execute(
        select(Case, answered).where(opened | closed).order_by(Case.opened_at)
    ).all()
    asleep = _asleep(session, [row[0].id for row in rows])
    return [
        CaseFact(
            conversation_id=found.conversation_id,
            reason=found.reason,
            opened_at=found.opened_at,
            claimed_at=found.claimed_at,
            closed_at=found.closed_at,
            answered_at=answered_at,
            rating=found.rating,
            stepped_in=found.reason == "stepped_in",
            asleep=asleep.get(found.id, timedelta(0)),
        )
        for found, answered_at in rows
    ]


def _asleep(session: Session, case_ids: Sequence[int]) -> dict[int, timedelta]:
    """How long each case was snoozed: from there to its time, or to what was done before that."""
    events: dict[int, list[CaseEvent]] = {}
    snoozed = select(CaseEvent.case_id).where(CaseEvent.action == "snoozed")
    for event in session.scalars(
        select(CaseEvent)
        .where(CaseEvent.case_id.in_(case_ids), CaseEvent.case_id.in_(snoozed))
        .order_by(CaseEvent.id)
    ):
        events.setdefault(event.case_id, []).append(event)
    return {number: _slept(trace) for number, trace in events.items()}


def _slept(trace: Sequence[CaseEvent]) -> timedelta:
    total = timedelta(0)
    for event, following in pairwise(trace):
        if event.action == "snoozed":
            total += min(datetime.fromisoformat(event.detail), following.at) - event.at
    return total


def deliveries(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    """Outgoing parts of the period by state."""
    rows = session.execute(
        select(Delivery.state, func.count())
        .where(*_within(Delivery.created_at, since, until))
        .group_by(Delivery.state)
    )
    return {row[0]: row[1] for row in rows}


def undecided(session: Session, since: datetime, until: datetime) -> int:
    """Pushes without an end; must be 0."""
    return session.scalar(
        select(func.count())
        .select_from(ReceivedPush)
        .where(ReceivedPush.end.is_(None), *_within(ReceivedPush.received_at, since, until))
    ) or 0  # fmt: skip


def entries_hit(session: Session, since: datetime) -> set[str]:
    """The entries that answered anything since then."""
    rows = session.scalars(
        select(Message.entry)
        .where(Message.entry.is_not(None), Message.created_at >= since)
        .distinct()
    )
    return {row for row in rows if row}


def _within(
    column: InstrumentedAttribute[datetime], since: datetime, until: datetime
) -> tuple[ColumnElement[bool], ...]:
    return column >= since, column < until
