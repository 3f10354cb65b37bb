"""What WeChat pushed: recorded once under a unique key, with the reply that retries get.

What comes with every message is a plain statement, built once: a third of what an object costs.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.tables import Push

WHY_MAX = 255
# An INSERT that knows ON CONFLICT, in the words of each database.
_RECORD = {
    "sqlite": sqlite.insert(Push).on_conflict_do_nothing(index_elements=["key"]).returning(Push.id),
    "postgresql": postgresql.insert(Push)
    .on_conflict_do_nothing(index_elements=["key"])
    .returning(Push.id),
}


def by_key(session: Session, key: str) -> Push | None:
    return session.scalars(select(Push).where(Push.key == key)).one_or_none()


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a push, `took` after its arrival, and the reply that every retry gets."""

    end: str
    why: str
    reply: str
    at: datetime
    took: timedelta


def record(
    connection: Connection, *, key: str, conversation_id: int, kind: str, decision: Decision
) -> int | None:
    """The id of the new row, or None when this key is there already: the constraint decides."""
    row = {
        "key": key,
        "conversation_id": conversation_id,
        "kind": kind,
        "received_at": decision.at,
        "end": decision.end,
        "why": decision.why[:WHY_MAX],
        "reply": decision.reply,
        "decided_at": decision.at,
        "took_ms": round(decision.took.total_seconds() * 1000),
    }
    return connection.execute(_RECORD[connection.dialect.name], row).scalar_one_or_none()


def undecided(session: Session, *, before: datetime, limit: int = 100) -> list[Push]:
    """Pushes that were taken before this moment and still have no end."""
    return list(
        session.scalars(
            select(Push)
            .where(Push.end.is_(None), Push.received_at < before)
            .order_by(Push.id)
            .limit(limit)
        )
    )
