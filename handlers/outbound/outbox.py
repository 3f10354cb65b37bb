"""The outbox: a message and its deliveries are stored here before they are sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers import cases
from handlers.dialogue.types import Reply
from handlers.outbound.delivery_states import move
from storage.database import Connection, Session, objects
from storage.models.conversations import (
    Consultant,
    Conversation,
    Delivery,
    Media,
    Message,
)
from storage.queries import conversations, deliveries, messages
from wechat.quota import Window
from wechat.text import LIMIT, clean, fit, is_blank, size

Columns = dict[str, Any]
KEY_MAX = 64
OVERTAKEN = "顾问已经接入，机器人的这句没有发出。"
UNREAD = "回复送出的同时微信断开了，不确定对方有没有看到。重发前请先确认。"
# The reply is sent after the commit; an API call begun at that moment could arrive before it.
HEAD_START = timedelta(seconds=1)
# WeChat's last retry comes after some fifteen seconds; a reply not sent by then is lost.
REPLY_TIMEOUT = timedelta(seconds=30)
PART_STEP = 1024  # room between two parts, in case WeChat wants one in smaller pieces


class EmptyMessageError(cases.CaseError):
    """Nothing was written."""


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """What a consultant wants to say. The same `key` again is the same message."""

    text: str
    key: str
    media: Media | None = None


def say_as_consultant(
    session: Session, conversation: Conversation, by: Consultant, draft: OutgoingText, now: datetime
) -> Message:
    """The message, stored and on its way; the same `key` again gives the same message.

    Raises NoCaseError or NotOwnerError: only the consultant who has the case may speak.
    """
    before = messages.by_key(session, conversation.id, draft.key)
    if before is not None:
        return before
    case = cases.owned(session, conversation, by)
    text = clean(draft.text).strip()
    if is_blank(text) and draft.media is None:
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


def say_as_bot(
    session: Session,
    conversation: Conversation,
    text: str,
    now: datetime,
    *,
    entry: str | None = None,
    push_id: int | None = None,
) -> Message:
    """The bot says something outside the answer to a push: the message, stored and on its way."""
    message = messages.add(
        session,
        Message(
            conversation_id=conversation.id,
            author="bot",
            text=text,
            entry=entry,
            push_id=push_id,
            created_at=now,
        ),
    )
    enqueue(session, message, now)
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


def waiting(session: Session, conversation_id: int) -> list[Delivery]:
    """What may still go out, in order. Asked right before every send.

    The bot's words stop when a consultant takes over.
    """
    queue = deliveries.waiting(session, conversation_id)
    if cases.may_bot_speak(conversations.state(session, conversation_id)):
        return list(queue)
    for delivery in queue:
        if delivery.message.author == "bot":
            move(delivery, "overtake", OVERTAKEN)
    return [delivery for delivery in queue if delivery.message.author != "bot"]


@dataclass(frozen=True, slots=True)
class ReplyOccasion:
    """A push whose response may carry texts. `late`: WeChat has closed it, or is about to."""

    account: str
    now: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class PassiveAnswer:
    """The text of the passive reply ("" for none), what the bot says with the columns of its
    deliveries, the ids of a consultant's deliveries in the reply, and whether a job has to send
    something."""

    text: str
    said: Sequence[tuple[Reply, Sequence[Columns]]]
    in_passive_reply: tuple[int, ...]
    waits: bool


class PassiveReply:
    """A passive reply as it fills up: in order, and nothing after what did not fit.

    It costs no quota. What does not fit is sent by the API, or waits for the merchant's next
    message where there is no API. Nothing is sent before an earlier send that is under way.
    """

    def __init__(self, on: ReplyOccasion, *, under_way: bool = False) -> None:
        self._on = on
        self._full = on.late or under_way
        self._texts: list[str] = []
        self.waits = False

    @property
    def text(self) -> str:
        return "\n\n".join(self._texts)

    def place(self, text: str, *, kind: str = "text") -> Columns:
        """The columns of a delivery of this text: in the reply if it fits, else waiting."""
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
    connection: Connection,
    conversation_id: int,
    replies: Sequence[Reply],
    on: ReplyOccasion,
    *,
    unfinished: bool,
) -> PassiveAnswer:
    """The passive reply: what waits already (if `unfinished`), then what the bot says now.

    The bot's words are not stored yet; `store` does that.
    """
    passive = PassiveReply(on)
    ids: tuple[int, ...] = ()
    if unfinished:
        with objects(connection) as session:
            passive, ids = _add_waiting(session, conversation_id, on)
    said = [(reply, _parts(reply, passive)) for reply in replies]
    return PassiveAnswer(passive.text, said, ids, passive.waits)


def waiting_reply(session: Session, conversation_id: int, now: datetime) -> str:
    """What waits, as the text of a passive reply of its own; "" for none."""
    passive, _ = _add_waiting(session, conversation_id, ReplyOccasion("passive", now))
    session.flush()
    return passive.text


def _add_waiting(
    session: Session, conversation_id: int, on: ReplyOccasion
) -> tuple[PassiveReply, tuple[int, ...]]:
    """Put what waits into the passive reply, as far as it fits.

    A consultant's words are *in_passive_reply* until the response was sent (`mark_delivered`). If
    the process dies before and no retry fetches the reply, they become *uncertain*, never *sent*.
    """
    # Without the API every word goes this way: a lost reply must not block the next one.
    before_us = {"sending"} if on.account == "passive" else {*deliveries.UNDER_WAY}
    under_way = not deliveries.unfinished(session, conversation_id).isdisjoint(before_us)
    passive, ids = PassiveReply(on, under_way=under_way), []
    for delivery in waiting(session, conversation_id):
        place = passive.place(delivery.text, kind=delivery.message.kind)
        delivery.via, delivery.due_at, delivery.sent_at = (
            place["via"], place["due_at"], place["sent_at"],
        )  # fmt: skip
        if place["state"] != "sent":
            move(delivery, "hold" if place["state"] == "held" else "defer")
            continue
        delivery.errcode = None
        if delivery.message.author == "consultant":
            move(delivery, "put_in_reply", "")
            delivery.due_at = on.now + REPLY_TIMEOUT
            ids.append(delivery.id)
        else:
            move(delivery, "reply", "")
    return passive, tuple(ids)


def _parts(reply: Reply, passive: PassiveReply) -> list[Columns]:
    return [
        {"part": part * PART_STEP, "text": text, **passive.place(text)}
        for part, text in enumerate(fit(reply.text) or [""])
    ]


@dataclass(frozen=True, slots=True)
class MessageRow:
    """The columns of a message, and of its deliveries but for the message's id."""

    message: Columns
    parts: Sequence[Columns] = ()


