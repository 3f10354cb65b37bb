"""Steps that may have changed on the platform since the guide was written.

Three merchants in seven days, and a fifth of those who came to the step, had trouble there: the
step is marked until somebody has looked. Rewriting the step ends its mark as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from faq.bank import Bank, Entry, step_key
from handlers.context import Context
from storage.database import Database, Session
from storage.queries import admin_events, drift
from storage.queries.drift import StepMark

DAYS = 7
MERCHANTS = 3
SHARE = 0.2
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ChangedStep:
    """A marked step, as the bank has it; `number` counts from 1."""

    mark: StepMark
    entry: Entry
    number: int

    @property
    def text(self) -> str:
        return self.entry.steps[self.number - 1]


class AlreadyReviewedError(Exception):
    """Somebody has looked already."""


def look(context: Context) -> None:
    """Mark the steps that many got stuck at. Twice is once."""
    now = context.now()
    with context.database.read() as session:
        found = drift.counts(session, now - timedelta(days=DAYS))
    known = marked_steps(context.database)
    suspect = [
        count for count in found if _many(count) and (count.entry, count.step_key) not in known
    ]
    with context.database.write() as session:
        for count in suspect:
            drift.mark(session, count, now)
        drift.drop_old(session, now - KEPT)


def _many(count: drift.StepCount) -> bool:
    """Whether enough of those who came to the step had trouble there."""
    return count.troubled >= max(MERCHANTS, SHARE * count.reached)


def marked_steps(database: Database) -> frozenset[tuple[str, str]]:
    """(entry, key of the step's text) of each step that is marked."""
    with database.read() as session:
        return frozenset((mark.entry, mark.step_key) for mark in drift.open_marks(session))


def changed_steps(session: Session, bank: Bank) -> list[ChangedStep]:
    """The marked steps that this bank still has."""
    found = (_in_bank(mark, bank) for mark in drift.open_marks(session))
    return [each for each in found if each is not None]


def _in_bank(mark: StepMark, bank: Bank) -> ChangedStep | None:
    entry = bank.by_id.get(mark.entry)
    keys = [step_key(step) for step in entry.steps] if entry else []
    if entry is None or mark.step_key not in keys:
        return None
    return ChangedStep(mark, entry, keys.index(mark.step_key) + 1)


def of_entry(steps: Sequence[ChangedStep], entry_id: str) -> list[ChangedStep]:
    return [each for each in steps if each.entry.id == entry_id]


def looked(session: Session, mark_id: int, by: str, context: Context) -> None:
    """Somebody has looked and found the step right, or is about to rewrite it: with a trace.

    Raises LookedError.
    """
    now = context.now()
    mark = drift.looked(session, mark_id, by, now)
    if mark is None:
        raise AlreadyReviewedError
    admin_events.add(session, at=now, actor=by, action="step_looked", target=mark.entry)
