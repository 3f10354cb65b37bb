"""Verdicts: what people said is right."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from storage.models.conversations import Message
from storage.models.knowledge import Verdict
from storage.queries.conversations import insert_new

__all__ = ["GivenVerdict", "Verdict"]


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """One verdict, before it is stored."""

    verdict: str
    entry: str
    text: str
    key: str
    expected: Mapping[str, Any]
    source: str


def put(
    session: Session, message: Message, consultant_id: int, judged: GivenVerdict, now: datetime
) -> Verdict:
    """One person's verdict on a message; the second takes the place of the first."""
    values = {
        "verdict": judged.verdict,
        "entry": judged.entry,
        "text": judged.text,
        "key": judged.key,
        "expected": dict(judged.expected),
        "source": judged.source,
        "at": now,
    }
    session.execute(
        insert_new(session)(Verdict)
        .values(
            conversation_id=message.conversation_id,
            message_id=message.id,
            consultant_id=consultant_id,
            **values,
        )
        .on_conflict_do_update(index_elements=["message_id", "consultant_id"], set_=values)
    )
    return session.scalars(
        select(Verdict)
        .where(Verdict.message_id == message.id, Verdict.consultant_id == consultant_id)
        .options(joinedload(Verdict.consultant))
        .execution_options(populate_existing=True)
    ).one()


def everything(session: Session) -> Sequence[Verdict]:
    """Oldest first."""
    return session.scalars(select(Verdict).order_by(Verdict.at, Verdict.id)).all()


def said_wrong(session: Session) -> list[tuple[str, Mapping[str, Any]]]:
    """(key, what is expected) of words whose newest verdict is that the answer was wrong."""
    wrong = select(Verdict.key).where(Verdict.verdict == "wrong")
    rows = session.execute(
        select(Verdict.key, Verdict.verdict, Verdict.expected)
        .where(Verdict.key.in_(wrong))
        .order_by(Verdict.at, Verdict.id)
    )
    newest = {key: (verdict, expected) for key, verdict, expected in rows}
    return [(key, expected) for key, (verdict, expected) in newest.items() if verdict == "wrong"]


def newest(session: Session, key: str) -> Verdict | None:
    """The latest verdict on a message in the same words."""
    query = select(Verdict).where(Verdict.key == key).order_by(Verdict.at.desc(), Verdict.id.desc())
    return session.scalars(query.limit(1)).first()


def of_messages(session: Session, message_ids: Collection[int]) -> Sequence[Verdict]:
    return session.scalars(
        select(Verdict)
        .where(Verdict.message_id.in_(message_ids))
        .options(joinedload(Verdict.consultant))
        .order_by(Verdict.at)
    ).all()


def take_back(session: Session, message_ids: Collection[int], consultant_id: int) -> None:
    """Of one person, those from the learning queue."""
    session.execute(
        delete(Verdict).where(
            Verdict.message_id.in_(message_ids),
            Verdict.consultant_id == consultant_id,
            Verdict.source == "queue",
        )
    )
