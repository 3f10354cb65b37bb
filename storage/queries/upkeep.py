"""What the sweep looks for: cases left alone, and what it counts."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from storage.models.conversations import Case, Delivery
from storage.models.upkeep import Tally
from storage.queries.conversations import insert_new


def claimed(session: Session) -> Sequence[Case]:
    """Every claimed case with its conversation: as many as consultants can hold."""
    return session.scalars(
        select(Case).where(Case.state == "claimed").options(joinedload(Case.conversation))
    ).all()


def held_for_operator(session: Session, codes: Collection[int]) -> Sequence[tuple[int, str]]:
    """(code, explanation) of what holds deliveries back until somebody mends the settings."""
    rows = session.execute(
        select(Delivery.errcode, func.max(Delivery.error))
        .where(Delivery.state == "held", Delivery.errcode.in_(codes))
        .group_by(Delivery.errcode)
    )
    return [(row[0], row[1]) for row in rows if row[0] is not None]


def bump(session: Session, name: str, by: int = 1) -> None:
    """Add to a total."""
    insert = insert_new(session)(Tally).values(name=name, value=by)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["name"], set_={"value": Tally.value + insert.excluded.value}
        )
    )


def note_moment(session: Session, name: str, at: datetime) -> None:
    """When this was last done, in whole seconds; kept beside the totals."""
    seconds = int(at.timestamp())
    insert = insert_new(session)(Tally).values(name=name, value=seconds)
    session.execute(insert.on_conflict_do_update(index_elements=["name"], set_={"value": seconds}))


def moment(session: Session, name: str) -> datetime | None:
    """The last time of `note_moment`; None for never."""
    seconds = session.scalar(select(Tally.value).where(Tally.name == name))
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def tallies(session: Session) -> dict[str, int]:
    return {row[0]: row[1] for row in session.execute(select(Tally.name, Tally.value))}
