"""Stores a group of decided messages in one transaction: pushes, messages, deliveries, the
conversations' state and cases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers import cases
from handlers.context import Context
from handlers.dialogue.types import CancelCase, Decision, OpenCase, Unclear
from handlers.firm import menu
from handlers.inbound import turn_context
from handlers.outbound import outbox
from storage import database
from storage.database import Connection, Session, objects
from storage.models.conversations import Media
from storage.queries import cases as stored_cases
from storage.queries import conversations, drift, pushes, turns
from storage.queries import media as stored_media
from storage.queries.turns import ConversationUpdate, Snapshot
from wechat import quota
from wechat.push import MESSAGES, WITH_FILE, Push
from wechat.replies import SUCCESS, render_text

# WeChat closes the connection after five seconds. A later decision is delivered by the API.
TOO_LATE = timedelta(seconds=4)
WAITS = "says too little alone; waits for the next one"
RELEASED = "says too little alone; the next one is answered"
FOLLOWING = {"subscribe": "商家关注了公众号", "unsubscribe": "商家取消了关注"}


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A push, when it arrived, and until when (of the monotonic clock) it waits for others."""

    push: Push
    at: datetime
    until: float
    gone: Callable[[], bool] = lambda: False
    """Has WeChat stopped waiting for the answer?"""
    opinion: str | None = None
    """What a language model chose for it; None: it was not asked."""


@dataclass(frozen=True, slots=True)
class InboundResult:
    """The plain XML to answer with ("success" for nothing), and what has to happen afterwards.

    `in_passive_reply` are the ids of a consultant's deliveries in it; after the response was sent,
    call `mark_delivered`, or `retries.missed` when nobody was there. `key` is the push's.
    """

    reply: str
    conversation_id: int
    needs_delivery: bool = False
    in_passive_reply: tuple[int, ...] = ()
    key: str = ""
    waits: bool = False
    """It says too little alone: the answer is to come, if nothing follows."""
    unclear: Unclear | None = None
    """A second opinion may help; `stored` says whether the message waits for it or is done."""
    stored: bool = True


@dataclass(frozen=True, slots=True)
class DecidedMessage:
    """A push, what was known when it came, and what was decided about it.

    `waits`: nothing is said before the merchant had time to write more.
    """

    message: InboundMessage
    known: Snapshot
    decision: Decision
    bank_version: int | None = None
    waits: bool = False

    @property
    def push(self) -> Push:
        return self.message.push


@dataclass(frozen=True, slots=True)
class AnsweredMessage:
    """A decided message whose conversation is locked, with the answer to it."""

    decided: DecidedMessage
    conversation_id: int
    answer: outbox.PassiveAnswer
    record: pushes.PushRecord

    @property
    def received(self) -> InboundResult:
        decided, answer = self.decided, self.answer
        opens_case = isinstance(decided.decision.case, OpenCase)
        return InboundResult(
            self.record.reply,
            self.conversation_id,
            needs_delivery=opens_case or answer.waits or decided.push.kind in WITH_FILE,
            in_passive_reply=answer.in_passive_reply,
            key=decided.push.key,
            waits=decided.waits,
            unclear=decided.decision.unclear,
        )


def store(
    transaction: database.GroupTransaction, context: Context, messages: Sequence[DecidedMessage]
) -> dict[str, InboundResult]:
    """Store each message; returns the results by the push's key. Those stored before, and those
    whose conversation changed or is locked by somebody else, are left out."""
    connection = transaction.connection
    held = turns.hold(transaction, [each.known for each in messages], context.now())
    before = pushes.stored(connection, [each.push.key for each in messages])
    now = context.now()  # the wait for the lock is over only here
    answered = [
        _answered(connection, context, each, held[each.push.openid], now)
        for each in messages
        if each.push.openid in held and each.push.key not in before
    ]
    if answered:
        _keep(connection, context, answered, now)
    return {each.decided.push.key: each.received for each in answered}


def settle(
    transaction: database.GroupTransaction, context: Context, decided: DecidedMessage
) -> InboundResult:
    """The end of a push that is stored and waited in vain. Raises AgainError when the conversation
    is not as it was."""
    connection, known = transaction.connection, decided.known
    now = context.now()
    held = turns.hold(transaction, [known], now)
    if known.openid not in held:
        raise database.AgainError
    each = _answered(connection, context, decided, held[known.openid], now)
    unchanged = ConversationUpdate(
        id=each.conversation_id,
        since=known,
        memory=dict(decided.decision.memory),
        following=known.following,
        last_merchant_at=known.last_merchant_at,
        window_left=known.window_left,
        window_until=known.window_until,
    )
    turns.advance(connection, [unchanged], now)
    push_id = pushes.settle(connection, each.record)
    origin = {"conversation_id": each.conversation_id, "push_id": push_id, "created_at": now}
    outbox.store(connection, outbox.rows(each.answer, origin, decided.bank_version))
    drift.report(connection, _steps(each, now))
    _act(connection, each, now)
    return each.received