def row(
    origin: Columns,
    author: str,
    text: str,
    *,
    kind: str = "text",
    parts: Sequence[Columns] = (),
    **more: object,
) -> MessageRow:
    """Something said. `origin`: of which conversation and push, and when."""
    common = {"conversation_id": origin["conversation_id"], "created_at": origin["created_at"]}
    said = {"entry": None, "media_id": None, "understanding": None, "bank_version": None, **more}
    return MessageRow(
        {**origin, "author": author, "kind": kind, "text": text, **said},
        [{**common, **part} for part in parts],
    )


def rows(
    answer: PassiveAnswer, origin: Columns, bank_version: int | None = None
) -> list[MessageRow]:
    """What the bot says, from this version of the bank."""
    return [
        row(origin, "bot", reply.text, parts=parts, entry=reply.entry, bank_version=bank_version)
        for reply, parts in answer.said
    ]


def store(connection: Connection, new: Sequence[MessageRow]) -> None:
    """Store what was said, in this order."""
    if not new:
        return
    ids = messages.write(connection, [each.message for each in new])
    parts = [
        {"message_id": message_id, **part}
        for message_id, each in zip(ids, new, strict=True)
        for part in each.parts
    ]
    if parts:
        deliveries.write(connection, parts)


def mark_delivered(session: Session, delivery_ids: Sequence[int]) -> None:
    """The passive reply with these deliveries has been sent."""
    for delivery_id in delivery_ids:
        delivery = session.get(Delivery, delivery_id, with_for_update=True)
        if delivery is not None:
            move(delivery, "reply_sent")


def missed(session: Session, parts: Sequence[Delivery], account: str, now: datetime) -> None:
    """The reply with these deliveries met nobody: they go by the API, or with the next message."""
    for delivery in parts:
        if delivery.via != "passive" or not move(delivery, "reply_missed", ""):
            continue
        delivery.via, delivery.due_at, delivery.sent_at = "api", now, None
        if account == "passive":
            move(delivery, "hold")
    session.flush()


def doubted(parts: Sequence[Delivery]) -> None:
    """The reply with these deliveries was written, and the other side may not have read it."""
    for delivery in parts:
        if delivery.via == "passive":
            move(delivery, "doubt", UNREAD)


def window_of(conversation: Conversation) -> Window:
    """What WeChat still lets us send to this merchant."""
    return Window(conversation.window_left, conversation.window_until)


def set_window(conversation: Conversation, window: Window) -> None:
    conversation.window_left, conversation.window_until = window.left, window.expires_at


def resend(delivery: Delivery, now: datetime) -> None:
    """A person decided: try a failed or uncertain part again, from the beginning."""
    if move(delivery, "resend", ""):
        delivery.due_at, delivery.attempts = now, 0
