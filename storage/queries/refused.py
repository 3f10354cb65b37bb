"""Pushes that were refused, as totals: what they were is kept nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.models.conversations import ReceivedPush
from storage.models.upkeep import Tally
from storage.queries.upkeep import bump, tallies

TOTAL, RUN = "refused:", "refusing:"
SINCE, LAST, OFF = "refusing.since", "refusing.last", "refusing.clock_off"


@dataclass(frozen=True, slots=True)
class RefusalRun:
    """Refusals with nothing taken in between. `clock_off`: seconds that we are ahead of WeChat."""

    count: int
    reasons: Mapping[str, int]
    since: datetime
    last: datetime
    clock_off: int | None


def add(
    session: Session, counts: Mapping[str, int], first: datetime, last: datetime, off: int | None
) -> None:
    """Add to the totals and to the run, which begins anew when something was taken since."""
    if run(session) is None:
        session.execute(delete(Tally).where(Tally.name.startswith("refusing", autoescape=True)))
        bump(session, SINCE, _microseconds(first))
    for reason, count in counts.items():
        bump(session, TOTAL + reason, count)
        bump(session, RUN + reason, count)
    known = tallies(session)
    bump(session, LAST, _microseconds(last) - known.get(LAST, 0))
    if off is not None:
        bump(session, OFF, off - known.get(OFF, 0))


def run(session: Session) -> RefusalRun | None:
    """The run that goes on; None when the last push was taken."""
    known = tallies(session)
    reasons = {
        name.removeprefix(RUN): value for name, value in known.items() if name.startswith(RUN)
    }
    if not reasons or SINCE not in known:
        return None
    since = _time(known[SINCE])
    taken = session.scalar(
        select(ReceivedPush.received_at).order_by(ReceivedPush.id.desc()).limit(1)
    )
    if taken is not None and taken > since:
        return None
    last = _time(known.get(LAST, known[SINCE]))
    return RefusalRun(sum(reasons.values()), reasons, since, last, known.get(OFF))


def _microseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def _time(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
