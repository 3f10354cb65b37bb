"""Sending what the outbox holds, one conversation at a time and in order.

Around every call to WeChat there are two short transactions: the first says *sending* and counts
the message against the window, the second says how it went. A process that dies in between leaves
the row at *sending*; `recover` turns it into *uncertain*: nobody knows whether WeChat got it.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from handlers.back_off import back_off
from handlers.context import Context
from handlers.media_files import media_file
from handlers.outbound import outbox
from handlers.outbound.delivery_states import move
from storage.database import DatabaseDownError, Session
from storage.models.conversations import Conversation, Delivery
from storage.queries import conversations, deliveries
from wechat import quota
from wechat.client import LONGEST_CALL
from wechat.codes import NEEDS_OPERATOR, Action
from wechat.delivery_errors import DeliveryError, NotSentError, UncertainError
from wechat.errors import MediaError
from wechat.text import LIMIT, fit, size

# How long a send may be under way before its process counts as gone. A text asks for a token and
# sends, each with its time-outs and once more: 65 s at the worst. A picture is uploaded as well.
LEASE = timedelta(seconds=75)
BACK_OFF_SECONDS = 2.0
BACK_OFF_MAX_SECONDS = 300.0
# After our time-out WeChat may still be about to show the message: the next one waits a little.
SETTLE = timedelta(seconds=5)
# About as long as LEASE, as a try that waits for a busy database takes three seconds itself.
NOTE_TRIES, NOTE_PAUSE_SECONDS = 30, 1.0
SMALLEST = 64  # bytes; a text this short is not refused for its length
ATTEMPTS_MAX = 12  # about half an hour of trying
# What only the operator can mend is tried again this much later; the sweep tells them.
OPERATOR_WAIT = timedelta(minutes=5)
LOST = "发送时程序中断了，不确定微信有没有收到。请先问一句，再决定要不要重发。"
NO_FILE = "图片文件不在了，没有发出去。请重新发一次。"
GAVE_UP = "一直没能送到微信，已停止重试。请检查网络后点「重发」。"


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """What one call carries: a text made of one or more deliveries, or a picture."""

    conversation_id: int
    openid: str
    delivery_ids: tuple[int, ...]
    text: str = ""
    picture: str = ""  # file name in the media folder


Problem = DeliveryError | MediaError


def deliver(context: Context, conversation_id: int) -> datetime | None:
    """Send all that may go now. Returns when to come again, None when nothing is due later."""
    with context.database.read() as session:
        if not deliveries.unfinished(session, conversation_id):
            return None  # skip the conversation lock when no delivery is pending
    while True:
        now = context.now()
        taken = context.database.transact(
            partial(_take, context=context, conversation_id=conversation_id, now=now)
        )
        if not isinstance(taken, OutgoingCall):
            return taken
        _note(context, taken, _call(context, taken))


def _note(context: Context, parcel: OutgoingCall, problem: Problem | None) -> None:
    """Try on while the database is away: after LEASE what is known now would be *uncertain*."""
    for left in reversed(range(NOTE_TRIES)):
        try:
            work = partial(_settle, parcel=parcel, problem=problem, now=context.now())
            return context.database.transact(work)
        except DatabaseDownError:
            if not left:
                raise
            time.sleep(NOTE_PAUSE_SECONDS)
    return None


def recover(session: Session, conversation_id: int, now: datetime) -> int:
    """Sends of this conversation whose process is gone become *uncertain*. Returns how many."""
    conversation = conversations.lock_by_id(session, conversation_id)
    return 0 if conversation is None else _give_up(session, conversation, now)


def _give_up(session: Session, conversation: Conversation, now: datetime) -> int:
    lost = deliveries.stuck(session, conversation.id, now)
    for delivery in lost:
        move(delivery, "lose", delivery.error or LOST)
    if lost:
        conversations.touch(session, conversation, now)
        session.flush()
    return len(lost)


def _take(
    session: Session, context: Context, conversation_id: int, now: datetime
) -> OutgoingCall | datetime | None:
    conversation = conversations.lock_by_id(session, conversation_id)
    if conversation is None:
        return None
    _give_up(session, conversation, now)
    until = deliveries.under_way(session, conversation_id)
    if until is not None:
        return until
    queue = outbox.waiting(session, conversation_id)
    if not queue:
        return None
    window = outbox.window_of(conversation)
    left = quota.left(window, now)
    if context.firm.account == "passive" or left == 0:
        _hold(session, conversation, queue, now)
        return None
    if not deliveries.is_due(queue[0].due_at, now):
        return queue[0].due_at
    together = _together(queue, left)
    for delivery in together:
        move(delivery, "take", "")
        delivery.due_at, delivery.attempts = now + _lease(delivery), delivery.attempts + 1
    outbox.set_window(conversation, quota.spent(window, now))
    return _parcel(conversation, together)


def _hold(
    session: Session, conversation: Conversation, queue: list[Delivery], now: datetime
) -> None:
    for delivery in queue:
        move(delivery, "hold")
    conversations.touch(session, conversation, now)


def _together(queue: list[Delivery], left: int) -> list[Delivery]:
    """The next part, and the texts after it when more wait than the window has messages left."""
    together = queue[:1]
    if len(queue) <= left or queue[0].message.kind != "text":
        return together
    for delivery in queue[1:]:
        joined = "\n\n".join(each.text for each in [*together, delivery])
        same = (
            delivery.message.kind == "text" and delivery.message.author == queue[0].message.author
        )
        if not same or size(joined) > LIMIT:
            break
        together.append(delivery)
    return together


def _parcel(conversation: Conversation, together: list[Delivery]) -> OutgoingCall:
    media = together[0].message.media
    return OutgoingCall(
        conversation_id=conversation.id,
        openid=conversation.openid,
        delivery_ids=tuple(delivery.id for delivery in together),
        text="\n\n".join(delivery.text for delivery in together),
        picture=media.file if media is not None and together[0].message.kind == "image" else "",
    )


def _lease(delivery: Delivery) -> timedelta:
    return LEASE if delivery.message.kind == "text" else LONGEST_CALL


def _call(context: Context, parcel: OutgoingCall) -> Problem | None:
    """The one call to WeChat, outside every transaction.

    A picture is uploaded for every try: WeChat forgets one after three days (40007).
    """
    try:
        if parcel.picture:
            file = media_file(context.firm, parcel.picture)
            if file is None:
                return MediaError("a name that is none of ours", NO_FILE)
            media_id = context.client.upload_image(file.read_bytes())
            context.client.send_image(parcel.openid, media_id)
        else:
            context.client.send_text(parcel.openid, parcel.text)
    except (DeliveryError, MediaError) as error:
        return error
    except DatabaseDownError:
        return NotSentError("no token without the database")  # it is asked for one before the call
    except OSError as error:
        return MediaError(type(error).__name__, NO_FILE)
    return None


def _settle(session: Session, parcel: OutgoingCall, problem: Problem | None, now: datetime) -> None:
    conversation = conversations.lock_by_id(session, parcel.conversation_id)
    if conversation is None:  # erased meanwhile
        return
    if _certainly_not_sent(problem):
        window = quota.returned(outbox.window_of(conversation), now)
        outbox.set_window(conversation, window)
    for delivery_id in parcel.delivery_ids:
        delivery = session.get(Delivery, delivery_id)
        if delivery is None or delivery.state != "sending":
            continue  # `recover` was faster; what it said stands
        if problem is None:
            move(delivery, "accept", "")
            delivery.sent_at, delivery.errcode = now, None
        else:
            _apply(session, conversation, delivery, problem, now)
    conversations.touch(session, conversation, now)


def _certainly_not_sent(problem: Problem | None) -> bool:
    """Everything that WeChat answers with a code, busy (-1) too: it is the same message that is
    tried again, and counting each try would use up the window without one message."""
    return problem is not None and not isinstance(problem, UncertainError)


def _apply(
    session: Session,
    conversation: Conversation,
    delivery: Delivery,
    problem: Problem,
    now: datetime,
) -> None:
    """WeChat's answer → what becomes of the delivery. The table of codes says which action."""
    if isinstance(problem, MediaError):
        move(delivery, "refuse", problem.explanation[:255])
        return
    delivery.errcode, delivery.error = problem.code, problem.explanation[:255]
    if problem.code is not None:
        window = quota.corrected(outbox.window_of(conversation), problem.code, now)
        outbox.set_window(conversation, window)
    if isinstance(problem, UncertainError) or problem.action is Action.ASK:
        _leave_open(delivery, problem, now)
    elif problem.action in NEEDS_OPERATOR:
        move(delivery, "hold")
        delivery.due_at = now + OPERATOR_WAIT
    elif problem.action is Action.HOLD:
        move(delivery, "hold")
    elif problem.action in {Action.RETRY, Action.REUPLOAD}:
        _again(delivery, now)
    elif problem.action is Action.SPLIT and size(delivery.text) > SMALLEST:
        _split(session, delivery, now)
    else:
        move(delivery, "refuse")


