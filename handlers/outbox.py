"""Saying something to a merchant: the message and its deliveries, stored before they are sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers import cases
from handlers.dialogue.turn import Reply
from storage import conversations, deliveries, messages
from storage.database import Session
from storage.tables import Consultant, Conversation, Delivery, Media, Message
from wechat.limits import Window
from wechat.text import LIMIT, clean, fit, size

KEY_MAX = 64
OVERTAKEN = "顾问已经接入，机器人的这句没有发出。"
# The reply leaves when the transaction is over; a call begun at that moment can arrive before it.
HEAD_START = timedelta(seconds=1)
# WeChat's last retry comes after some fifteen seconds; a reply that has not left by now is lost.
RIDE = timedelta(seconds=30)
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


@dataclass(frozen=True, slots=True)
class Occasion:
    """A push that may carry words back. `late`: WeChat has hung up, or is about to."""

    push_id: int
    account: str
    now: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The text of the passive reply, "" for none; the deliveries that are only *riding* on it;
    and whether something is left that a job should send."""

    text: str
    riding: tuple[int, ...]
    waits: bool


class Passive:
    """A passive reply as it fills up: in order, and nothing after what did not fit.

    It costs no quota. What does not fit goes by the API, or waits for the next message where there
    is no API. Nothing overtakes a send that is under way, nor the reply.
    """

    def __init__(self, on: Occasion, *, under_way: bool) -> None:
        self._on = on
        self._full = on.late or under_way
        self._texts: list[str] = []
        self.waits = False

    @property
    def text(self) -> str:
        return "\n\n".join(self._texts)

    def place(self, text: str, *, kind: str = "text") -> dict[str, Any]:
        """The columns of a delivery of this text: it rides along, or is left behind."""
        now = self._on.now
        joined = "\n\n".join([*self._texts, text])
        self._full = self._full or kind != "text" or size(joined) > LIMIT
        if not self._full:
            self._texts.append(text)
            return {"state": "sent", "via": "passive", "due_at": now, "sent_at": now}
        state = "held" if self._on.account == "passive" else "pending"
        self.waits = self.waits or state == "pending"
        due_at = now + HEAD_START if self._texts else now
        return {"state": state, "via": "api", "due_at": due_at, "sent_at": None}


def answer(
    session: Session, conversation: Conversation, replies: Sequence[Reply], on: Occasion
) -> Answer:
    """Store what the bot says; what waits goes before it, and both as far as they fit into the
    passive reply.

    A consultant's words are *riding* until the reply has left (`arrived`): should the process die
    before that and no retry fetch the reply, they are found as lost, never called sent.
    """
    unfinished = deliveries.unfinished(session, conversation.id)
    # Where everything rides, a reply that may be lost must not silence the next one.
    before_us = {"sending"} if on.account == "passive" else {*deliveries.LEAVING}
    passive = Passive(on, under_way=not unfinished.isdisjoint(before_us))
    riding: list[int] = []
    for delivery in waiting(session, conversation) if unfinished else ():
        for column, value in passive.place(delivery.text, kind=delivery.message.kind).items():
            setattr(delivery, column, value)
        if delivery.state == "sent":
            delivery.error, delivery.errcode = "", None
            if delivery.message.author == "consultant":
                delivery.state, delivery.due_at = "riding", on.now + RIDE
                riding.append(delivery.id)
    rows = [row for reply in replies for row in _say(session, conversation.id, reply, on, passive)]
    if rows:
        deliveries.write(session, rows)
    return Answer(passive.text, tuple(riding), passive.waits)


def _say(
    session: Session, conversation_id: int, reply: Reply, on: Occasion, passive: Passive
) -> list[dict[str, Any]]:
    """The bot's message is stored; its deliveries, as columns, are still to be."""
    row = {"conversation_id": conversation_id, "created_at": on.now}
    said = {"author": "bot", "text": reply.text, "entry": reply.entry, "push_id": on.push_id}
    row["message_id"] = messages.write(session, {**row, **said})
    return [
        {**row, "part": part * PART_STEP, "text": text, **passive.place(text)}
        for part, text in enumerate(fit(reply.text) or [""])
    ]


def arrived(session: Session, riding: Sequence[int]) -> None:
    """The reply with these deliveries has left."""
    for delivery_id in riding:
        delivery = session.get(Delivery, delivery_id, with_for_update=True)
        if delivery is not None and delivery.state == "riding":
            delivery.state = "sent"


def window_of(conversation: Conversation) -> Window:
    """What WeChat still lets us send to this merchant."""
    return Window(conversation.window_left, conversation.window_until)


def set_window(conversation: Conversation, window: Window) -> None:
    conversation.window_left, conversation.window_until = window.left, window.expires_at
