"""What WeChat pushed: recorded once under a unique key, with the reply that retries get."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.conversations import insert_new
from storage.tables import Push


def by_key(session: Session, key: str) -> Push | None:
    return session.scalars(select(Push).where(Push.key == key)).one_or_none()


def record(
    session: Session, *, key: str, conversation_id: int, kind: str, now: datetime
) -> Push | None:
    """The new row, or None when this key is there already: the unique constraint decides."""
    return session.scalars(
        insert_new(session)(Push)
        .values(
            key=key, conversation_id=conversation_id, kind=kind, received_at=now, why="", reply=""
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Push)
    ).one_or_none()


def undecided(session: Session, *, before: datetime, limit: int = 100) -> list[Push]:
    """Pushes that were taken before this moment and still have no end."""
    return list(
        session.scalars(
            select(Push)
            .where(Push.end.is_(None), Push.received_at < before)
            .order_by(Push.id)
            .limit(limit)
        )
    )
