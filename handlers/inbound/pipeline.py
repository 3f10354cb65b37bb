"""Pushes from WeChat: decided, then recorded once, stored and answered in a single transaction.

Every merchant message ends in exactly one of: answered, queued (a person will), or deliberately
ignored with a reason. A retry gets the stored reply and runs nothing twice. No call to WeChat
happens in here.
"""

import logging
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

from faq.secrets import mask
from handlers.context import Context
from handlers.dialogue.types import (
    Decision,
    Incoming,
    OpenCase,
    Reply,
    TurnContext,
    Unclear,
)
from handlers.inbound import retries, turn_context
from handlers.inbound.commit import DecidedMessage, InboundMessage, InboundResult, settle, store
from handlers.knowledge import verdicts
from handlers.model import second_opinion
from handlers.model.second_opinion import Opinion, OpinionRequest
from handlers.ops import erasure
from storage.database import (
    AgainError,
    Connection,
    DatabaseDownError,
    DBAPIError,
    objects,
)
from storage.queries import pushes, turns
from wechat.push import Push
from wechat.replies import SUCCESS

log = logging.getLogger(__name__)

# Alone, it holds the conversation. Only its first row, or an erasure, can bring a second try.
TRIES = 5


def receive(
    context: Context, push: Push, hung_up: Callable[[], bool] = lambda: False
) -> InboundResult:
    """Take a push. Raises DatabaseDownError when nothing could be stored: WeChat tries again.

    What to do is decided on what was read without a lock, together with the pushes that come at
    the same time, and stored if the conversation is still as it was. Otherwise it is decided again,
    alone and with the conversation held. `hung_up`: has WeChat closed the connection?
    """
    at = context.now()
    context.lags.accepted(push.created_at, at)
    gone = partial(nobody_waits, context, push, hung_up)
    message = InboundMessage(push, at, context.database.patience(), gone)
    context.published_bank.refresh()
    context.edited_hours.refresh(context.database)
    context.marked_steps.refresh(context.database)
    if push.kind == "unsubscribe" and context.firm.erase_on_unsubscribe:
        return _erased(context, push)
    received = context.pushes.do(message, partial(receive_together, context)) or _alone(
        context, message
    )
    if received.unclear is not None:
        received = _with_opinion(context, message, received)
    if received.waits:
        opinion = _ask_meanwhile(context, message, received)
        context.holding.wait(lambda: _has_end(context, push))
        received = _settled(context, message, opinion)
    if received.needs_delivery:
        context.enqueue_delivery(received.conversation_id)
    return received


def _with_opinion(
    context: Context, message: InboundMessage, received: InboundResult
) -> InboundResult:
    """Let the model choose and decide again, or in shadow only record what it would have said."""
    model, unclear = context.model, received.unclear
    if model is None or unclear is None:
        return received
    asked = _question(context, message.push, unclear)
    if received.stored:
        if asked is not None and model.settings.use == "shadow":
            second_opinion.shadow(model, context.database, asked)
        return received
    opinion = second_opinion.choose(model, context.database, asked) if asked else Opinion("")
    until = context.database.patience()
    result = _alone(context, replace(message, opinion=opinion.choice, until=until))
    second_opinion.record(model, context.database, opinion)
    return result


def _question(context: Context, push: Push, unclear: Unclear) -> OpinionRequest | None:
    """What a model is asked. Nothing where people judged the same words; an entry that they only
    refused is no candidate."""
    with context.database.read() as session:
        judged = verdicts.on_words(session, unclear.text)
    if judged is not None and judged.kind != "not":
        return None
    refused = judged.accept if judged else ()
    left = tuple(each for each in unclear.candidates if each not in refused)
    bank = context.published_bank
    return OpinionRequest(
        push.openid, replace(unclear, candidates=left), bank.bank(), bank.version()
    )


def nobody_waits(context: Context, push: Push, hung_up: Callable[[], bool]) -> bool:
    """An answer that is given now would reach nobody."""
    return hung_up() or context.lags.too_old(push.created_at, context.now())


def _erased(context: Context, push: Push) -> InboundResult:
    """They left, and the settings say that nothing stays. Not recorded, for that would stay:
    a retry finds nothing more to erase."""
    erasure.forget(context, push.openid, why="unsubscribed")
    return InboundResult(SUCCESS, 0)


def receive_together(
    context: Context, messages: Sequence[InboundMessage]
) -> list[InboundResult | None]:
    """Several pushes in one transaction; None for those that must be taken alone."""
    firsts = {message.push.openid: message for message in reversed(messages)}
    try:
        received = _receive(context, list(firsts.values()))
    except DatabaseDownError:
        raise
    except AgainError:
        received = {}
    except Exception as error:  # noqa: BLE001 (one of them must not cost the others their answers)
        log.warning("%s pushes are taken one by one: %s", len(messages), type(error).__name__)
        received = {}
    # Of two tries of one push in the same group the second is a retry like any other: it has a
    # connection of its own, and the reply must know how many carry it.
    return [
        received.get(message.push.key) if firsts[message.push.openid] is message else None
        for message in messages
    ]


def _alone(context: Context, message: InboundMessage) -> InboundResult:
    for _ in range(TRIES):
        stored = _stored(context, message)
        if stored is not None:
            return stored
        try:
            received = _receive(context, [message], wait=True)
        except AgainError:
            continue
        if received:
            return received[message.push.key]
    raise DatabaseDownError("a conversation changes without end")


