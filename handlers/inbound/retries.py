"""WeChat's retries: they get the stored reply, and nobody gets anything twice.

A reply may be carried by several tries at once, each on a connection of its own. When all of them
find that nobody waits any more, it is taken back: its words go by the API, or with the merchant's
next message where there is no API. From then on a retry gets nothing.
"""

import logging
from functools import partial

from handlers.context import Context
from handlers.inbound.commit import InboundMessage, InboundResult
from handlers.outbound import outbox
from storage.database import DatabaseDownError, Session
from storage.models.conversations import ReceivedPush
from storage.queries import conversations, deliveries, pushes
from wechat.replies import SUCCESS, render_text

log = logging.getLogger(__name__)


def stored(context: Context, message: InboundMessage) -> InboundResult | None:
    """What a retry gets; None when the push is not stored yet."""
    with context.database.read() as session:
        before = pushes.by_key(session, message.push.key)
    if before is None:
        return None
    gone = message.gone()
    if gone or (before.reply in {"", SUCCESS} and context.firm.account == "verified"):
        return InboundResult(SUCCESS, before.conversation_id, key=before.key)
    return context.database.transact(partial(_carried, context=context, message=message))


def _carried(session: Session, context: Context, message: InboundMessage) -> InboundResult | None:
    """One try more carries the reply. An account without the API sends what waits with it."""
    push = _held(session, message.push.key)
    if push is None or push.decided_at is None:
        return None
    now = context.now()
    if push.reply not in {"", SUCCESS}:
        push.carriers += 1
    elif context.firm.account == "passive":
        waiting = outbox.waiting_reply(session, push.conversation_id, now)
        push.reply = render_text(message.push, waiting, now) if waiting else SUCCESS
        push.decided_at, push.carriers = (now, 1) if waiting else (push.decided_at, 0)
    reply, since = push.reply or SUCCESS, push.decided_at
    ids = (
        deliveries.in_passive_reply(session, push.conversation_id, since)
        if reply != SUCCESS
        else ()
    )
    return InboundResult(reply, push.conversation_id, in_passive_reply=tuple(ids), key=push.key)


def _held(session: Session, key: str) -> ReceivedPush | None:
    """The push, with its conversation held."""
    before = pushes.by_key(session, key)
    if before is None or conversations.lock_by_id(session, before.conversation_id) is None:
        return None
    session.refresh(before)
    return before


def mark_delivered(context: Context, received: InboundResult) -> None:
    """The answer has gone out. Never raises: who would hear it?"""
    try:
        context.database.transact(
            lambda session: outbox.mark_delivered(session, received.in_passive_reply)
        )
        context.enqueue_delivery(
            received.conversation_id
        )  # what was said meanwhile waited behind it
    except DatabaseDownError:
        log.warning("a reply left and could not be noted; its messages will be called uncertain")


def missed(context: Context, received: InboundResult) -> None:
    """Nobody waited for the answer any more, and nothing of it was read. Never raises."""
    try:
        taken_back = context.database.transact(
            partial(_take_back, context=context, key=received.key)
        )
    except DatabaseDownError:
        log.warning("a reply met nobody and could not be taken back")
        return
    if taken_back:
        log.info("a reply met nobody and goes another way")
        context.enqueue_delivery(received.conversation_id)


def _take_back(session: Session, context: Context, key: str) -> bool:
    push = _held(session, key)
    if push is None or push.decided_at is None or push.reply in {"", SUCCESS}:
        return False
    push.carriers -= 1
    if push.carriers > 0:
        return False
    parts = deliveries.in_reply(session, push.conversation_id, push.decided_at)
    outbox.missed(session, parts, context.firm.account, context.now())
    push.reply = SUCCESS
    return True


def doubted(context: Context, received: InboundResult) -> None:
    """The answer was written at the moment at which WeChat hung up. Never raises."""
    try:
        context.database.transact(partial(_doubt, key=received.key))
        context.enqueue_delivery(received.conversation_id)
    except DatabaseDownError:
        log.warning("a reply may have met nobody, and that could not be noted")


def _doubt(session: Session, key: str) -> None:
    push = _held(session, key)
    if push is None or push.decided_at is None or push.carriers > 1:
        return
    outbox.doubted(deliveries.in_reply(session, push.conversation_id, push.decided_at))
