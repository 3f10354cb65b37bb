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

from faq.private import mask
from handlers import outbox, privacy, scenes
from handlers.dialogue.decide import decide
from handlers.dialogue.turn import Incoming, OpenCase, Reply, Scene, Turn
from handlers.parts import Parts
from handlers.storing import Arrival, Received, Taking, store
from storage import deliveries, pushes, turns
from storage.database import (
    AgainError,
    DatabaseDownError,
    DBAPIError,
    objects,
)
from wechat.push import Push
from wechat.replies import SUCCESS

log = logging.getLogger(__name__)

# Alone, it holds the conversation. Only its first row, or an erasure, can bring a second try.
TRIES = 5


def receive(parts: Parts, push: Push) -> Received:
    """Take a push. Raises DatabaseDownError when nothing could be stored: WeChat tries again.

    What to do is decided on what was read without a lock, together with the pushes that come at
    the same time, and stored if the conversation is still as it was. Otherwise it is decided again,
    alone and with the conversation held.
    """
    arrival = Arrival(push, parts.now(), parts.database.patience())
    parts.shelf.refresh()
    if push.kind == "unsubscribe" and parts.firm.erase_on_unsubscribe:
        return _erased(parts, push)
    received = parts.pushes.do(arrival, partial(receive_together, parts)) or _alone(parts, arrival)
    if received.ring:
        parts.ring(received.conversation_id)
    return received


def left(parts: Parts, received: Received) -> None:
    """The answer has gone out. Never raises: who would hear it?"""
    try:
        parts.database.transact(lambda session: outbox.arrived(session, received.riding))
        parts.ring(received.conversation_id)  # what was said meanwhile waited behind it
    except DatabaseDownError:
        log.warning("a reply left and could not be noted; its messages will be called uncertain")


def _erased(parts: Parts, push: Push) -> Received:
    """They left, and the settings say that nothing stays. Not recorded, for that would stay:
    a retry finds nothing more to erase."""
    privacy.forget(parts, push.openid, why="unsubscribed")
    return Received(SUCCESS, 0)


def receive_together(parts: Parts, arrivals: Sequence[Arrival]) -> list[Received | None]:
    """Several pushes in one transaction; None for those that must be taken alone."""
    firsts = {arrival.push.openid: arrival for arrival in reversed(arrivals)}
    try:
        received = _receive(parts, list(firsts.values()))
    except DatabaseDownError:
        raise
    except AgainError:
        received = {}
    except Exception as error:  # noqa: BLE001 (one of them must not cost the others their answers)
        log.warning("%s pushes are taken one by one: %s", len(arrivals), type(error).__name__)
        received = {}
    return [received.get(arrival.push.key) for arrival in arrivals]


def _alone(parts: Parts, arrival: Arrival) -> Received:
    for _ in range(TRIES):
        stored = _stored(parts, arrival.push)
        if stored is not None:
            return stored
        try:
            received = _receive(parts, [arrival], wait=True)
        except AgainError:
            continue
        if received:
            return received[arrival.push.key]
    raise DatabaseDownError("a conversation changes without end")


def _stored(parts: Parts, push: Push) -> Received | None:
    """What a retry gets."""
    with parts.database.read() as session:
        before = pushes.by_key(session, push.key)
        if before is None:
            return None
        since = before.decided_at
        riding = deliveries.riding(session, before.conversation_id, since) if since else ()
    return Received(before.reply or SUCCESS, before.conversation_id, riding=tuple(riding))


def _receive(
    parts: Parts, arrivals: Sequence[Arrival], *, wait: bool = False
) -> dict[str, Received]:
    """Decide and `store`. `wait`: for one alone, until nobody else holds its conversation."""
    with parts.database.turn(min(arrival.until for arrival in arrivals)) as transaction:
        connection = transaction.connection
        if wait:
            turns.wait_for(transaction, arrivals[0].push.openid)
        known = turns.snapshots(connection, [arrival.push.openid for arrival in arrivals])
        reading = partial(objects, connection)
        takings = []
        for arrival in arrivals:
            since = known[arrival.push.openid]
            scene = scenes.scene(parts, since, parts.now(), reading)
            takings.append(Taking(arrival, since, _decided(parts, scene, arrival.push)))
        return store(transaction, parts, takings)


def _decided(parts: Parts, scene: Scene, push: Push) -> Turn:
    """What to do. An error inside still ends in a reply and a case, never in silence."""
    shelf, texts = parts.shelf, parts.texts
    try:
        incoming = Incoming(push.kind, push.words, is_event=push.is_event)
        return decide(scene, incoming, bank=shelf.bank(), matcher=shelf.matcher(), texts=texts)
    except (DatabaseDownError, DBAPIError):
        raise  # nothing can be stored either: WeChat tries again
    except Exception as error:  # noqa: BLE001 (a merchant must not meet silence, whatever broke)
        # The error's own text may hold the merchant's words: only its kind and place are logged.
        place = traceback.extract_tb(error.__traceback__)[-1]
        log.error("deciding failed: %s in %s:%s", type(error).__name__, place.name, place.lineno)  # noqa: TRY400
    failed = Turn(
        end="queued",
        memory=scene.memory,
        stored_text=mask(push.words),
        why="error while deciding",
    )
    if scene.state == "consultant":
        return failed
    case = OpenCase(reason="error", summary="程序在处理这条消息时出了意外")
    return replace(failed, replies=(Reply(texts.text("error")),), case=case)
