"""What was noted down about merchants, and all that happened with one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from storage.models.conversations import Case, CaseEvent, Conversation
from storage.models.desk import ProfileChange
from storage.models.knowledge import Verdict

__all__ = ["Moment", "ProfileChange"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `kind` is an action of a case's trace, or first | profile | verdict;
    `actor` a consultant's name, or bot | merchant | system; `detail` belongs to the kind."""

    at: datetime
    actor: str
    kind: str
    detail: str = ""
    case_id: int | None = None


def note(
    session: Session, conversation_id: int, field: str, value: str, *, actor: str, now: datetime
) -> None:
    session.add(
        ProfileChange(
            conversation_id=conversation_id, field=field, value=value, actor=actor, at=now
        )
    )


def latest(session: Session, conversation_id: int) -> dict[str, ProfileChange]:
    """The last change of each field."""
    return {row.field: row for row in _changes(session, conversation_id)}


def timeline(session: Session, conversation: Conversation) -> list[Moment]:
    """Over all cases of a merchant, oldest first."""
    moments = [Moment(conversation.created_at, "merchant", "first")]
    moments += _cases(session, conversation.id)
    moments += [
        Moment(row.at, row.actor, "profile", row.field)
        for row in _changes(session, conversation.id)
    ]
    moments += _verdicts(session, conversation.id)
    return sorted(moments, key=lambda moment: moment.at)


def _changes(session: Session, conversation_id: int) -> Sequence[ProfileChange]:
    return session.scalars(
        select(ProfileChange)
        .where(ProfileChange.conversation_id == conversation_id)
        .order_by(ProfileChange.id)
    ).all()


def _cases(session: Session, conversation_id: int) -> list[Moment]:
    events = session.scalars(
        select(CaseEvent)
        .join(Case, Case.id == CaseEvent.case_id)
        .where(Case.conversation_id == conversation_id)
        .order_by(CaseEvent.id)
    )
    return [Moment(e.at, e.actor, e.action, e.detail, e.case_id) for e in events]


def _verdicts(session: Session, conversation_id: int) -> list[Moment]:
    rows = session.scalars(
        select(Verdict)
        .where(Verdict.conversation_id == conversation_id)
        .options(joinedload(Verdict.consultant))
        .order_by(Verdict.at, Verdict.id)
    )
    return [Moment(row.at, row.consultant.name, "verdict", row.verdict) for row in rows]
