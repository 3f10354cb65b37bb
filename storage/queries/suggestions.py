"""Questions to learn from: what was observed, grouped by their words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from storage.models.conversations import Message
from storage.models.knowledge import Observation, Suggestion, Verdict
from storage.models.upkeep import Tally
from storage.queries.conversations import insert_new

__all__ = ["NewObservation", "Observation", "Suggestion"]

CURSOR = "learning:message"
OVERLAP = 500  # ids are handed out before they are stored: a lower one may appear later
OPEN_MAX = 500


@dataclass(frozen=True, slots=True)
class NewObservation:
    """One question of one merchant that the bot did not settle."""

    key: str
    conversation_id: int
    message_id: int
    why: str
    solved: bool
    text: str
    bot: str
    consultant: str
    at: datetime


def news(session: Session, *, limit: int) -> tuple[int, list[int]]:
    """(where this look ends, conversations in which something was said since the last)."""
    row = session.get(Tally, CURSOR)
    since = row.value if row else 0
    top = session.scalar(select(func.max(Message.id))) or 0
    if top <= since:
        return since, []
    found = session.scalars(
        select(Message.conversation_id)
        .where(Message.id > max(0, since - OVERLAP), Message.id <= top)
        .group_by(Message.conversation_id)
        .order_by(func.max(Message.id))
        .limit(limit + 1)
    ).all()
    if len(found) > limit:
        found = found[:limit]
        top = session.scalar(
            select(func.max(Message.id)).where(
                Message.conversation_id == found[-1], Message.id <= top
            )
        ) or since  # fmt: skip
    return top, list(found)


def looked(session: Session, until: int) -> None:
    """The next look begins after this message."""
    insert = insert_new(session)(Tally).values(name=CURSOR, value=until)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["name"],
            set_={"value": insert.excluded.value},
            where=Tally.value < insert.excluded.value,
        )
    )


def said_wrong(session: Session, conversation_id: int) -> set[int]:
    """Messages that a person said were answered wrongly, and nothing more."""
    rows = session.execute(
        select(Verdict.message_id, Verdict.verdict).where(
            Verdict.conversation_id == conversation_id, Verdict.message_id.is_not(None)
        )
    ).all()
    settled = {message for message, verdict in rows if verdict != "wrong"}
    return {message for message, _ in rows if message is not None and message not in settled}


def observe(session: Session, one: NewObservation) -> None:
    """Store it, or what is known of it by now."""
    session.execute(
        insert_new(session)(Suggestion)
        .values(key=one.key, state="open", refused=[], undo={}, done_by="", asked_at=one.at)
        .on_conflict_do_nothing(index_elements=["key"])
    )
    suggestion = session.scalars(select(Suggestion).where(Suggestion.key == one.key)).one()
    suggestion.asked_at = max(suggestion.asked_at, one.at)
    values = {
        "suggestion_id": suggestion.id,
        "conversation_id": one.conversation_id,
        "why": one.why,
        "solved": one.solved,
        "text": one.text,
        "bot": one.bot,
        "consultant": one.consultant,
        "at": one.at,
    }
    session.execute(
        insert_new(session)(Observation)
        .values(message_id=one.message_id, **values)
        .on_conflict_do_update(index_elements=["message_id"], set_=values)
    )


def reopen(session: Session, published_at: datetime) -> None:
    """What was settled, put in force, and asked in vain again after that."""
    again = (
        select(Observation.id)
        .where(
            Observation.suggestion_id == Suggestion.id,
            Observation.at > published_at,
            Observation.at > Suggestion.done_at,
        )
        .correlate(Suggestion)
        .exists()
    )
    settled = Suggestion.state.in_(("phrasing", "new")) & (Suggestion.done_at < published_at)
    for row in session.scalars(select(Suggestion).where(settled, again)):
        row.state, row.undo, row.done_at, row.done_by = "open", {}, None, ""


def open_ones(session: Session) -> Sequence[Suggestion]:
    """With their observations, the last asked first."""
    return session.scalars(
        select(Suggestion)
        .where(Suggestion.state == "open")
        .options(selectinload(Suggestion.observations))
        .order_by(Suggestion.asked_at.desc())
        .limit(OPEN_MAX)
    ).all()


def count_open(session: Session) -> int:
    query = select(func.count()).select_from(Suggestion).where(Suggestion.state == "open")
    return session.scalar(query) or 0


def lock(session: Session, ids: Collection[int]) -> Sequence[Suggestion]:
    """Held, in one order."""
    return session.scalars(
        select(Suggestion)
        .where(Suggestion.id.in_(ids))
        .order_by(Suggestion.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def settle(row: Suggestion, state: str, undo: Mapping[str, Any], by: str, now: datetime) -> None:
    row.state, row.undo, row.done_by, row.done_at = state, dict(undo), by, now


def messages_of(session: Session, row: Suggestion) -> Sequence[Message]:
    return session.scalars(
        select(Message)
        .join(Observation, Observation.message_id == Message.id)
        .where(Observation.suggestion_id == row.id)
        .order_by(Message.id)
    ).all()
