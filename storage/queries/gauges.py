"""The figures of the operations page and the metrics, asked from the rows themselves.

Totals that must never fall are kept in `tally`: the sweep adds what is older than LAG to it, and
what came since is counted when somebody asks. So they survive restarts, erasure and retention,
are the same in every process, and cost the webhook nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, select, text
from sqlalchemy.orm import Session

from storage.models.conversations import Case, Delivery, Media, ReceivedPush
from storage.models.upkeep import Tally
from storage.queries.upkeep import bump, tallies

# Longer than any transaction lasts: what is older is committed, or never will be.
LAG = timedelta(minutes=2)
BUCKETS_MS = (50, 100, 250, 500, 1000, 2000, 4000, 5000)
CURSOR = "counted_until"  # microseconds since 1970
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
ENDS = ("answered", "queued", "ignored")
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Readings:
    """How it stands at one moment. Ages are in seconds, 0 when there is nothing."""

    silent: int
    waiting_cases: int
    claimed_cases: int
    longest_wait: float
    deliveries: dict[tuple[str, int | None], int]  # (state, code), without what was sent
    queue_age: float
    retrying: int
    sent_lately: int
    media: dict[str, int]


def alive(session: Session) -> None:
    """Raises when the database does not answer."""
    session.execute(text("SELECT 1"))


def clock(session: Session) -> datetime | None:
    """What time the database server has; None for SQLite, which has ours."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    return session.scalar(select(func.clock_timestamp()))


def look(session: Session, now: datetime) -> Readings:
    opened = session.execute(
        select(Case.state, func.count(), func.min(Case.opened_at))
        .where(Case.state.in_(("waiting", "claimed")))
        .group_by(Case.state)
    ).all()
    cases = {row[0]: (row[1], row[2]) for row in opened}
    waiting, since = cases.get("waiting", (0, None))
    return Readings(
        silent=silent(session, now),
        waiting_cases=waiting,
        claimed_cases=cases.get("claimed", (0, None))[0],
        longest_wait=_age(since, now),
        deliveries=_deliveries(session),
        queue_age=_age(_oldest_due(session), now),
        retrying=_count(session, and_(Delivery.state == "pending", Delivery.attempts > 0)),
        sent_lately=_count(
            session, and_(Delivery.sent_at >= now - timedelta(minutes=15), Delivery.via == "api")
        ),
        media=_media(session),
    )


def silent(session: Session, now: datetime) -> int:
    """Merchants' messages that are a minute old and have no end: must be 0."""
    query = select(func.count()).where(
        ReceivedPush.end.is_(None), ReceivedPush.received_at < now - timedelta(minutes=1)
    )
    return session.scalar(query) or 0


def fold(session: Session, now: datetime) -> None:
    """Add what was not counted yet, and is older than LAG, to the totals."""
    session.scalars(select(Tally).where(Tally.name == CURSOR).with_for_update()).one_or_none()
    since, until = _counted_until(session), now - LAG
    if until <= since:
        return
    for name, value in _counted(session, since, until).items():
        bump(session, name, value)
    bump(session, CURSOR, (until - since) // MICROSECOND)


def totals(session: Session, now: datetime) -> dict[str, int]:
    """Every total up to now.

    pushes:<end>, took:<bucket in ms>, took:all, took_ms, sent:<via>, and what `bump` was told.
    """
    found = tallies(session)
    later = _counted(session, _counted_until(session), now + LAG)
    return {name: found.get(name, 0) + later.get(name, 0) for name in {*found, *later}}


def _counted_until(session: Session) -> datetime:
    return LONG_AGO + tallies(session).get(CURSOR, 0) * MICROSECOND


def _counted(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    sent = session.execute(
        select(Delivery.via, func.count())
        .where(Delivery.sent_at >= since, Delivery.sent_at < until)
        .group_by(Delivery.via)
    )
    return _pushes(session, since, until) | {f"sent:{row[0]}": row[1] for row in sent}


def _pushes(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    """Pushes by how they ended, and how long they took."""
    counts: dict[str, int] = {}
    within = [func.sum(case((ReceivedPush.took_ms <= bucket, 1), else_=0)) for bucket in BUCKETS_MS]
    rows = session.execute(
        select(
            ReceivedPush.end,
            func.count(),
            func.count(ReceivedPush.took_ms),
            func.sum(ReceivedPush.took_ms),
            *within,
        )
        .where(
            ReceivedPush.end.in_(ENDS),
            ReceivedPush.received_at >= since,
            ReceivedPush.received_at < until,
        )
        .group_by(ReceivedPush.end)
    )
    names = ["took:all", "took_ms", *(f"took:{bucket}" for bucket in BUCKETS_MS)]
    for end, count, *values in rows:
        counts[f"pushes:{end}"] = count
        for name, value in zip(names, values, strict=True):
            counts[name] = counts.get(name, 0) + int(value or 0)
    return counts


def _deliveries(session: Session) -> dict[tuple[str, int | None], int]:
    rows = session.execute(
        select(Delivery.state, Delivery.errcode, func.count())
        .where(Delivery.state.in_(("pending", "sending", "held", "uncertain", "failed")))
        .group_by(Delivery.state, Delivery.errcode)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def _oldest_due(session: Session) -> datetime | None:
    return session.scalar(select(func.min(Delivery.due_at)).where(Delivery.state == "pending"))


def _media(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(Media.state, func.count())
        .where(Media.state.in_(("pending", "failed")))
        .group_by(Media.state)
    )
    return {row[0]: row[1] for row in rows}


def _count(session: Session, which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Delivery).where(which)) or 0


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
