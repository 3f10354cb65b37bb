"""Pictures, voices and files: rows here, bytes in a folder outside the web root."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from storage.models.conversations import Media, Message


def add(session: Session, media: Media) -> Media:
    session.add(media)
    session.flush()
    return media


def get(session: Session, media_id: int) -> Media | None:
    return session.get(Media, media_id)


def title(session: Session, media_id: int) -> str:
    """What the sender called the file; "" without a name."""
    query = select(Message.text).where(Message.media_id == media_id).limit(1)
    return session.scalars(query).first() or ""


def due(
    session: Session, now: datetime, *, conversation_id: int | None = None, limit: int = 20
) -> Sequence[int]:
    """Ids of what still has to be fetched from WeChat and whose time has come."""
    query = select(Media.id).where(
        Media.state == "pending", Media.wechat_id != "", Media.due_at <= now
    )
    if conversation_id is not None:
        query = query.where(Media.conversation_id == conversation_id)
    return session.scalars(query.order_by(Media.due_at).limit(limit)).all()


def take(session: Session, media_id: int, *, now: datetime, until: datetime) -> Media | None:
    """This one, to be fetched by the caller alone until then; None when it is not due."""
    taken = session.execute(
        update(Media)
        .where(Media.id == media_id, Media.state == "pending", Media.due_at <= now)
        .values(due_at=until, attempts=Media.attempts + 1)
        .returning(Media.id)
    ).scalar()
    return None if taken is None else session.get_one(Media, taken)


def pictures(session: Session, conversation_id: int, *, limit: int = 12) -> Sequence[Message]:
    """The merchant's newest pictures, oldest first."""
    newest = session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.author == "merchant",
            Message.kind == "image",
            Message.media_id.is_not(None),
        )
        .options(joinedload(Message.media))
        .order_by(Message.id.desc())
        .limit(limit)
    ).all()
    return newest[::-1]
