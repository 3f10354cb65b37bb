"""What the page of figures is made of: rows of a period, as plain values, one query each.

Days are those of China, which has no summer time: eight hours ahead of UTC all year.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.models.conversations import Case, Conversation, Delivery, Message, ReceivedPush


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


def visits(session: Session, since: datetime, until: datetime) -> set[tuple[date, int]]:
    """Merchant-days: each day on which each conversation had a merchant's message."""
    day = _local(session, Message.created_at, "day")
    rows = session.execute(
        select(day, Message.conversation_id)
        .where(Message.author == "merchant", *_within(Message.created_at, since, until))
        .distinct()
    )
    return {(date.fromisoformat(row[0]), row[1]) for row in rows}


def subjects(session: Session, since: datetime, until: datetime) -> set[tuple[date, int, str]]:
    """Which entries the bot answered with, per merchant-day."""
    day = _local(session, Message.created_at, "day")
    rows = session.execute(
        select(day, Message.conversation_id, Message.entry)
        .where(
            Message.author == "bot",
            Message.entry.is_not(None),
            *_within(Message.created_at, since, until),
        )
        .distinct()
    )
    return {(date.fromisoformat(row[0]), row[1], row[2]) for row in rows if row[2]}


def outcomes(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    """Merchants' messages by what the matcher made of them: answer, options, none, …"""
    outcome = Message.understanding["outcome"].as_string()
    rows = session.execute(
        select(outcome, func.count())
        .where(
            Message.author == "merchant",
            Message.understanding.is_not(None),
            *_within(Message.created_at, since, until),
        )
        .group_by(outcome)
    )
    return {row[0]: row[1] for row in rows if row[0]}


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
    rows = session.execute(select(Case, answered).where(opened | closed).order_by(Case.opened_at))
    return [
        CaseFact(
            conversation_id=case.conversation_id,
            reason=case.reason,
            opened_at=case.opened_at,
            claimed_at=case.claimed_at,
            closed_at=case.closed_at,
            answered_at=answered_at,
            rating=case.rating,
            stepped_in=case.reason == "stepped_in",
        )
        for case, answered_at in rows
    ]


def came_back(session: Session, conversation_ids: Sequence[int], since: datetime) -> set[int]:
    """Of these conversations, those in which the merchant has written since."""
    rows = session.scalars(
        select(Conversation.id).where(
            Conversation.id.in_(conversation_ids), Conversation.last_merchant_at >= since
        )
    )
    return set(rows)


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
