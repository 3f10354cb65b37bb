"""What merchants met at the steps of the guides, counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, delete, distinct, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.models.drift import StepMark, StepReport
from storage.queries.conversations import insert_new

__all__ = ["StepMark", "StepReport"]

_ONE = ["conversation_id", "entry", "step_key", "kind"]
_SQLITE = sqlite.insert(StepReport)
_POSTGRES = postgresql.insert(StepReport)
_REPORT = {
    "sqlite": _SQLITE.on_conflict_do_update(index_elements=_ONE, set_={"at": _SQLITE.excluded.at}),
    "postgresql": _POSTGRES.on_conflict_do_update(
        index_elements=_ONE, set_={"at": _POSTGRES.excluded.at}
    ),
}
TROUBLE = ("stuck", "differs", "handed")


@dataclass(frozen=True, slots=True)
class StepCount:
    """Merchants that came to a step, and those who got no further, since somebody looked."""

    entry: str
    step_key: str
    reached: int
    troubled: int


def report(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store reports (conversation_id, entry, step_key, kind, at); a repeat only moves its time."""
    if rows:
        connection.execute(_REPORT[connection.dialect.name], list(rows))


def counts(session: Session, since: datetime) -> list[StepCount]:
    """Of each step that somebody had trouble with since then."""
    looked = (
        select(func.max(StepMark.looked_at))
        .where(StepMark.entry == StepReport.entry, StepMark.step_key == StepReport.step_key)
        .correlate(StepReport)
        .scalar_subquery()
    )
    merchant = StepReport.conversation_id
    troubled = func.count(distinct(case((StepReport.kind.in_(TROUBLE), merchant))))
    rows = session.execute(
        select(StepReport.entry, StepReport.step_key, func.count(distinct(merchant)), troubled)
        .where(StepReport.at >= since, looked.is_(None) | (StepReport.at > looked))
        .group_by(StepReport.entry, StepReport.step_key)
        .having(troubled > 0)
    )
    return [StepCount(*row) for row in rows]


def merchants(
    session: Session, since: datetime, until: datetime
) -> dict[tuple[str, str, str], int]:
    """(entry, key of the step, kind) → how many merchants in this time."""
    rows = session.execute(
        select(StepReport.entry, StepReport.step_key, StepReport.kind, func.count())
        .where(StepReport.at >= since, StepReport.at < until)
        .group_by(StepReport.entry, StepReport.step_key, StepReport.kind)
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def mark(session: Session, count: StepCount, now: datetime) -> None:
    """Mark the step, unless it is."""
    session.execute(
        insert_new(session)(StepMark)
        .values(
            entry=count.entry, step_key=count.step_key, reached=count.reached,
            troubled=count.troubled, raised_at=now, looked_by="",
        )
        .on_conflict_do_nothing()
    )  # fmt: skip


def open_marks(session: Session) -> Sequence[StepMark]:
    return session.scalars(
        select(StepMark).where(StepMark.looked_at.is_(None)).order_by(StepMark.id)
    ).all()


def looked(session: Session, mark_id: int, by: str, now: datetime) -> StepMark | None:
    """Somebody has looked; None when somebody has already."""
    return session.scalars(
        update(StepMark)
        .where(StepMark.id == mark_id, StepMark.looked_at.is_(None))
        .values(looked_by=by, looked_at=now)
        .returning(StepMark)
    ).first()


def drop_old(session: Session, before: datetime) -> None:
    """Reports that nobody counts any more."""
    session.execute(delete(StepReport).where(StepReport.at < before))
