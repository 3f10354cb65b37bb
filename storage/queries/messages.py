"""What was said, in order."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from storage.models.conversations import Delivery, Message

_WRITE = insert(Message).returning(Message.id, sort_by_parameter_order=True)

# From worst to best: what a message of several parts is called by.
DELIVERY_STATES = ("failed", "uncertain", "held", "pending", "sending", "in_passive_reply", "sent")
OUTSIDE = {"sending": "pending", "in_passive_reply": "sent"}


def add(session: Session, message: Message) -> Message:
    session.add(message)
    session.flush()
    return message


def write(connection: Connection, rows: Sequence[dict[str, Any]]) -> Sequence[int]:
    """The ids of new messages with these columns, the same in all, in order: a third of what `add`
    costs, for what comes with every push."""
    return connection.scalars(_WRITE, rows).all()


def add_parts(session: Session, message: Message, parts: Sequence[Delivery]) -> None:
    """The deliveries of a new message; it knows them from now on without asking again."""
    session.add_all(parts)
    session.flush()
    set_committed_value(message, "deliveries", list(parts))


def by_key(session: Session, conversation_id: int, key: str) -> Message | None:
    """The message that was sent under this key before, if any."""
    return session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.key == key)
        .options(selectinload(Message.deliveries), joinedload(Message.consultant))
    ).one_or_none()


def get(session: Session, message_id: int) -> Message | None:
    return session.get(Message, message_id)


def is_question() -> ColumnElement[bool]:
    """Merchants' messages that were questions to the bank: not a move, a fact or a choice."""
    return and_(
        Message.author == "merchant",
        Message.understanding.is_not(None),
        Message.understanding["rule"].as_string().is_(None),
    )


def latest(
    session: Session, conversation_id: int, *, limit: int = 50, before: int | None = None
) -> Sequence[Message]:
    """The newest `limit` messages (older than id `before`), oldest first."""
    query = select(Message).where(Message.conversation_id == conversation_id)
    if before is not None:
        query = query.where(Message.id < before)
    query = query.order_by(Message.id.desc()).limit(limit)
    query = query.options(
        selectinload(Message.deliveries), joinedload(Message.consultant), joinedload(Message.media)
    )
    return session.scalars(query).all()[::-1]


def count_from(session: Session, conversation_id: int, message_id: int) -> int:
    """How many messages there are from this one on, itself included."""
    return session.scalar(
        select(func.count()).where(
            Message.conversation_id == conversation_id, Message.id >= message_id
        )
    ) or 0  # fmt: skip


def is_first(session: Session, conversation_id: int, message_id: int) -> bool:
    earlier = select(Message.id).where(
        Message.conversation_id == conversation_id, Message.id < message_id
    )
    return session.scalar(earlier.limit(1)) is None


def after(session: Session, conversation_id: int, message_id: int) -> Message | None:
    """The message that follows this one."""
    return session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.id > message_id)
        .order_by(Message.id)
        .limit(1)
    ).one_or_none()


def outside_state(delivery: Delivery) -> str:
    """The state of one part as it is told outside."""
    return OUTSIDE.get(delivery.state, delivery.state)


def delivery_state(deliveries: Sequence[Delivery]) -> str | None:
    """One word for a message of several parts: the worst of them; None when nothing was to send.

    `sending` counts as pending outside, and `in_passive_reply`, milliseconds long, as sent.
    """
    states = {delivery.state for delivery in deliveries}
    for state in DELIVERY_STATES:
        if state in states:
            return OUTSIDE.get(state, state)
    return None
