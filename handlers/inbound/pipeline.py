"""Pushes from WeChat: decided, then recorded once, stored and answered in a single transaction.

Every merchant message ends in exactly one of: answered, queued (a person will), or deliberately
ignored with a reason. A retry gets the stored reply and runs nothing twice. No call to WeChat
happens in here.
"""

import logging
import traceback
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from faq.secrets import mask
from handlers.context import Context
from handlers.dialogue.policy import decide
from handlers.dialogue.types import Decision, Incoming, OpenCase, Reply, TurnContext
from handlers.inbound import turn_context
from handlers.inbound.commit import DecidedMessage, InboundMessage, InboundResult, store
from handlers.ops import erasure
from handlers.outbound import outbox
from storage.database import (
    AgainError,
    DatabaseDownError,
    DBAPIError,
    objects,
)
from storage.queries import deliveries, pushes, turns
from wechat.push import Push
from wechat.replies import SUCCESS

log = logging.getLogger(__name__)

# Alone, it holds the conversation. Only its first row, or an erasure, can bring a second try.
TRIES = 5


def receive(context: Context, push: Push) -> InboundResult:
    """Take a push. Raises DatabaseDownError when nothing could be stored: WeChat tries again.

    What to do is decided on what was read without a lock, together with the pushes that come at
    the same time, and stored if the conversation is still as it was. Otherwise it is decided again,
    alone and with the conversation held.
    """
    arrival = InboundMessage(push, context.now(), context.database.patience())
    context.shelf.refresh()
    if push.kind == "unsubscribe" and context.firm.erase_on_unsubscribe:
        return _erased(context, push)
    received = context.pushes.do(arrival, partial(receive_together, context)) or _alone(
        context, arrival
    )
    if received.ring:
        context.ring(received.conversation_id)
    return received


def left(context: Context, received: InboundResult) -> None:
    """The answer has gone out. Never raises: who would hear it?"""
    try:
        context.database.transact(lambda session: outbox.arrived(session, received.riding))
        context.ring(received.conversation_id)  # what was said meanwhile waited behind it
    except DatabaseDownError:
        log.warning("a reply left and could not be noted; its messages will be called uncertain")


def _erased(context: Context, push: Push) -> InboundResult:
    """They left, and the settings say that nothing stays. Not recorded, for that would stay:
    a retry finds nothing more to erase."""
    erasure.forget(context, push.openid, why="unsubscribed")
    return InboundResult(SUCCESS, 0)


def receive_together(
    context: Context, arrivals: Sequence[InboundMessage]
) -> list[InboundResult | None]:
    """Several pushes in one transaction; None for those that must be taken alone."""
    firsts = {arrival.push.openid: arrival for arrival in reversed(arrivals)}
    try:
        received = _receive(context, list(firsts.values()))
    except DatabaseDownError:
        raise
    except AgainError:
        received = {}
    except Exception as error:  # noqa: BLE001 (one of them must not cost the others their answers)
        log.warning("%s pushes are taken one by one: %s", len(arrivals), type(error).__name__)
        received = {}
    return [received.get(arrival.push.key) for arrival in arrivals]


def _alone(context: Context, arrival: InboundMessage) -> InboundResult:
    for _ in range(TRIES):
        stored = _stored(context, arrival.push)
        if stored is not None:
            return stored
        try:
            received = _receive(context, [arrival], wait=True)
        except AgainError:
            continue
        if received:
            return received[arrival.push.key]
    raise DatabaseDownError("a conversation changes without end")


def _stored(context: Context, push: Push) -> InboundResult | None:
    """What a retry gets."""
    with context.database.read() as session:
        before = pushes.by_key(session, push.key)
        if before is None:
            return None
        since = before.decided_at
        riding = deliveries.riding(session, before.conversation_id, since) if since else ()
    return InboundResult(before.reply or SUCCESS, before.conversation_id, riding=tuple(riding))


def _receive(
    context: Context, arrivals: Sequence[InboundMessage], *, wait: bool = False
) -> dict[str, InboundResult]:
    """Decide and `store`. `wait`: for one alone, until nobody else holds its conversation."""
    with context.database.turn(min(arrival.until for arrival in arrivals)) as transaction:
        connection = transaction.connection
        if wait:
            turns.wait_for(transaction, arrivals[0].push.openid)
        known = turns.snapshots(connection, [arrival.push.openid for arrival in arrivals])
        reading = partial(objects, connection)
        takings = []
        for arrival in arrivals:
            since = known[arrival.push.openid]
            scene = turn_context.scene(context, since, context.now(), reading)
            takings.append(DecidedMessage(arrival, since, _decided(context, scene, arrival.push)))
        return store(transaction, context, takings)


def _decided(context: Context, scene: TurnContext, push: Push) -> Decision:
    """What to do. An error inside still ends in a reply and a case, never in silence."""
    shelf, texts = context.shelf, context.texts
    try:
        incoming = Incoming(push.kind, push.words, is_event=push.is_event)
        return decide(scene, incoming, bank=shelf.bank(), matcher=shelf.matcher(), texts=texts)
    except (DatabaseDownError, DBAPIError):
        raise  # nothing can be stored either: WeChat tries again
    except Exception as error:  # noqa: BLE001 (a merchant must not meet silence, whatever broke)
        # The error's own text may hold the merchant's words: only its kind and place are logged.
        place = traceback.extract_tb(error.__traceback__)[-1]
        log.error("deciding failed: %s in %s:%s", type(error).__name__, place.name, place.lineno)  # noqa: TRY400
    failed = Decision(
        end="queued",
        memory=scene.memory,
        stored_text=mask(push.words),
        why="error while deciding",
    )
    if scene.state == "consultant":
        return failed
    case = OpenCase(reason="error", summary="程序在处理这条消息时出了意外")
    return replace(failed, replies=(Reply(texts.text("error")),), case=case)
