"""What was edited at the desk: opening hours and absences."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from storage.models.conversations import Consultant
from storage.models.desk import Absence, DeskSetting


def value(session: Session, name: str) -> dict[str, Any] | None:
    """None until somebody edits it."""
    row = session.get(DeskSetting, name)
    return dict(row.value) if row is not None else None


def put(session: Session, name: str, value: Mapping[str, Any], by: str, now: datetime) -> None:
    session.merge(DeskSetting(name=name, value=dict(value), changed_at=now, changed_by=by))


def remove(session: Session, name: str) -> None:
    """From now on the settings file stands again."""
    session.execute(delete(DeskSetting).where(DeskSetting.name == name))


def absences(session: Session, today: date) -> Sequence[Absence]:
    """Those that are not over, the first to begin first."""
    return session.scalars(
        select(Absence)
        .options(joinedload(Absence.consultant))
        .where(Absence.last_day >= today)
        .order_by(Absence.first_day, Absence.id)
    ).all()


def add_absence(
    session: Session, consultant_id: int, first_day: date, last_day: date, now: datetime
) -> Absence:
    row = Absence(
        consultant_id=consultant_id, first_day=first_day, last_day=last_day, created_at=now
    )
    session.add(row)
    session.flush()
    return row


def remove_absence(session: Session, absence_id: int) -> Absence | None:
    row = session.get(Absence, absence_id, options=[joinedload(Absence.consultant)])
    if row is not None:
        session.delete(row)
    return row


def away(session: Session, today: date) -> frozenset[int]:
    """The consultants who are away on this day."""
    return frozenset(
        session.scalars(select(Consultant.id).where(Consultant.id.in_(Absence.on(today))))
    )
