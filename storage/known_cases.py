"""Which open case a session has found in a conversation: asked once a transaction.

Cases change only under the lock of their conversation.
"""

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from storage.models.conversations import Case

KNOWN = "open cases"  # in Session.info: conversation id → the case, None when none is open


def of(session: Session) -> "dict[int, Case | None]":
    known: dict[int, Case | None] = session.info.setdefault(KNOWN, {})
    return known


def note(session: Session, case: "Case") -> None:
    """This case was just opened, or opened again."""
    of(session)[case.conversation_id] = case


def forget(session: Session) -> None:
    """What was seen before the lock may be over."""
    session.info.pop(KNOWN, None)
