"""What WeChat pushed: recorded once under a unique key, with the reply that retries get.

What comes with every message is a plain statement, built once: a third of what an object costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.orm import Session

from storage.models.conversations import ReceivedPush

WHY_MAX = 255
_RECORD = insert(ReceivedPush).returning(ReceivedPush.id, sort_by_parameter_order=True)
_STORED = select(ReceivedPush.key).where(ReceivedPush.key.in_(bindparam("keys", expanding=True)))


def by_key(session: Session, key: str) -> ReceivedPush | None:
    return session.scalars(select(ReceivedPush).where(ReceivedPush.key == key)).one_or_none()


@dataclass(frozen=True, slots=True)
class PushRecord:
    """What became of a push, `took` after its arrival, and the reply that every retry gets.

    `end` None: it says too little alone, and waits for the next one.
    """

    key: str
    conversation_id: int
    kind: str
    end: str | None
    why: str
    reply: str
    at: datetime
    took: timedelta


def stored(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these keys are there already. Ask while their conversations are held: a push is
    only ever stored by who holds its conversation."""
    return set(connection.scalars(_STORED, {"keys": keys}))


def record(connection: Connection, decisions: Sequence[PushRecord]) -> Sequence[int]:
    """The ids of the new rows, in order. Raises IntegrityError for a key that is there already."""
    return connection.scalars(_RECORD, [_row(decision) for decision in decisions]).all()


def settle(connection: Connection, decision: PushRecord) -> int:
    """The end of a push that has waited. Returns its id."""
    changes = _row(decision)
    for name in ("key", "conversation_id", "kind", "received_at"):
        del changes[name]
    settled = update(ReceivedPush).where(ReceivedPush.key == decision.key).values(**changes)
    push_id: int = connection.scalars(settled.returning(ReceivedPush.id)).one()
    return push_id


def release(
    connection: Connection, conversation_ids: Sequence[int], why: str, now: datetime
) -> None:
    """What waits in these conversations waits no longer, and gets no answer of its own."""
    waiting = ReceivedPush.conversation_id.in_(conversation_ids) & ReceivedPush.end.is_(None)
    connection.execute(
        update(ReceivedPush).where(waiting).values(end="ignored", why=why, decided_at=now)
    )


def has_end(session: Session, key: str) -> bool:
    """Whether it is decided, or gone with its merchant."""
    waiting = select(ReceivedPush.id).where(ReceivedPush.key == key, ReceivedPush.end.is_(None))
    return session.scalar(waiting) is None


def _row(decision: PushRecord) -> dict[str, object]:
    return {
        "key": decision.key,
        "conversation_id": decision.conversation_id,
        "kind": decision.kind,
        "received_at": decision.at,
        "end": decision.end,
        "why": decision.why[:WHY_MAX],
        "reply": decision.reply,
        "decided_at": decision.at if decision.end else None,
        "took_ms": round(decision.took.total_seconds() * 1000),
    }


def undecided(session: Session, *, before: datetime, limit: int = 100) -> list[ReceivedPush]:
    """Pushes that were taken before this moment and still have no end."""
    return list(
        session.scalars(
            select(ReceivedPush)
            .where(ReceivedPush.end.is_(None), ReceivedPush.received_at < before)
            .order_by(ReceivedPush.id)
            .limit(limit)
        )
    )
