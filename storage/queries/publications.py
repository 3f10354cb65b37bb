"""Publications: at most one runs at a time, and what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.models.conversations import Message
from storage.models.knowledge import Publication
from storage.queries import messages

__all__ = ["IntegrityError", "Publication", "PublicationStart"]


@dataclass(frozen=True, slots=True)
class PublicationStart:
    """What somebody wants to publish."""

    kind: str
    base: int | None
    sources: Mapping[str, str]
    revisions: Mapping[str, int]
    by: str
    note: str = ""
    forced: bool = False


def add(session: Session, begun: PublicationStart, now: datetime) -> Publication:
    """Begin one; an IntegrityError says that another runs."""
    row = Publication(
        kind=begun.kind,
        base=begun.base,
        sources=dict(begun.sources),
        revisions=dict(begun.revisions),
        started_by=begun.by,
        note=begun.note[:255],
        forced=begun.forced,
        report={},
        started_at=now,
        beat_at=now,
    )
    session.add(row)
    session.flush()
    return row


def get(session: Session, publication_id: int) -> Publication | None:
    return session.get(Publication, publication_id)


def running(session: Session) -> Publication | None:
    return session.scalars(select(Publication).where(Publication.state == "running")).first()


def latest(session: Session) -> Publication | None:
    return session.scalars(select(Publication).order_by(Publication.id.desc()).limit(1)).first()


def take(session: Session, publication_id: int, *, holder: str, now: datetime) -> bool:
    """Be the one process that runs it; False when somebody does or it is over."""
    taken = session.execute(
        update(Publication)
        .where(
            Publication.id == publication_id,
            Publication.state == "running",
            Publication.holder == "",
        )
        .values(holder=holder, beat_at=now)
        .returning(Publication.id)
    ).all()
    return len(taken) == 1


def beat(session: Session, publication_id: int, *, phase: str, percent: int, now: datetime) -> None:
    session.execute(
        update(Publication)
        .where(Publication.id == publication_id, Publication.state == "running")
        .values(phase=phase, percent=percent, beat_at=now)
    )


def end(
    session: Session, publication_id: int, state: str, now: datetime, values: Mapping[str, Any]
) -> bool:
    """Say how it ended; False when it is over already."""
    ended = session.execute(
        update(Publication)
        .where(Publication.id == publication_id, Publication.state == "running")
        .values(state=state, ended_at=now, **values)
        .returning(Publication.id)
    ).all()
    return len(ended) == 1


def silent(session: Session, since: datetime, error: str, now: datetime) -> int:
    """Those that have not been heard of since: their process is gone."""
    ended = session.execute(
        update(Publication)
        .where(Publication.state == "running", Publication.beat_at < since)
        .values(state="failed", ended_at=now, error=error)
        .returning(Publication.id)
    ).all()
    return len(ended)


def stopped(session: Session, holder: str, error: str, now: datetime) -> None:
    """The process of this name ends."""
    session.execute(
        update(Publication)
        .where(
            Publication.state == "running",
            Publication.holder.startswith(holder, autoescape=True),
            Publication.holder != "",
        )
        .values(state="failed", ended_at=now, error=error)
    )


def waiting(session: Session) -> list[int]:
    """Those that nobody has begun to work on."""
    query = select(Publication.id).where(Publication.state == "running", Publication.holder == "")
    return list(session.scalars(query))


def asked(session: Session, *, limit: int) -> list[tuple[int, str]]:
    """(message id, words) of what merchants last asked the bot, newest first."""
    rows = session.execute(
        select(Message.id, Message.text)
        .where(
            messages.is_question(),
            Message.kind.in_(("text", "voice")),
            Message.text != "",
        )
        .order_by(Message.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def answered_with(session: Session, entry: str, *, limit: int) -> list[str]:
    """Words of merchants among the last `limit` that this entry was taken to answer."""
    newest = select(Message.id).order_by(Message.id.desc()).offset(limit).limit(1)
    since = session.scalar(newest) or 0
    rows = session.execute(
        select(Message.text, Message.understanding)
        .where(
            Message.id > since,
            messages.is_question(),
            Message.text != "",
        )
        .order_by(Message.id.desc())
    )
    return [
        text
        for text, meaning in rows
        if meaning and meaning.get("outcome") == "answer" and meaning.get("entry") == entry
    ]
