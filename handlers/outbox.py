"""Saying something to a merchant: the message and its deliveries, stored before they are sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers import cases
from storage import conversations, deliveries, messages
from storage.database import Session
from storage.tables import Consultant, Conversation, Delivery, Media, Message
from wechat.limits import Window
from wechat.text import LIMIT, clean, fit, size

KEY_MAX = 64
OVERTAKEN = "顾问已经接入,机器人的这句没有发出。"
# The reply leaves when the transaction is over; a call begun at that moment can arrive before it.
HEAD_START = timedelta(seconds=1)
# WeChat's last retry comes after some fifteen seconds; a reply that has not left by now is lost.
RIDE = timedelta(seconds=60)
PART_STEP = 1024  # room between two parts, in case WeChat wants one in smaller pieces


class EmptyMessageError(cases.CaseError):
    """Nothing was written."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a consultant wants to say. The same `key` again is the same message."""

    text: str
    key: str
    media: Media | None = None


def say_as_consultant(
    session: Session, conversation: Conversation, by: Consultant, draft: Draft, now: datetime
) -> Message:
    """The message, stored and on its way; the same `key` again gives the same message.

    Raises NoCaseError or NotOwnerError: only the consultant who has the case may speak.
    """
    before = messages.by_key(session, conversation.id, draft.key)
    if before is not None:
        return before
    case = cases.owned(session, conversation, by)
    text = clean(draft.text).strip()
    if not text and draft.media is None:
        raise EmptyMessageError("还没有写内容。")
    message = messages.add(
        session,
        Message(
            conversation_id=conversation.id,
            author="consultant",
            consultant_id=by.id,
            kind="image" if draft.media else "text",
            text=text,
            media_id=draft.media.id if draft.media else None,
            key=draft.key[:KEY_MAX],
            created_at=now,
        ),
    )
    enqueue(session, message, now)
    case.worked_at = now
    conversations.touch(session, conversation, now)
    return message


def enqueue(session: Session, message: Message, now: datetime) -> None:
    """One delivery per part that WeChat takes at once: texts are cut at sentence ends."""
    parts = [
        Delivery(
            message_id=message.id,
            conversation_id=message.conversation_id,
            part=part * PART_STEP,
            text=text,
            due_at=now,
            created_at=now,
        )
        for part, text in enumerate(fit(message.text) or [""])
    ]
    messages.add_parts(session, message, parts)
    if message.consultant_id is not None:
        session.refresh(message, ["consultant"])


def waiting(session: Session, conversation: Conversation) -> list[Delivery]:
    """What may still go out, in order. Asked right before every send.

    The bot's words stop when a consultant takes over.
    """
    queue = deliveries.waiting(session, conversation.id)
    if cases.may_bot_speak(session, conversation):
        return list(queue)
    for delivery in queue:
        if delivery.message.author == "bot":
            delivery.state, delivery.error = "failed", OVERTAKEN
    return [delivery for delivery in queue if delivery.message.author != "bot"]


def ride_along(session: Session, conversation: Conversation, *, account: str, now: datetime) -> str:
    """The text of the passive reply: as much of what waits as fits, in order.

    A passive reply costs no quota. What does not fit goes by the API, or waits for the next
    message where there is no API. Nothing overtakes a send that is under way, nor the reply.

    A consultant's words are *riding* until the reply has left (`arrived`): should the process die
    before that and no retry fetch the reply, they are found as lost, never called sent.
    """
    queue = waiting(session, conversation)
    rides: list[Delivery] = []
    blocked = deliveries.under_way(session, conversation.id)
    for delivery in queue:
        joined = _joined([*rides, delivery])
        blocked = blocked or delivery.message.kind != "text" or size(joined) > LIMIT
        if blocked:
            start = now + HEAD_START if rides else now
            delivery.state, delivery.due_at = _left_behind(account), start
        else:
            rides.append(delivery)
    for delivery in rides:
        delivery.state, delivery.via, delivery.sent_at = "sent", "passive", now
        if delivery.message.author == "consultant":
            delivery.state, delivery.due_at = "riding", now + RIDE
    session.flush()
    return _joined(rides)


def arrived(session: Session, riding: Sequence[int]) -> None:
    """The reply with these deliveries has left."""
    for delivery_id in riding:
        delivery = session.get(Delivery, delivery_id, with_for_update=True)
        if delivery is not None and delivery.state == "riding":
            delivery.state = "sent"


def leave_behind(
    session: Session, conversation: Conversation, *, account: str, now: datetime
) -> str:
    """The passive reply would come too late: everything goes by the API, or waits. Always ""."""
    for delivery in waiting(session, conversation):
        delivery.state, delivery.due_at = _left_behind(account), now
    session.flush()
    return ""


def _joined(rides: Sequence[Delivery]) -> str:
    return "\n\n".join(ride.text for ride in rides)


def _left_behind(account: str) -> str:
    return "held" if account == "passive" else "pending"


def waits(session: Session, conversation_id: int) -> bool:
    """Is there something that a job should send?"""
    return deliveries.pending(session, conversation_id)


def window_of(conversation: Conversation) -> Window:
    """What WeChat still lets us send to this merchant."""
    return Window(conversation.window_left, conversation.window_until)


def set_window(conversation: Conversation, window: Window) -> None:
    conversation.window_left, conversation.window_until = window.left, window.expires_at