def _leave_open(delivery: Delivery, problem: DeliveryError, now: datetime) -> None:
    """Uncertain: at once, or while WeChat may still act on it, when that time is over."""
    if isinstance(problem, UncertainError) and problem.under_way:
        delivery.due_at = now + SETTLE
    else:
        move(delivery, "doubt")


def _again(delivery: Delivery, now: datetime) -> None:
    if delivery.attempts >= ATTEMPTS_MAX:
        move(delivery, "refuse", GAVE_UP)
        return
    move(delivery, "retry")
    delivery.due_at = now + back_off(
        delivery.attempts, first=BACK_OFF_SECONDS, longest=BACK_OFF_MAX_SECONDS
    )


def _split(session: Session, delivery: Delivery, now: datetime) -> None:
    """WeChat finds it too long although it is within the limit we know: two halves, in order."""
    head, *rest = fit(delivery.text, max(SMALLEST, size(delivery.text) // 2 + 1))
    move(delivery, "retry")
    delivery.text, delivery.due_at = head, now
    step = outbox.PART_STEP // 2 ** min(delivery.attempts, 8)
    for place, text in enumerate(rest, start=1):
        session.add(
            Delivery(
                message_id=delivery.message_id,
                conversation_id=delivery.conversation_id,
                part=delivery.part + step * place // (len(rest) + 1),
                text=text,
                due_at=now,
                created_at=now,
            )
        )
