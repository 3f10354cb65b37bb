"""One push from WeChat: recorded once, decided, stored and answered in a single transaction.

Every merchant message ends in exactly one of: answered, queued (a person will), or deliberately
ignored with a reason. A retry gets the stored reply and runs nothing twice. No call to WeChat
happens in here.
"""

import logging
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from faq.private import mask
from handlers import cases, outbox, privacy, scenes
from handlers.dialogue.decide import READABLE, decide
from handlers.dialogue.turn import CancelCase, Incoming, OpenCase, Reply, Scene, Turn
from handlers.parts import Parts
from storage import cases as stored_cases
from storage import conversations, deliveries, messages, pushes
from storage import media as stored_media
from storage.database import DatabaseDownError, DBAPIError, Session
from storage.tables import Conversation, Media
from wechat import limits
from wechat.push import MESSAGES, Push
from wechat.replies import SUCCESS, render_text

log = logging.getLogger(__name__)

WITH_MEDIA = frozenset({"image", "voice", "video", "shortvideo"})
# WeChat hangs up after five seconds. What is decided later than this is delivered by the API.
TOO_LATE = timedelta(seconds=4)
FOLLOWING = {"subscribe": "商家关注了公众号", "unsubscribe": "商家取消了关注"}


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

    A retry that comes while the first is still being decided waits for it at the lock, and gets
    its reply.
    """
    arrived = parts.now()
    parts.shelf.refresh()
    if push.kind in READABLE:
        # The longest part of a decision, before it holds a lock that others wait for. What may be
        # wrong with it shows again, and is handled, when the turn is decided.
        with suppress(Exception):
            parts.shelf.matcher().prepare(push.words)
    if push.kind == "unsubscribe" and parts.firm.erase_on_unsubscribe:
        return _erased(parts, push)
    received = parts.database.transact(lambda session: _take(session, parts, push, arrived))
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


def _take(session: Session, parts: Parts, push: Push, arrived: datetime) -> Received:
    now = parts.now()
    conversation = conversations.lock(session, push.openid, now)
    push_id = pushes.record(
        session, key=push.key, conversation_id=conversation.id, kind=push.kind, now=now
    )
    if push_id is None:
        return _stored(session, push, conversation.id)
    scene = scenes.scene(session, conversation, parts, now)
    turn = _decided(parts, scene, push)
    # All changes to the conversation in one place: they become one UPDATE.
    _note_arrival(conversation, push, now)
    conversations.touch(session, conversation, now)
    _remember_incoming(session, conversation, push_id, push, turn, parts.firm.menu)
    _carry_out(session, conversation, turn, now)
    took = parts.now() - arrived
    on = outbox.Occasion(push_id, parts.firm.account, now, late=took >= TOO_LATE)
    # Asked again right before anything is said: the rule of the whole house.
    replies = turn.replies if cases.may_bot_speak(session, conversation) else ()
    answer = outbox.answer(session, conversation, replies, on)
    reply = render_text(push, answer.text, now) if answer.text else SUCCESS
    pushes.decide(session, push_id, pushes.Decision(turn.end, turn.why, reply, now, took))
    ring = isinstance(turn.case, OpenCase) or push.kind in WITH_MEDIA or answer.waits
    return Received(reply, conversation.id, ring, answer.riding)


def _stored(session: Session, push: Push, conversation_id: int) -> Received:
    before = pushes.by_key(session, push.key)
    if before is None or not before.reply:
        return Received(SUCCESS, conversation_id)
    since = before.decided_at
    riding = deliveries.riding(session, conversation_id, since) if since is not None else ()
    return Received(before.reply, conversation_id, riding=tuple(riding))


def _note_arrival(conversation: Conversation, push: Push, now: datetime) -> None:
    """What the push alone tells: whether they follow us, and what WeChat lets us send now."""
    conversation.following = push.kind != "unsubscribe"
    if push.opens_window is not None:
        window = outbox.window_of(conversation)
        outbox.set_window(conversation, limits.opened(window, push.opens_window, now))
    if push.kind in MESSAGES:
        conversation.last_merchant_at = now


def _decided(parts: Parts, scene: Scene, push: Push) -> Turn:
    """What to do. An error inside still ends in a reply and a case, never in silence."""
    shelf, texts = parts.shelf, parts.texts
    try:
        incoming = Incoming(push.kind, push.words, is_event=push.is_event)
        return decide(scene, incoming, bank=shelf.bank(), matcher=shelf.matcher(), texts=texts)
    except DBAPIError:
        raise  # nothing can be stored on this connection any more: WeChat tries again
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
    session: Session,
    conversation: Conversation,
    push_id: int,
    push: Push,
    turn: Turn,
    menu: Mapping[str, str],
) -> None:
    now = conversation.updated_at
    text = push.words if turn.stored_text is None else turn.stored_text
    author, kind = "merchant", push.kind
    if push.kind == "click":
        text = menu.get(text, text)  # the words that the merchant tapped
    if push.kind in FOLLOWING:
        author, kind, text = "system", "event", FOLLOWING[push.kind]
    elif push.is_event and turn.end == "ignored":
        return  # a page view or a location report is nothing that was said
    media = _media(session, conversation, push, now)
    meaning = turn.understanding
    said = {
        "author": author,
        "kind": kind,
        "text": text,
        "media_id": media.id if media else None,
        "understanding": scenes.kept(meaning) if meaning else None,
    }
    origin = {"conversation_id": conversation.id, "push_id": push_id, "created_at": now}
    messages.write(session, origin | said)


def _media(session: Session, conversation: Conversation, push: Push, now: datetime) -> Media | None:
    """The row that a job fetches the file for: WeChat drops it after three days."""
    if push.kind not in WITH_MEDIA or not push.media_id:
        return None
    return stored_media.add(
        session,
        Media(
            conversation_id=conversation.id,
            wechat_id=push.media_id,
            kind=push.kind,
            due_at=now,
            created_at=now,
        ),
    )


def _carry_out(session: Session, conversation: Conversation, turn: Turn, now: datetime) -> None:
    """Open or cancel the case, and remember the walk."""
    conversation.memory = dict(turn.memory)
    if isinstance(turn.case, CancelCase):
        cases.cancel(session, conversation, now)
    elif turn.case is not None:
        opening = cases.Opening(turn.case.reason, turn.case.summary, turn.case.form)
        cases.open_case(session, conversation, opening, now)
        conversation.name = turn.case.form.get("shop", conversation.name)[:64]
    if turn.add_to_case:
        open_case = conversations.open_case(session, conversation.id)
        if open_case is not None:
            cases.add_to_form(open_case, turn.add_to_case)
    if turn.rating is not None:
        stored_cases.rate_latest(session, conversation.id, turn.rating)
