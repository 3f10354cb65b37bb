"""Tags: the firm's list of them, and which conversation has which."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from storage.models.desk import ConversationTag, Tag
from storage.queries.conversations import insert_new


def everything(session: Session) -> Sequence[Tag]:
    return session.scalars(select(Tag).order_by(Tag.name)).all()


def offered(session: Session) -> Sequence[Tag]:
    """Those that may be put on a conversation."""
    return session.scalars(select(Tag).where(Tag.retired.is_(False)).order_by(Tag.name)).all()


def of(session: Session, conversation_id: int) -> Sequence[Tag]:
    return session.scalars(
        select(Tag)
        .join(ConversationTag, ConversationTag.tag_id == Tag.id)
        .where(ConversationTag.conversation_id == conversation_id)
        .order_by(Tag.name)
    ).all()


def named(session: Session, name: str, now: datetime) -> Tag:
    """The tag of this name, made if need be."""
    session.execute(
        insert_new(session)(Tag)
        .values(name=name[:32], created_at=now)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    return session.scalars(select(Tag).where(Tag.name == name[:32])).one()


def put(session: Session, conversation_id: int, tag: Tag) -> None:
    session.execute(
        insert_new(session)(ConversationTag)
        .values(conversation_id=conversation_id, tag_id=tag.id)
        .on_conflict_do_nothing(index_elements=["conversation_id", "tag_id"])
    )


def take(session: Session, conversation_id: int, tag_id: int) -> None:
    session.execute(
        delete(ConversationTag).where(
            ConversationTag.conversation_id == conversation_id, ConversationTag.tag_id == tag_id
        )
    )


def get(session: Session, tag_id: int) -> Tag | None:
    return session.get(Tag, tag_id)


def counts(session: Session) -> dict[int, int]:
    """How many conversations have each tag."""
    rows = session.execute(
        select(ConversationTag.tag_id, func.count()).group_by(ConversationTag.tag_id)
    )
    return {row[0]: row[1] for row in rows}


def by_name(session: Session, name: str) -> Tag | None:
    return session.scalars(select(Tag).where(Tag.name == name)).one_or_none()


def merge(session: Session, tag: Tag, into: Tag) -> None:
    """Whatever has the first gets the second; the first is gone."""
    tagged = session.scalars(
        select(ConversationTag.conversation_id).where(ConversationTag.tag_id == tag.id)
    ).all()
    for conversation_id in tagged:
        put(session, conversation_id, into)
    remove(session, tag)


def remove(session: Session, tag: Tag) -> None:
    """The tag goes from every conversation too."""
    session.delete(tag)
