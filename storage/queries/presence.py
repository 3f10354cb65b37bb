"""Who is looking at a conversation and who is typing, for as long as they say so."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from storage.models.desk import Presence

# The page renews every 10 s; two may get lost on a weak network.
LOOKING = timedelta(seconds=30)
TYPING = timedelta(seconds=6)


def seen(
    session: Session, *, consultant_id: int, conversation_id: int, typing: bool, now: datetime
) -> bool:
    """Renew the row; True when colleagues see something new."""
    row = session.get(Presence, (consultant_id, conversation_id))
    if row is None:
        row = Presence(
            consultant_id=consultant_id, conversation_id=conversation_id, seen_at=now,
            typed_at=now if typing else None, changed_at=now,
        )  # fmt: skip
        session.add(row)
        return True
    news = row.seen_at < now - LOOKING or typing != is_typing(row, now)
    row.seen_at = now
    row.typed_at = now if typing else None
    if news:
        row.changed_at = now
    return news


def is_typing(row: Presence, now: datetime) -> bool:
    return row.typed_at is not None and row.typed_at >= now - TYPING


def here(session: Session, conversation_id: int, now: datetime) -> Sequence[Presence]:
    """Who looks at it now."""
    return session.scalars(
        select(Presence)
        .where(Presence.conversation_id == conversation_id, Presence.seen_at >= now - LOOKING)
        .options(joinedload(Presence.consultant))
        .order_by(Presence.consultant_id)
    ).all()


def left(session: Session, *, consultant_id: int, conversation_id: int, now: datetime) -> None:
    row = session.get(Presence, (consultant_id, conversation_id))
    if row is not None:
        row.seen_at, row.typed_at, row.changed_at = now - 2 * LOOKING, None, now
