"""Erasing: one merchant everywhere, or what is older than the settings allow."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from storage.models.base import Table
from storage.models.conversations import (
    Case,
    CaseEvent,
    Conversation,
    Media,
    Message,
    Note,
    ReceivedPush,
)
from storage.models.desk import QuickReply  # desk's tables know conversations too
from storage.models.drift import StepReport
from storage.models.knowledge import Observation, Suggestion, Verdict
from storage.models.upkeep import Erasure
from storage.queries.conversations import OPEN_STATES

BATCH = 500


def conversation(session: Session, conversation_id: int) -> dict[str, int]:
    """Delete every row that belongs to this conversation; table → how many rows.

    Whatever table has a `conversation_id` is emptied of it, so that a new table cannot be
    forgotten here. On SQLite the freed pages are overwritten.
    """
    overwrite_freed(session)
    cases = select(Case.id).where(Case.conversation_id == conversation_id)
    counts = {"case_event": _rows(session, delete(CaseEvent).where(CaseEvent.case_id.in_(cases)))}
    # Children before parents, so that each row is counted before a cascade takes it.
    for table in reversed(Table.metadata.sorted_tables):
        if "conversation_id" in table.c:
            mine = table.c.conversation_id == conversation_id
            counts[table.name] = _rows(session, delete(table).where(mine))
    counts["suggestion"] = drop_unasked(session)
    counts["conversation"] = _rows(
        session, delete(Conversation).where(Conversation.id == conversation_id)
    )
    return counts


def overwrite_freed(session: Session) -> None:
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA secure_delete = ON")


def note_erasure(session: Session, *, at: datetime, why: str, counts: dict[str, int]) -> None:
    session.add(Erasure(at=at, why=why, counts=counts))


def latest(session: Session, *, limit: int) -> Sequence[Erasure]:
    return session.scalars(select(Erasure).order_by(Erasure.id.desc()).limit(limit)).all()


def files_of(session: Session, conversation_id: int) -> Sequence[str]:
    """Names in the media folder that belong to this conversation."""
    return session.scalars(
        select(Media.file).where(Media.conversation_id == conversation_id, Media.file != "")
    ).all()


def known_files(session: Session) -> set[str]:
    """Names in the media folder that something still needs."""
    pictures = session.scalars(select(QuickReply.picture).where(QuickReply.picture != ""))
    return {*session.scalars(select(Media.file).where(Media.file != "")), *pictures}


def old_media(session: Session, before: datetime) -> list[tuple[int, str]]:
    """(id, file name) of some pictures and files from before this moment."""
    rows = session.execute(
        select(Media.id, Media.file)
        .where(Media.created_at < before)
        .order_by(Media.id)
        .limit(BATCH)
    )
    return [(row[0], row[1]) for row in rows]


def drop_media(session: Session, ids: Sequence[int]) -> None:
    overwrite_freed(session)
    session.execute(update(Message).where(Message.media_id.in_(ids)).values(media_id=None))
    session.execute(delete(Media).where(Media.id.in_(ids)))


def drop_old(session: Session, before: datetime) -> int:
    """Delete a batch of what was said before this moment; 0 when nothing is left.

    A conversation with an open case keeps everything until the case is closed.
    """
    overwrite_freed(session)
    busy = exists().where(
        Case.conversation_id == Conversation.id, Case.state.in_(OPEN_STATES)
    ).correlate(Conversation)  # fmt: skip
    quiet = select(Conversation.id).where(~busy)
    dropped = 0
    for table, old in (
        (Message, Message.created_at < before),
        (ReceivedPush, and_(ReceivedPush.received_at < before, ReceivedPush.end.is_not(None))),
        (Note, Note.created_at < before),
        (StepReport, StepReport.at < before),
        (Case, and_(Case.closed_at < before, Case.state.not_in(OPEN_STATES))),
    ):
        some = select(table.id).where(old, table.conversation_id.in_(quiet)).limit(BATCH)
        dropped += _rows(session, delete(table).where(table.id.in_(some)))
    return dropped


def drop_unasked(session: Session) -> int:
    """Delete suggestions that nobody asked any more: the words in them were a merchant's."""
    asked = exists().where(Observation.suggestion_id == Suggestion.id).correlate(Suggestion)
    return _rows(session, delete(Suggestion).where(~asked))


def drop_empty(session: Session, before: datetime) -> int:
    """Delete conversations of which nothing is left and nothing happened since.

    A verdict keeps its conversation, so that `forget` still finds it.
    """
    left = or_(
        *(
            exists().where(table.conversation_id == Conversation.id).correlate(Conversation)
            for table in (Message, Case, Note, ReceivedPush, Verdict)
        )
    )
    return _rows(session, delete(Conversation).where(Conversation.updated_at < before, ~left))


def _rows(session: Session, statement: Delete) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", done).rowcount
