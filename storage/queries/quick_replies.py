"""Texts that consultants need often: shared ones and each one's own."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from storage.models.desk import QuickReply


def for_consultant(session: Session, consultant_id: int) -> Sequence[QuickReply]:
    """Their own first, then the shared ones, group by group."""
    return session.scalars(
        select(QuickReply)
        .where(or_(QuickReply.owner_id.is_(None), QuickReply.owner_id == consultant_id))
        .order_by(
            QuickReply.owner_id.is_(None), QuickReply.group_name, QuickReply.title, QuickReply.id
        )
    ).all()


def add(
    session: Session,
    *,
    owner_id: int | None,
    title: str,
    text: str,
    now: datetime,
    group_name: str = "",
) -> QuickReply:
    row = QuickReply(
        owner_id=owner_id,
        title=title[:64],
        text=text,
        group_name=group_name[:32],
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def count_use(session: Session, reply_id: int, consultant_id: int) -> None:
    """One more use of a reply that this consultant has."""
    session.execute(
        update(QuickReply)
        .where(QuickReply.id == reply_id)
        .where(or_(QuickReply.owner_id.is_(None), QuickReply.owner_id == consultant_id))
        .values(uses=QuickReply.uses + 1)
    )


def get(session: Session, reply_id: int) -> QuickReply | None:
    return session.get(QuickReply, reply_id)


def remove(session: Session, row: QuickReply) -> None:
    session.delete(row)