def _has_end(context: Context, push: Push) -> bool:
    with context.database.read() as session:
        return pushes.has_end(session, push.key)


def _ask_meanwhile(
    context: Context, message: InboundMessage, received: InboundResult
) -> Future[Opinion] | None:
    """A message that waits for more may have its second opinion in the same time."""
    model, unclear = context.model, received.unclear
    if model is None or unclear is None or model.settings.use != "choose":
        return None
    asked = _question(context, message.push, unclear)
    if asked is None:
        return None
    return model.later(lambda: second_opinion.choose(model, context.database, asked))


def _opinion(context: Context, asked: Future[Opinion] | None) -> Opinion | None:
    """What was asked while the message waited; by now it is there, or it is too late for it."""
    model = context.model
    if asked is None or model is None:
        return None
    try:
        opinion = asked.result(timeout=model.settings.seconds)
    except TimeoutError:
        return None
    second_opinion.record(model, context.database, opinion)
    return opinion


def _settled(
    context: Context, message: InboundMessage, asked: Future[Opinion] | None = None
) -> InboundResult:
    """The answer to a push that waited: its own if nothing followed, else nothing."""
    push = message.push
    opinion = _opinion(context, asked)
    for _ in range(TRIES):
        try:
            with context.database.turn(context.database.patience()) as transaction:
                turns.wait_for(transaction, push.openid)
                reading = partial(objects, transaction.connection)
                with reading() as session:
                    ended = pushes.has_end(session, push.key)
                if not ended:
                    known = turns.snapshot(transaction.connection, push.openid)
                    turn = turn_context.build(context, known, context.now(), reading)
                    choice = opinion.choice if opinion is not None else None
                    decision = _decided(context, turn, push, waited=True, opinion=choice)
                    decided = DecidedMessage(
                        message, known, decision, context.published_bank.version()
                    )
                    return settle(transaction, context, decided)
        except AgainError:
            continue
        return _stored(context, message) or InboundResult(SUCCESS, 0)  # erased meanwhile
    raise DatabaseDownError("a conversation changes without end")


def _stored(context: Context, message: InboundMessage) -> InboundResult | None:
    """What a retry gets; None for a push that is new."""
    with context.database.read() as session:
        before = pushes.by_key(session, message.push.key)
        if before is None:
            return None
        waits = before.end is None
    if waits:  # the process that waited with it is gone
        return _settled(context, replace(message, at=context.now()))
    return retries.stored(context, message)


def _receive(
    context: Context, messages: Sequence[InboundMessage], *, wait: bool = False
) -> dict[str, InboundResult]:
    """Decide and `store`. `wait`: block until the one conversation's lock is free."""
    with context.database.turn(min(message.until for message in messages)) as transaction:
        connection = transaction.connection
        if wait:
            turns.wait_for(transaction, messages[0].push.openid)
        known = turns.snapshots(connection, [message.push.openid for message in messages])
        reading = partial(objects, connection)
        decided, asking = [], {}
        for message in messages:
            since = known[message.push.openid]
            turn = turn_context.build(context, since, context.now(), reading)
            version = context.published_bank.version()
            decision = _decided(context, turn, message.push, opinion=message.opinion)
            waits = decision.hold is not None and context.holding.may_wait()
            if not waits and _asks(context, connection, message, decision):
                asking[message.push.key] = InboundResult(
                    SUCCESS, 0, unclear=decision.unclear, stored=False
                )
            else:
                decided.append(DecidedMessage(message, since, decision, version, waits=waits))
        return store(transaction, context, decided) | asking


def _asks(
    context: Context, connection: Connection, message: InboundMessage, decision: Decision
) -> bool:
    """Whether a second opinion comes before the answer: not for a retry of what is stored."""
    model = context.model
    if model is None or model.settings.use != "choose" or decision.unclear is None:
        return False
    return message.opinion is None and not pushes.stored(connection, [message.push.key])


def _decided(
    context: Context,
    turn: TurnContext,
    push: Push,
    *,
    waited: bool = False,
    opinion: str | None = None,
) -> Decision:
    """What to do. An error inside still ends in a reply and a case, never in silence."""
    try:
        incoming = Incoming(
            push.kind, push.words, is_event=push.is_event, waited=waited, opinion=opinion
        )
        return context.decide(
            turn,
            incoming,
            bank=context.published_bank.bank(),
            matcher=context.published_bank.matcher(),
            texts=context.texts,
        )
    except (DatabaseDownError, DBAPIError):
        raise  # nothing can be stored either: WeChat tries again
    except Exception as error:  # noqa: BLE001 (a merchant must not meet silence, whatever broke)
        # The error's own text may hold the merchant's words: only its kind and place are logged.
        place = traceback.extract_tb(error.__traceback__)[-1]
        log.error("deciding failed: %s in %s:%s", type(error).__name__, place.name, place.lineno)  # noqa: TRY400
    failed = Decision(
        end="queued",
        memory=turn.memory,
        stored_text=mask(push.words),
        why="error while deciding",
    )
    if turn.state == "consultant":
        return failed
    case = OpenCase(reason="error", summary="程序在处理这条消息时出了意外")
    return replace(failed, replies=(Reply(context.texts.text("error")),), case=case)
