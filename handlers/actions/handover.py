"""Several cases at once: all of one consultant's, or those that a lead picked."""

from collections.abc import Sequence
from functools import partial

from handlers import cases
from handlers.actions import casework
from handlers.actions.perform import NotFoundError, perform
from handlers.context import Context
from storage.queries import cases as stored_cases
from storage.queries import consultants


def hand_over(context: Context, consultant_id: int, *, of: int, to: str, word: str = "") -> int:
    """Give all open cases of one consultant to a colleague, or with `to` "" back to the queue.

    One's own, or as a lead anybody's. Returns how many; each is a transaction of its own, so that
    what happened meanwhile to one of them does not stop the others.
    """
    with context.database.read() as session:
        by = consultants.get(session, consultant_id)
        if by is None or (of != consultant_id and not cases.is_lead(by)):
            raise cases.NotOwnerError("只有管理员可以移交别人的对话。")
        mine = list(stored_cases.claimed_by(session, of))
    return move(context, consultant_id, mine, to=to, word=word)


def move(
    context: Context,
    consultant_id: int,
    conversation_ids: Sequence[int],
    *,
    to: str,
    word: str = "",
) -> int:
    """Move these conversations' cases to `to`, or back to the queue. Returns how many moved."""
    moved = 0
    for conversation_id in conversation_ids:
        action = partial(casework.transfer, to=to, word=word) if to else casework.requeue
        try:
            perform(context, conversation_id, consultant_id, action)
        except (NotFoundError, cases.NoCaseError, cases.NotOwnerError):
            continue  # it was finished or taken meanwhile
        moved += 1
    return moved


def resolve_all(
    context: Context, consultant_id: int, conversation_ids: Sequence[int], outcome: str
) -> int:
    """Finish these cases with one outcome. Returns how many were open and could be finished."""
    done = 0
    for conversation_id in conversation_ids:
        try:
            perform(
                context, conversation_id, consultant_id, partial(casework.resolve, outcome=outcome)
            )
        except (NotFoundError, cases.CaseError):
            continue
        done += 1
    return done
