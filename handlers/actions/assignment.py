"""Gives waiting cases to consultants on duty, where the settings say so.

Only in opening hours: a duty switch that somebody forgot in the evening gets no case at night.
"""

from datetime import datetime
from functools import partial

from handlers import cases
from handlers.china_time import today
from handlers.context import Context
from storage.database import Session
from storage.models.conversations import Case, Consultant
from storage.queries import cases as stored_cases
from storage.queries import consultants, conversations


def assign_waiting(context: Context) -> int:
    """Returns how many cases were given to somebody, the longest wait first."""
    if not context.firm.auto_assign or not _is_open(context):
        return 0
    with context.database.read() as session:
        waiting = stored_cases.waiting_conversations(session)
    given = 0
    try:
        for conversation_id in waiting:
            work = partial(_assign, context=context, conversation_id=conversation_id)
            given += context.database.transact(work)
    except NobodyFreeError:
        pass  # the others would only lock their conversations for nothing
    return given


class NobodyFreeError(Exception):
    """Whoever is on duty has all the cases that they may have."""


def _is_open(context: Context) -> bool:
    context.edited_hours.refresh(context.database)
    return context.hours.is_open(context.now())


def _assign(session: Session, *, context: Context, conversation_id: int) -> bool:
    conversation = conversations.lock_by_id(session, conversation_id)
    case = conversations.open_case(session, conversation_id)
    if conversation is None or case is None or case.state != "waiting":
        return False
    now = context.now()
    to = _whom(session, case, context.firm.capacity, now)
    return to is not None and cases.assign(session, conversation, case, to, now)


def _whom(session: Session, case: Case, capacity: int, now: datetime) -> Consultant | None:
    """The one who had this merchant before, else the one with the fewest open cases.

    Nobody gets a case that they gave up already, or more than they may have at a time. Raises
    NobodyFreeError.
    """
    with_room = [
        (has, person.id, person)
        for person, has in consultants.on_duty(session, today(now))
        if has < (person.case_limit or capacity)
    ]
    if not with_room:
        raise NobodyFreeError
    gave_up = stored_cases.gave_up(session, case.id)
    free = [each for each in with_room if each[2].name not in gave_up]
    if not free:
        return None
    before = _previous(session, case)
    known = [person for _, _, person in free if person.id == before]
    return known[0] if known else min(free)[2]


def _previous(session: Session, case: Case) -> int | None:
    """The consultant of this merchant's last case before this one."""
    had = [
        each.consultant_id
        for each in stored_cases.history(session, case.conversation_id)
        if each.id != case.id and each.consultant_id is not None
    ]
    return had[-1] if had else None
