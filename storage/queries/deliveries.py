"""The outbox: what is on its way to WeChat, in order per conversation."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, insert, or_, select
from sqlalchemy.orm import Session, joinedload

from storage.models.conversations import Conversation, Delivery, Message

WAITING = ("pending", "held")
UNDER_WAY = ("sending", "in_passive_reply")
# No delivery is put off for longer. What is due later than this was written before the machine's
# clock was put back, and is due now.
LONGEST = timedelta(minutes=15)


_OF = Delivery.conversation_id == bindparam("conversation_id")
_WAITING = (
    select(Delivery)
    .where(_OF, Delivery.state.in_(WAITING))
    .order_by(Delivery.message_id, Delivery.part)
    .options(joinedload(Delivery.message).joinedload(Message.media))
)
_LATEST = select(func.max(Delivery.due_at)).where(_OF, Delivery.state.in_(UNDER_WAY))
_UNFINISHED = select(Delivery.state).where(_OF, Delivery.state.in_((*WAITING, *UNDER_WAY)))
_WRITE = insert(Delivery)


def is_due(due_at: datetime, now: datetime) -> bool:
    return due_at <= now or due_at > now + LONGEST


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(Delivery.due_at <= now, Delivery.due_at > now + LONGEST)


def waiting(session: Session, conversation_id: int) -> Sequence[Delivery]:
    """What has not left yet, oldest first: pending, or held for quota or the next message."""
    return session.scalars(_WAITING, {"conversation_id": conversation_id}).all()


def under_way(session: Session, conversation_id: int) -> datetime | None:
    """Until when a send or a leaving reply, the latest, may take; None when nothing is."""
    return session.scalar(_LATEST, {"conversation_id": conversation_id})


def unfinished(session: Session, conversation_id: int) -> set[str]:
    """The states of what waits or is leaving; nearly always none."""
    return set(session.scalars(_UNFINISHED, {"conversation_id": conversation_id}))


def write(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """New deliveries as plain columns: a third of the cost, for what comes with every push."""
    connection.execute(_WRITE, rows)


def in_passive_reply(session: Session, conversation_id: int, since: datetime) -> Sequence[int]:
    """What is in the passive reply that was decided at this moment and not known to be sent."""
    return session.scalars(
        select(Delivery.id).where(
            Delivery.conversation_id == conversation_id,
            Delivery.state == "in_passive_reply",
            Delivery.sent_at == since,
        )
    ).all()


def in_reply(session: Session, conversation_id: int, decided_at: datetime) -> Sequence[Delivery]:
    """What went back in the passive reply that was decided at this moment, in order."""
    return session.scalars(
        select(Delivery)
        .where(
            Delivery.conversation_id == conversation_id,
            Delivery.via == "passive",
            Delivery.sent_at == decided_at,
        )
        .order_by(Delivery.message_id, Delivery.part)
    ).all()


def due(session: Session, now: datetime, *, limit: int = 100) -> Sequence[int]:
    """Conversations with something to send whose time has come.

    What is held for a reason that the operator mends goes out too once the window lets it:
    what is held for the window itself is not due before the merchant writes.
    """
    held = and_(
        Delivery.state == "held",
        Conversation.window_left > 0,
        Conversation.window_until > now,
    )
    return session.scalars(
        select(Delivery.conversation_id)
        .join(Conversation, Conversation.id == Delivery.conversation_id)
        # The first condition is the one that finds few rows among all that were ever sent.
        .where(Delivery.state.in_(WAITING), or_(Delivery.state == "pending", held), _is_due(now))
        .distinct()
        .limit(limit)
    ).all()


def stuck(session: Session, conversation_id: int, now: datetime) -> Sequence[Delivery]:
    """What should have left by now and never came back: its process is gone."""
    return session.scalars(
        select(Delivery).where(
            Delivery.conversation_id == conversation_id,
            Delivery.state.in_(UNDER_WAY),
            _is_due(now),
        )
    ).all()


def with_stuck(session: Session, now: datetime) -> Sequence[int]:
    """Conversations with such sends."""
    return session.scalars(
        select(Delivery.conversation_id)
        .where(Delivery.state.in_(UNDER_WAY), _is_due(now))
        .distinct()
    ).all()


def held(session: Session, conversation_id: int) -> int:
    """How many parts wait for quota or for the merchant's next message."""
    query = select(func.count()).where(_OF, Delivery.state == "held")
    return session.scalar(query, {"conversation_id": conversation_id}) or 0
