"""Finds merchants' messages that were recorded and never decided, after a minute.

Recording and deciding are one transaction, so there should be none; the metric `silent` counts
them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from handlers import cases
from handlers.context import Context
from handlers.outbound import outbox
from storage.database import Session
from storage.models.conversations import Conversation, ReceivedPush
from storage.queries import conversations, pushes, upkeep
from wechat.push import MESSAGES

PATIENCE = timedelta(minutes=1)
WHY = "found without an end by the watchdog"
SUMMARY = "有一条消息没有处理完，请看一看商家说了什么。"


def finish(context: Context) -> list[int]:
    """Give every push that is a minute old an end. Returns the conversations to deliver to.

    The passive reply is gone: what the bot says goes by the API, or waits for the next message.
    """
    before = context.now() - PATIENCE
    with context.database.read() as session:
        found = [
            (push.id, push.conversation_id) for push in pushes.undecided(session, before=before)
        ]
    return [
        conversation_id
        for push_id, conversation_id in found
        if context.database.transact(_finishing(context, push_id, conversation_id))
    ]


def _finishing(context: Context, push_id: int, conversation_id: int) -> Callable[[Session], bool]:
    def work(session: Session) -> bool:
        conversation = conversations.lock_by_id(session, conversation_id)
        push = session.get(ReceivedPush, push_id)
        if conversation is None or push is None or push.end is not None:
            return False
        now = context.now()
        push.end, push.why, push.decided_at = "ignored", WHY, now
        if push.kind in MESSAGES:
            push.end = "queued"
            _escalate(session, context, conversation, push, now)
        upkeep.bump(session, "silent_rescued")
        conversations.touch(session, conversation, now)
        return True

    return work


def _escalate(
    session: Session,
    context: Context,
    conversation: Conversation,
    push: ReceivedPush,
    now: datetime,
) -> None:
    """A person looks at it. Where one is there already, nothing is said over their head."""
    if not cases.may_bot_speak(conversations.state(session, conversation.id)):
        return
    cases.open_case(session, conversation, cases.Opening("error", SUMMARY), now)
    text = context.texts.text("error")
    outbox.say_as_bot(session, conversation, text, now, push_id=push.id)
