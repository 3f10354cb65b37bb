"""One push from WeChat: decided, then recorded once, stored and answered in a single transaction.

Every merchant message ends in exactly one of: answered, queued (a person will), or deliberately
ignored with a reason. A retry gets the stored reply and runs nothing twice. No call to WeChat
happens in here.
"""

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from faq.private import mask
from handlers import cases, outbox, privacy, scenes
from handlers.dialogue.decide import decide
from handlers.dialogue.turn import CancelCase, Incoming, OpenCase, Reply, Scene, Turn
from handlers.parts import Parts
from storage import cases as stored_cases
from storage import conversations, database, deliveries, messages, pushes, turns
from storage import media as stored_media
from storage.database import (
    AgainError,
    Connection,
    DatabaseDownError,
    DBAPIError,
    Session,
    objects,
)
from storage.tables import Media
from storage.turns import Snapshot
from wechat import limits
from wechat.push import MESSAGES, Push
from wechat.replies import SUCCESS, render_text

log = logging.getLogger(__name__)

WITH_MEDIA = frozenset({"image", "voice", "video", "shortvideo"})
# WeChat hangs up after five seconds. What is decided later than this is delivered by the API.
TOO_LATE = timedelta(seconds=4)
# The second try holds the conversation. Only its first row, or an erasure, can bring a third.
TRIES = 5
FOLLOWING = {"subscribe": "商家关注了公众号", "unsubscribe": "商家取消了关注"}


class RepeatedError(Exception):
    """WeChat pushed this before, and it is stored."""


@dataclass(frozen=True, slots=True)
class Received:
    """The plain XML to answer with ("success" for nothing), and who to wake up afterwards.

    Call `left` once it has left, if there is something `riding` on it.
    """

    reply: str
    conversation_id: int
    ring: bool = False
    riding: tuple[int, ...] = ()


def receive(parts: Parts, push: Push) -> Received:
    """Take a push. Raises DatabaseDownError when nothing could be stored: WeChat tries again.

    What to do is decided on what was read without a lock, and stored only if the conversation is
    still as it was. Otherwise it is decided again, and this time the conversation is held.
    """
    arrived = parts.now()
    parts.shelf.refresh()
    if push.kind == "unsubscribe" and parts.firm.erase_on_unsubscribe:
        return _erased(parts, push)
    for attempt in range(TRIES):
        try:
            received = _receive(parts, push, arrived, hold=attempt > 0)
        except AgainError:
            continue
        except RepeatedError:
            return _stored(parts, push)
        if received.ring:
            parts.ring(received.conversation_id)
        return received
    raise DatabaseDownError("a conversation changes without end")


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


def _receive(parts: Parts, push: Push, arrived: datetime, *, hold: bool) -> Received:
    with parts.database.turn() as transaction:
        if hold:
            turns.hold(transaction, push.openid)
        known = turns.snapshot(transaction.connection, push.openid)
        reading = partial(objects, transaction.connection)
        turn = _decided(parts, scenes.scene(parts, known, parts.now(), reading), push)
        return _take(transaction, parts, _Taking(push, known, turn, arrived))


@dataclass(frozen=True, slots=True)
class _Taking:
    """A push that `arrived`, what was known then, and what was decided about it."""

    push: Push
    known: Snapshot
    turn: Turn
    arrived: datetime


def _take(transaction: database.Turn, parts: Parts, taking: _Taking) -> Received:
    push, known, turn = taking.push, taking.known, taking.turn
    now, connection = parts.now(), transaction.connection
    conversation_id = turns.advance(transaction, known, _changes(taking, now), now)
    took = parts.now() - taking.arrived  # the wait for the lock is over only here
    on = outbox.Occasion(parts.firm.account, now, late=took >= TOO_LATE)
    # Asked again right before anything is said: the rule of the whole house.
    replies = turn.replies if cases.may_bot_speak(known.state) else ()
    answer = outbox.answer(connection, conversation_id, replies, on, unfinished=known.unfinished)
    reply = render_text(push, answer.text, now) if answer.text else SUCCESS
    decision = pushes.Decision(turn.end, turn.why, reply, now, took)
    push_id = pushes.record(
        connection,
        key=push.key,
        conversation_id=conversation_id,
        kind=push.kind,
        decision=decision,
    )
    if push_id is None:
        raise RepeatedError
    origin = {"conversation_id": conversation_id, "push_id": push_id, "created_at": now}
    _remember_incoming(connection, taking, parts.firm.menu, origin)
    outbox.keep(connection, answer, origin)
    if turn.case or turn.add_to_case or turn.rating is not None:
        with objects(connection) as session:
            _carry_out(session, conversation_id, turn, now)
    ring = isinstance(turn.case, OpenCase) or push.kind in WITH_MEDIA or answer.waits
    return Received(reply, conversation_id, ring, answer.riding)


def _stored(parts: Parts, push: Push) -> Received:
    with parts.database.read() as session:
        before = pushes.by_key(session, push.key)
        if before is None:  # erased at this moment
            return Received(SUCCESS, 0)
        since = before.decided_at
        riding = deliveries.riding(session, before.conversation_id, since) if since else ()
    return Received(before.reply or SUCCESS, before.conversation_id, riding=tuple(riding))


def _changes(taking: _Taking, now: datetime) -> dict[str, Any]:
    """What becomes of the conversation: the walk, whether they follow us, and what WeChat lets us
    send now."""
    push, known = taking.push, taking.known
    changes = {"memory": dict(taking.turn.memory), "following": push.kind != "unsubscribe"}
    if push.opens_window is not None:
        window = limits.opened(
            limits.Window(known.window_left, known.window_until), push.opens_window, now
        )
        changes |= {"window_left": window.left, "window_until": window.expires_at}
    if push.kind in MESSAGES:
        changes["last_merchant_at"] = now
    return changes


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


def _remember_incoming(
    connection: Connection, taking: _Taking, menu: Mapping[str, str], origin: dict[str, Any]
) -> None:
    push, turn = taking.push, taking.turn
    text = push.words if turn.stored_text is None else turn.stored_text
    author, kind = "merchant", push.kind
    if push.kind == "click":
        text = menu.get(text, text)  # the words that the merchant tapped
    if push.kind in FOLLOWING:
        author, kind, text = "system", "event", FOLLOWING[push.kind]
    elif push.is_event and turn.end == "ignored":
        return  # a page view or a location report is nothing that was said
    meaning = turn.understanding
    said = {
        "author": author,
        "kind": kind,
        "text": text,
        "media_id": _media(connection, push, origin),
        "understanding": scenes.kept(meaning) if meaning else None,
    }
    messages.write(connection, origin | said)


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


def _carry_out(session: Session, conversation_id: int, turn: Turn, now: datetime) -> None:
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
        stored_cases.rate_latest(session, conversation_id, turn.rating)
