"""Runs one action: conversation locked, committed, retried, its deliveries enqueued."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from handlers.cases import CaseError
from handlers.context import Context
from storage.database import Session
from storage.models.conversations import Case, Consultant, Conversation
from storage.queries import cases as stored_cases
from storage.queries import consultants, conversations

T = TypeVar("T")


class NotFoundError(Exception):
    """There is no such conversation, message or consultant."""


@dataclass(slots=True)
class Acting:
    """One action: the transaction, the locked conversation, who acts, and when.

    `deliver` is set by whatever puts something on its way to the merchant.
    """

    context: Context
    session: Session
    conversation: Conversation
    by: Consultant
    now: datetime
    deliver: bool = False

    def trace(self, case: Case, action: str, detail: str = "") -> None:
        """Record who did what in the case's history."""
        stored_cases.trace(
            self.session, case, at=self.now, actor=self.by.name, action=action, detail=detail
        )

    def touch(self) -> None:
        """Every open page of the desk learns that the conversation changed."""
        conversations.touch(self.session, self.conversation, self.now)


Action = Callable[[Acting], T]


def perform(context: Context, conversation_id: int, consultant_id: int, action: Action[T]) -> T:
    """Do one thing and commit. It may run twice, when the database asks for that.

    Raises NotFoundError, and whatever the action raises (a cases.CaseError says why not).
    """

    def work(session: Session) -> tuple[T, bool]:
        conversation = conversations.lock_by_id(session, conversation_id)
        by = consultants.get(session, consultant_id)
        if conversation is None or by is None:
            raise NotFoundError
        acting = Acting(context, session, conversation, by, context.now())
        result = action(acting)
        return result, acting.deliver

    result, deliver = context.database.transact(work)
    if deliver:
        context.enqueue_delivery(conversation_id)
    return result


def perform_each(
    context: Context, consultant_id: int, conversation_ids: Sequence[int], action: Action[object]
) -> list[int]:
    """Do it to several, a transaction each. Returns those that it was done to; what was finished
    or taken meanwhile is left out."""
    done = []
    for conversation_id in conversation_ids:
        try:
            perform(context, conversation_id, consultant_id, action)
        except (NotFoundError, CaseError):
            continue
        done.append(conversation_id)
    return done
