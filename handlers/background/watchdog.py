"""A merchant's message that was taken and never decided: found after a minute, never left silent.

Recording and deciding are one transaction, so there should be none, ever. This is the net under
it: the metric `silent` says that it is empty.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from handlers import cases, outbox
from handlers.parts import Parts
from storage import conversations, messages, pushes, upkeep
from storage.database import Session
from storage.tables import Conversation, Message, Push
from wechat.push import MESSAGES

PATIENCE = timedelta(minutes=1)
WHY = "found without an end by the watchdog"
SUMMARY = "有一条消息没有处理完，请看一看商家说了什么。"


def finish(parts: Parts) -> list[int]:
    """Give every push that is a minute old an end. Returns the conversations to deliver to.

    The passive reply is gone: what the bot says goes by the API, or waits for the next message.
    """
    before = parts.now() - PATIENCE
    with parts.database.read() as session:
        found = [
            (push.id, push.conversation_id) for push in pushes.undecided(session, before=before)
        ]
    finished = []
    for push_id, conversation_id in found:
        work = _finishing(parts, push_id, conversation_id)
        if parts.database.transact(work):
            finished.append(conversation_id)
    return finished


def _finishing(parts: Parts, push_id: int, conversation_id: int) -> Callable[[Session], bool]:
    def work(session: Session) -> bool:
        conversation = conversations.lock_by_id(session, conversation_id)
        push = session.get(Push, push_id)
        if conversation is None or push is None or push.end is not None:
            return False
        now = parts.now()
        push.end, push.why, push.decided_at = "ignored", WHY, now
        if push.kind in MESSAGES:
            push.end = "queued"
            _escalate(session, parts, conversation, push, now)
        upkeep.bump(session, "silent_rescued")
        conversations.touch(session, conversation, now)
        return True

    return work


def _escalate(
    session: Session, parts: Parts, conversation: Conversation, push: Push, now: datetime
) -> None:
    """A person looks at it. Where one is there already, nothing is said over their head."""
    if not cases.may_bot_speak(conversations.state(session, conversation.id)):
        return
    cases.open_case(session, conversation, cases.Opening("error", SUMMARY), now)
    message = Message(
        conversation_id=conversation.id,
        author="bot",
        text=parts.texts.text("error"),
        push_id=push.id,
        created_at=now,
    )
    outbox.enqueue(session, messages.add(session, message), now)
