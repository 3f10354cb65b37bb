"""What a group of decided turns leaves behind, stored in its one transaction: the pushes with their
ends and replies, what was said, the deliveries, the walks, the cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers import cases
from handlers.context import Context
from handlers.dialogue.types import CancelCase, Decision, OpenCase
from handlers.inbound import turn_context
from handlers.outbound import outbox
from storage import database
from storage.database import Connection, Session, objects
from storage.models.conversations import Media
from storage.queries import cases as stored_cases
from storage.queries import conversations, pushes, turns
from storage.queries import media as stored_media
from storage.queries.turns import ConversationUpdate, Snapshot
from wechat import quota
from wechat.push import MESSAGES, Push
from wechat.replies import SUCCESS, render_text

WITH_MEDIA = frozenset({"image", "voice", "video", "shortvideo"})
# WeChat hangs up after five seconds. What is decided later than this is delivered by the API.
TOO_LATE = timedelta(seconds=4)
FOLLOWING = {"subscribe": "商家关注了公众号", "unsubscribe": "商家取消了关注"}


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A push, when it arrived, and until when (of the monotonic clock) it waits for others."""

    push: Push
    at: datetime
    until: float


@dataclass(frozen=True, slots=True)
class InboundResult:
    """The plain XML to answer with ("success" for nothing), and who to wake up afterwards.

    Call `left` once it has left, if there is something `riding` on it.
    """

    reply: str
    conversation_id: int
    ring: bool = False
    riding: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DecidedMessage:
    """A push, what was known when it came, and what was decided about it."""

    arrival: InboundMessage
    known: Snapshot
    turn: Decision

    @property
    def push(self) -> Push:
        return self.arrival.push


@dataclass(frozen=True, slots=True)
class _Answered:
    """A taking whose conversation is held, and what it gets."""

    taking: DecidedMessage
    conversation_id: int
    answer: outbox.PassiveAnswer
    decision: pushes.PushRecord

    @property
    def received(self) -> InboundResult:
        turn, answer = self.taking.turn, self.answer
        ring = isinstance(turn.case, OpenCase) or self.taking.push.kind in WITH_MEDIA
        return InboundResult(
            self.decision.reply, self.conversation_id, ring or answer.waits, answer.riding
        )


def store(
    transaction: database.GroupTransaction, context: Context, takings: Sequence[DecidedMessage]
) -> dict[str, InboundResult]:
    """What each gets, by the push's key. Left out are those that are stored already, and those
    whose conversation is not as it was, or is held by somebody else."""
    connection = transaction.connection
    held = turns.hold(transaction, [taking.known for taking in takings], context.now())
    before = pushes.stored(connection, [taking.push.key for taking in takings])
    now = context.now()  # the wait for the lock is over only here
    answered = [
        _answered(connection, context, taking, held[taking.push.openid], now)
        for taking in takings
        if taking.push.openid in held and taking.push.key not in before
    ]
    if answered:
        _keep(connection, context, answered, now)
    return {each.taking.push.key: each.received for each in answered}


def _answered(
    connection: Connection,
    context: Context,
    taking: DecidedMessage,
    conversation_id: int,
    now: datetime,
) -> _Answered:
    push, known, turn = taking.push, taking.known, taking.turn
    took = now - taking.arrival.at
    on = outbox.ReplyOccasion(context.firm.account, now, late=took >= TOO_LATE)
    # Asked again right before anything is said: the rule of the whole house.
    replies = turn.replies if cases.may_bot_speak(known.state) else ()
    answer = outbox.answer(connection, conversation_id, replies, on, unfinished=known.unfinished)
    reply = render_text(push, answer.text, now) if answer.text else SUCCESS
    decision = pushes.PushRecord(
        push.key, conversation_id, push.kind, turn.end, turn.why, reply, now, took
    )
    return _Answered(taking, conversation_id, answer, decision)


def _keep(
    connection: Connection, context: Context, answered: Sequence[_Answered], now: datetime
) -> None:
    changes = [_change(each.taking, each.conversation_id, now) for each in answered]
    turns.advance(connection, changes, now)
    push_ids = pushes.record(connection, [each.decision for each in answered])
    lines: list[outbox.MessageRow] = []
    for push_id, each in zip(push_ids, answered, strict=True):
        origin = {
            "conversation_id": each.conversation_id,
            "push_id": push_id,
            "created_at": now,
        }
        lines += _incoming(connection, each.taking, context.firm.menu, origin)
        lines += outbox.lines(each.answer, origin)
    outbox.keep(connection, lines)
    for each in answered:
        turn = each.taking.turn
        if turn.case or turn.add_to_case or turn.rating is not None:
            with objects(connection) as session:
                _carry_out(session, each.conversation_id, turn, now)


def _change(taking: DecidedMessage, conversation_id: int, now: datetime) -> ConversationUpdate:
    """What becomes of the conversation: the walk, whether they follow us, and what WeChat lets us
    send now."""
    push, known = taking.push, taking.known
    window = quota.Window(known.window_left, known.window_until)
    if push.opens_window is not None:
        window = quota.opened(window, push.opens_window, now)
    return ConversationUpdate(
        id=conversation_id,
        since=known,
        memory=dict(taking.turn.memory),
        following=push.kind != "unsubscribe",
        last_merchant_at=now if push.kind in MESSAGES else known.last_merchant_at,
        window_left=window.left,
        window_until=window.expires_at,
    )


def _incoming(
    connection: Connection, taking: DecidedMessage, menu: Mapping[str, str], origin: dict[str, Any]
) -> list[outbox.MessageRow]:
    """What the merchant said or did, if anything."""
    push, turn = taking.push, taking.turn
    text = push.words if turn.stored_text is None else turn.stored_text
    if push.kind in FOLLOWING:
        return [outbox.line(origin, "system", FOLLOWING[push.kind], kind="event")]
    if push.is_event and turn.end == "ignored":
        return []  # a page view or a location report is nothing that was said
    if push.kind == "click":
        text = menu.get(text, text)  # the words that the merchant tapped
    meaning = turn.understanding
    return [
        outbox.line(
            origin,
            "merchant",
            text,
            kind=push.kind,
            media_id=_media(connection, push, origin),
            understanding=turn_context.kept(meaning) if meaning else None,
        )
    ]


def _media(connection: Connection, push: Push, origin: dict[str, Any]) -> int | None:
    """The row that a job fetches the file for: WeChat drops it after three days."""
    if push.kind not in WITH_MEDIA or not push.media_id:
        return None
    with objects(connection) as session:
        media = Media(
            conversation_id=origin["conversation_id"],
            wechat_id=push.media_id,
            kind=push.kind,
            due_at=origin["created_at"],
            created_at=origin["created_at"],
        )
        return stored_media.add(session, media).id


def _carry_out(session: Session, conversation_id: int, turn: Decision, now: datetime) -> None:
    """Open or cancel the case, or add to it."""
    conversation = conversations.held(session, conversation_id)
    if isinstance(turn.case, CancelCase):
        cases.cancel(session, conversation, now)
    elif turn.case is not None:
        opening = cases.Opening(turn.case.reason, turn.case.summary, turn.case.form)
        cases.open_case(session, conversation, opening, now)
        conversation.name = turn.case.form.get("shop", conversation.name)[:64]
    if turn.add_to_case:
        open_case = conversations.open_case(session, conversation_id)
        if open_case is not None:
            cases.add_to_form(open_case, turn.add_to_case)
    if turn.rating is not None:
        stored_cases.rate_latest(session, conversation_id, turn.rating, now)
