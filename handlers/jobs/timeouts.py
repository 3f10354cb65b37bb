"""Timeouts of cases: claims that expire, snoozes that end, alerts for long waits."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from handlers import cases
from handlers.context import Context
from handlers.outbound import alerts
from storage.database import Session
from storage.models.conversations import Case, Conversation
from storage.queries import cases as stored_cases
from storage.queries import conversations, inbox, upkeep

CLOSED_MINUTES = 7 * 24 * 60  # nobody is told twice of the same case in a night
Due = Callable[[Session, Context, Case, datetime], bool]
Act = Callable[[Session, Conversation, Case, datetime], None]


def expire(context: Context) -> int:
    """Claims that nobody works on go back to the queue. Returns how many."""
    return _each_claimed(context, _is_left_alone, cases.expire_claim)


def wake(context: Context) -> int:
    """Snoozed cases whose time is over, or whose merchant wrote, are in sight again."""
    return _each_claimed(context, _has_slept, _wake)


def tell(context: Context, holder: str) -> int:
    """Tell people of new cases, and while the firm is open again of those that wait too long.

    Returns how many cases were told of; 0 also where the settings name nobody to tell.
    """
    context.edited_hours.refresh(context.database)
    now, firm = context.now(), context.firm
    again = firm.alert_minutes if context.hours.is_open(now) else CLOSED_MINUTES
    return alerts.tell(
        context.database, context.alert_targets, now, again_minutes=again, holder=holder
    )


def _each_claimed(context: Context, due: Due, act: Act) -> int:
    """Look without a lock, then decide again under the conversation's lock."""
    now = context.now()
    with context.database.read() as session:
        found = [
            case.conversation_id
            for case in upkeep.claimed(session)
            if due(session, context, case, now)
        ]

    def locked(session: Session, conversation_id: int) -> bool:
        conversation = conversations.lock_by_id(session, conversation_id)
        case = conversations.open_case(session, conversation_id)
        if not conversation or not case or case.state != "claimed":
            return False
        if not due(session, context, case, now):
            return False
        act(session, conversation, case, now)
        return True

    return sum(context.database.transact(partial(locked, conversation_id=each)) for each in found)


def _is_left_alone(session: Session, context: Context, case: Case, now: datetime) -> bool:
    if cases.is_snoozed(case, case.conversation, now):
        return False
    unanswered = inbox.owed_since(session, [case.conversation_id]).get(case.conversation_id)
    expires_at = cases.expires_at(case, unanswered, context.firm.claim_minutes)
    return expires_at is not None and expires_at < now


def _has_slept(_session: Session, _context: Context, case: Case, now: datetime) -> bool:
    return case.snoozed_until is not None and not cases.is_snoozed(case, case.conversation, now)


def _wake(session: Session, conversation: Conversation, case: Case, now: datetime) -> None:
    """The consultant has `claim_minutes` from now on."""
    case.snoozed_until, case.snoozed_at, case.worked_at = None, None, now
    stored_cases.trace(session, case, at=now, actor="system", action="woken")
    conversations.touch(session, conversation, now)
