"""What was done to accounts and by whom, for the audit page."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models.accounts import AdminEvent


def add(
    session: Session, *, at: datetime, actor: str, action: str, target: str, detail: str = ""
) -> None:
    session.add(AdminEvent(at=at, actor=actor, action=action, target=target, detail=detail))


def latest(session: Session, *, limit: int, before: int | None = None) -> Sequence[AdminEvent]:
    """The newest first; `before` is the id of the last one seen."""
    query = select(AdminEvent).order_by(AdminEvent.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(AdminEvent.id < before)).all()
