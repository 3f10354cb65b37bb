"""The draft of the bank: what it starts from, and what was edited on top."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.models.knowledge import Draft, DraftEdit
from storage.queries.conversations import insert_new

__all__ = ["Draft", "DraftEdit", "Edited", "begin", "edits", "find", "lock", "put", "settle"]

THE_ONE = 1


@dataclass(frozen=True, slots=True)
class Edited:
    """What becomes of an entry or a file of the draft."""

    name: str
    state: str
    guide: str = ""
    text: str = ""


def find(session: Session) -> Draft | None:
    return session.get(Draft, THE_ONE)


def begin(session: Session, base: int, now: datetime) -> None:
    """From now on the draft starts from this version, unless it has begun already."""
    session.execute(
        insert_new(session)(Draft)
        .values(id=THE_ONE, base=base, changed_at=now)
        .on_conflict_do_nothing(index_elements=["id"])
    )


def lock(session: Session) -> Draft:
    """Hold the draft until the transaction ends: edits come one after the other."""
    query = select(Draft).where(Draft.id == THE_ONE).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def edits(session: Session) -> dict[str, DraftEdit]:
    """Everything that was ever edited, by name."""
    rows = session.scalars(select(DraftEdit).execution_options(populate_existing=True))
    return {row.name: row for row in rows}


def put(session: Session, edited: Edited, *, revision: int, by: str, now: datetime) -> DraftEdit:
    """Store an edit under its new revision."""
    row = session.get(DraftEdit, edited.name)
    if row is None:
        row = DraftEdit(name=edited.name)
        session.add(row)
    row.state, row.guide, row.text = edited.state, edited.guide, edited.text
    row.revision, row.changed_by, row.changed_at = revision, by, now
    session.flush()
    return row


def settle(session: Session, base: int, revisions: Mapping[str, int], now: datetime) -> None:
    """What was published is the base from now on; what was edited meanwhile stays an edit."""
    begin(session, base, now)
    session.execute(update(Draft).values(base=base, changed_at=now))
    for name, revision in revisions.items():
        session.execute(
            update(DraftEdit)
            .where(DraftEdit.name == name, DraftEdit.revision == revision)
            .values(state="kept", text="")
        )
