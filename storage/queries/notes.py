"""Internal notes. Nothing that sends imports this module."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from storage.models.conversations import Note


def add(
    session: Session, *, conversation_id: int, consultant_id: int, text: str, now: datetime
) -> Note:
    note = Note(
        conversation_id=conversation_id, consultant_id=consultant_id, text=text, created_at=now
    )
    session.add(note)
    session.flush()
    return note


def of(session: Session, conversation_id: int) -> Sequence[Note]:
    return session.scalars(
        select(Note)
        .where(Note.conversation_id == conversation_id)
        .options(joinedload(Note.consultant))
        .order_by(Note.id)
    ).all()


def between(
    session: Session, conversation_id: int, *, since: datetime | None, until: datetime | None
) -> Sequence[Note]:
    """Notes from `since` up to but without `until`; None leaves that side open."""
    query = select(Note).where(Note.conversation_id == conversation_id)
    if since is not None:
        query = query.where(Note.created_at >= since)
    if until is not None:
        query = query.where(Note.created_at < until)
    return session.scalars(query.options(joinedload(Note.consultant)).order_by(Note.id)).all()
