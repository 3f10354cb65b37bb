"""The team at one moment: who is on duty, what each has open, what they owe, what they finished."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.models.conversations import Case, Consultant
from storage.queries.inbox import owed_since


@dataclass(frozen=True, slots=True)
class Member:
    """`owed` cases in which the merchant waits for this consultant, the longest since
    `longest_since`; `handled` cases that they closed since the day began."""

    consultant: Consultant
    open: int
    owed: int
    longest_since: datetime | None
    handled: int


@dataclass(frozen=True, slots=True)
class Today:
    """What came in and what is open, since the day began."""

    waiting: int
    longest_since: datetime | None
    opened: int
    handled: int
    not_understood: int


def members(session: Session, since: datetime) -> list[Member]:
    """Everybody who can log in, by name. `since` is the beginning of the day."""
    people = session.scalars(
        select(Consultant).where(Consultant.enabled.is_(True)).order_by(Consultant.name)
    ).all()
    claimed = session.execute(
        select(Case.consultant_id, Case.conversation_id, Case.claimed_at).where(
            Case.state == "claimed"
        )
    ).all()
    waits = owed_since(session, [row[1] for row in claimed]) if claimed else {}
    handled: dict[int | None, int] = {
        row[0]: row[1]
        for row in session.execute(
            select(Case.consultant_id, func.count())
            .where(Case.closed_at >= since, Case.consultant_id.is_not(None))
            .group_by(Case.consultant_id)
        )
    }
    return [_member(person, claimed, waits, handled.get(person.id, 0)) for person in people]


def _member(
    person: Consultant, claimed: Sequence[object], waits: dict[int, datetime], handled: int
) -> Member:
    mine = [(row[1], row[2]) for row in claimed if row[0] == person.id]  # type: ignore[index]
    owed = [
        max(waits[conversation], at)
        for conversation, at in mine
        if conversation in waits and at is not None
    ]
    return Member(person, len(mine), len(owed), min(owed, default=None), handled)


def today(session: Session, since: datetime) -> Today:
    """Counts since the beginning of the day, and the queue now."""
    waiting = session.execute(
        select(func.count(), func.min(Case.opened_at)).where(Case.state == "waiting")
    ).one()

    def count(*conditions: object) -> int:
        return session.scalar(select(func.count(Case.id)).where(*conditions)) or 0  # type: ignore[arg-type]

    return Today(
        waiting=waiting[0],
        longest_since=waiting[1],
        opened=count(Case.opened_at >= since),
        handled=count(Case.closed_at >= since, Case.consultant_id.is_not(None)),
        not_understood=count(Case.opened_at >= since, Case.reason == "not_understood"),
    )