def _answered(
    connection: Connection,
    context: Context,
    decided: DecidedMessage,
    conversation_id: int,
    now: datetime,
) -> AnsweredMessage:
    push, known, decision = decided.push, decided.known, decided.decision
    took = now - decided.message.at
    if decided.waits:
        silence = outbox.PassiveAnswer("", (), (), waits=False)
        waiting = pushes.PushRecord(
            push.key, conversation_id, push.kind, None, WAITS, "", now, took
        )
        return AnsweredMessage(decided, conversation_id, silence, waiting)
    late = took >= TOO_LATE or decided.message.gone()
    on = outbox.ReplyOccasion(context.firm.account, now, late=late)
    # Checked again right before anything is said, as everywhere.
    replies = decision.replies if cases.may_bot_speak(known.state) else ()
    answer = outbox.answer(connection, conversation_id, replies, on, unfinished=known.unfinished)
    reply = render_text(push, answer.text, now) if answer.text else SUCCESS
    record = pushes.PushRecord(
        push.key, conversation_id, push.kind, decision.end, decision.why, reply, now, took
    )
    return AnsweredMessage(decided, conversation_id, answer, record)


def _keep(
    connection: Connection, context: Context, answered: Sequence[AnsweredMessage], now: datetime
) -> None:
    changes = [_change(each.decided, each.conversation_id, now) for each in answered]
    turns.advance(connection, changes, now)
    if released := [each.conversation_id for each in answered if each.decided.decision.releases]:
        pushes.release(connection, released, RELEASED, now)
    push_ids = pushes.record(connection, [each.record for each in answered])
    rows: list[outbox.MessageRow] = []
    buttons = menu.names(context.menu)
    for push_id, each in zip(push_ids, answered, strict=True):
        origin = {
            "conversation_id": each.conversation_id,
            "push_id": push_id,
            "created_at": now,
        }
        rows += _incoming(connection, each.decided, buttons, origin)
        rows += outbox.rows(each.answer, origin, each.decided.bank_version)
    outbox.store(connection, rows)
    drift.report(connection, [row for each in answered for row in _steps(each, now)])
    for each in answered:
        _act(connection, each, now)


def _steps(each: AnsweredMessage, now: datetime) -> list[dict[str, Any]]:
    """What befell the merchant at a step."""
    if each.decided.waits:
        return []
    return [
        {
            "conversation_id": each.conversation_id,
            "entry": step.entry,
            "step_key": step.step_key,
            "kind": step.kind,
            "at": now,
        }
        for step in each.decided.decision.steps
    ]


def _act(connection: Connection, each: AnsweredMessage, now: datetime) -> None:
    decision = each.decided.decision
    if decision.case or decision.add_to_case or decision.called or decision.rating is not None:
        with objects(connection) as session:
            _carry_out(session, each.conversation_id, decision, now)


def _change(decided: DecidedMessage, conversation_id: int, now: datetime) -> ConversationUpdate:
    """What becomes of the conversation: the walk, whether they follow us, and what WeChat lets us
    send now."""
    push, known = decided.push, decided.known
    window = quota.Window(known.window_left, known.window_until)
    if push.opens_window is not None:
        window = quota.opened(window, push.opens_window, now)
    return ConversationUpdate(
        id=conversation_id,
        since=known,
        memory=dict((decided.waits and decided.decision.hold) or decided.decision.memory),
        following=push.kind != "unsubscribe",
        last_merchant_at=now if push.kind in MESSAGES else known.last_merchant_at,
        window_left=window.left,
        window_until=window.expires_at,
    )


def _incoming(
    connection: Connection,
    decided: DecidedMessage,
    buttons: Mapping[str, str],
    origin: dict[str, Any],
) -> list[outbox.MessageRow]:
    """What the merchant said or did, if anything."""
    push, decision = decided.push, decided.decision
    text = push.words if decision.stored_text is None else decision.stored_text
    if push.kind in FOLLOWING:
        return [outbox.row(origin, "system", FOLLOWING[push.kind], kind="event")]
    if push.is_event and decision.end == "ignored":
        return []  # a page view or a location report is nothing that was said
    if push.kind == "click":
        text = buttons.get(text, text)  # the words that the merchant tapped
    meaning = decision.understanding
    return [
        outbox.row(
            origin,
            "merchant",
            text,
            kind=push.kind,
            media_id=_media(connection, push, origin),
            understanding=turn_context.understanding_record(meaning, decision.rule)
            if meaning
            else None,
        )
    ]


def _media(connection: Connection, push: Push, origin: dict[str, Any]) -> int | None:
    """The row that a job fetches the file for: WeChat drops it after three days."""
    if push.kind not in WITH_FILE or not push.media_id:
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


def _carry_out(session: Session, conversation_id: int, decision: Decision, now: datetime) -> None:
    """Open or cancel the case, or add to it."""
    conversation = conversations.held(session, conversation_id)
    if isinstance(decision.case, CancelCase):
        cases.cancel(session, conversation, now)
    elif decision.case is not None:
        opening = cases.Opening(decision.case.reason, decision.case.summary, decision.case.form)
        cases.open_case(session, conversation, opening, now)
    if decision.called is not None and conversation.name in {"", decision.called[0]}:
        conversation.name = decision.called[1][:64]  # what a consultant wrote there stays
    if decision.add_to_case:
        open_case = conversations.open_case(session, conversation_id)
        if open_case is not None:
            cases.add_to_form(open_case, decision.add_to_case)
    if decision.rating is not None:
        stored_cases.rate_latest(session, conversation_id, decision.rating, now)
