"""The model's ledger: written after each call, counted for the limit, reported to the owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.models.conversations import Message
from storage.models.knowledge import Observation, Verdict
from storage.models.model_calls import ModelCall


def add(session: Session, **columns: Any) -> None:  # noqa: ANN401 (the table's own columns)
    session.add(ModelCall(**columns))


def count_since(session: Session, since: datetime) -> int:
    """How many questions were asked since then, for the daily limit."""
    return session.scalar(select(func.count()).where(ModelCall.at >= since)) or 0


def is_draft(session: Session, conversation_id: int, digest: str, since: datetime) -> bool:
    """Whether a text with this digest was drafted for this conversation lately."""
    found = session.scalar(
        select(ModelCall.id)
        .where(
            ModelCall.conversation_id == conversation_id,
            ModelCall.digest == digest,
            ModelCall.at >= since,
        )
        .limit(1)
    )
    return found is not None


def latest_message(session: Session, conversation_id: int, at: datetime) -> int | None:
    """The merchant's message that a choice was about: the last one up to that moment."""
    return session.scalar(
        select(func.max(Message.id)).where(
            Message.conversation_id == conversation_id,
            Message.author == "merchant",
            Message.created_at >= at,
        )
    )


@dataclass(frozen=True, slots=True)
class JudgedChoice:
    """One choice of the model beside ours and the verdict of a consultant, if there is one.

    `expected` are the entries that the verdict accepts; None without a verdict.
    """

    use: str
    choice: str
    ours: str
    expected: tuple[str, ...] | None
    ms: int
    tokens: int


def choices(session: Session, since: datetime) -> Sequence[JudgedChoice]:
    rows = session.execute(
        select(ModelCall, Verdict.expected)
        .outerjoin(Verdict, Verdict.message_id == ModelCall.message_id)
        .where(ModelCall.at >= since, ModelCall.use.in_(("choose", "shadow")))
        .order_by(ModelCall.id)
    )
    return [
        JudgedChoice(
            use=call.use,
            choice=call.outcome,
            ours=call.ours,
            expected=tuple(expected.get("accept", ())) if expected is not None else None,
            ms=call.ms,
            tokens=call.tokens_in + call.tokens_out,
        )
        for call, expected in rows
    ]


def of_suggestions(session: Session, suggestion_ids: Sequence[int]) -> dict[int, str]:
    """What the model last said about the questions of the learning queue: an id, or none."""
    rows = session.execute(
        select(Observation.suggestion_id, ModelCall.outcome)
        .join(ModelCall, ModelCall.message_id == Observation.message_id)
        .where(
            Observation.suggestion_id.in_(suggestion_ids),
            ModelCall.use.in_(("choose", "shadow")),
        )
        .order_by(ModelCall.id)
    )
    return {row[0]: row[1] for row in rows}
