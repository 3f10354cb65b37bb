"""Several cases at once: all of one consultant's, or those that a lead picked."""

from collections.abc import Sequence
from functools import partial

from handlers import cases
from handlers.actions import casework, profile
from handlers.actions.perform import Acting, Action, NotFoundError, perform
from handlers.context import Context
from storage.queries import cases as stored_cases
from storage.queries import consultants, tags


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
    return len(move(context, consultant_id, mine, to=to, word=word))


def move(
    context: Context,
    consultant_id: int,
    conversation_ids: Sequence[int],
    *,
    to: str,
    word: str = "",
    tell: bool | None = None,
) -> list[int]:
    """Move these conversations' cases to `to`, or back to the queue, of which the merchants are
    told unless `tell` is False. Returns those that moved."""
    if to:
        return _each(
            context, consultant_id, conversation_ids, partial(casework.transfer, to=to, word=word)
        )
    return _each(context, consultant_id, conversation_ids, partial(casework.requeue, tell=tell))


def claim_all(context: Context, consultant_id: int, conversation_ids: Sequence[int]) -> list[int]:
    """Take these; those that somebody else has meanwhile stay with them."""
    return _each(context, consultant_id, conversation_ids, casework.claim)


def tag_all(
    context: Context, consultant_id: int, conversation_ids: Sequence[int], name: str
) -> list[int]:
    """Returns those that did not have the tag."""

    def tag(acting: Acting) -> None:
        if any(each.name == name for each in tags.of(acting.session, acting.conversation.id)):
            raise cases.CaseError("已经有这个标签。")
        profile.tag(acting, name)

    return _each(context, consultant_id, conversation_ids, tag)


def untag_all(
    context: Context, consultant_id: int, conversation_ids: Sequence[int], name: str
) -> list[int]:
    def untag(acting: Acting) -> None:
        for each in tags.of(acting.session, acting.conversation.id):
            if each.name == name:
                profile.untag(acting, each.id)

    return _each(context, consultant_id, conversation_ids, untag)


def resolve_all(
    context: Context,
    consultant_id: int,
    conversation_ids: Sequence[int],
    outcome: str,
    *,
    tell: bool | None = None,
) -> list[int]:
    """Finish these cases with one outcome. Returns those that were open and could be finished."""
    action = partial(casework.resolve, outcome=outcome, tell=tell, ask_rating=False)
    return _each(context, consultant_id, conversation_ids, action)


def reopen_all(context: Context, consultant_id: int, conversation_ids: Sequence[int]) -> list[int]:
    return _each(context, consultant_id, conversation_ids, casework.reopen)


def _each(
    context: Context, consultant_id: int, conversation_ids: Sequence[int], action: Action[object]
) -> list[int]:
    """One transaction each; what was finished or taken meanwhile is left out."""
    done = []
    for conversation_id in conversation_ids:
        try:
            perform(context, conversation_id, consultant_id, action)
        except (NotFoundError, cases.CaseError):
            continue
        done.append(conversation_id)
    return done
