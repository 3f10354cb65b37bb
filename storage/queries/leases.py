"""Leases: a thing that only one process does at a time, with an end in case that process dies."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from storage.models.conversations import Lease
from storage.queries.conversations import insert_new

LONG_AGO = timedelta(days=3650)


def take(session: Session, name: str, *, holder: str, now: datetime, seconds: float) -> bool:
    """Take the lease if it is free, over, or ours already; False when another holds it.

    One that ends much later than anybody could have asked for is from before the machine's clock
    was put back, and is over too.
    """
    session.execute(
        insert_new(session)(Lease)
        .values(name=name, holder="", until=now - LONG_AGO)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    absurd = now + timedelta(seconds=2 * seconds)
    free = or_(Lease.until <= now, Lease.holder == holder, Lease.until > absurd)
    taken = session.execute(
        update(Lease)
        .where(Lease.name == name, free)
        .values(holder=holder, until=now + timedelta(seconds=seconds))
        .returning(Lease.name)
    ).all()
    return len(taken) == 1


def beat(session: Session, name: str, *, holder: str, now: datetime) -> None:
    """Say that the work was done at this moment, and keep the lease."""
    session.execute(
        update(Lease).where(Lease.name == name, Lease.holder == holder).values(done_at=now)
    )


def give_back(session: Session, name: str, *, holder: str, now: datetime) -> None:
    """End the lease of a holder whose name begins like this."""
    session.execute(
        update(Lease)
        .where(Lease.name == name, Lease.holder.startswith(holder, autoescape=True))
        .values(until=now)
    )


def end_all(session: Session, now: datetime) -> None:
    """Nobody holds anything: in a database that was put back, the holders are gone."""
    session.execute(update(Lease).values(until=now))


def done_at(session: Session, name: str) -> datetime | None:
    """When the work under this name was last finished, by whomever."""
    return session.scalar(select(Lease.done_at).where(Lease.name == name))


def is_held(session: Session, name: str, now: datetime) -> bool:
    query = select(Lease.name).where(Lease.name == name, Lease.until > now)
    return session.scalar(query) is not None
