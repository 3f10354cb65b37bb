"""What is looked at again: answers of the bot and closed cases of a week, and what was said of
them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from storage.models.conversations import Case, CaseEvent, Message
from storage.models.knowledge import Verdict
from storage.queries import messages

REVIEWED = "reviewed"
SAME_VISIT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReviewedAnswer:
    """A merchant's message that somebody judged. `entry` is what it was answered with."""

    message_id: int
    conversation_id: int
    verdict: str
    entry: str


def answered(session: Session, since: datetime, until: datetime) -> list[int]:
    """Ids of merchants' messages that the bot answered at once."""
    return list(
        session.scalars(
            select(Message.id)
            .where(
                messages.is_question(),
                Message.kind.in_(("text", "voice")),
                Message.text != "",
                Message.understanding["outcome"].as_string() == "answer",
                Message.created_at >= since,
                Message.created_at < until,
            )
            .order_by(Message.id)
        )
    )


def closed(session: Session, since: datetime, until: datetime) -> list[int]:
    """Ids of cases that a consultant had and that were closed."""
    return list(
        session.scalars(
            select(Case.id)
            .where(Case.closed_at >= since, Case.closed_at < until, Case.consultant_id.is_not(None))
            .order_by(Case.id)
        )
    )


def with_answers(session: Session, ids: Sequence[int]) -> list[tuple[Message, Message | None]]:
    """Each message with the bot's first words after it, by the ids' order."""
    asked = session.scalars(select(Message).where(Message.id.in_(ids)).order_by(Message.id)).all()
    return [(message, _reply(session, message)) for message in asked]


def _reply(session: Session, message: Message) -> Message | None:
    return session.scalars(
        select(Message)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.id > message.id,
            Message.author == "bot",
        )
        .order_by(Message.id)
        .limit(1)
    ).one_or_none()


def cases(session: Session, ids: Sequence[int]) -> Sequence[Case]:
    return session.scalars(
        select(Case)
        .where(Case.id.in_(ids))
        .options(joinedload(Case.consultant), joinedload(Case.conversation))
        .order_by(Case.id)
    ).all()


def case_reviews(session: Session, ids: Sequence[int]) -> dict[int, list[CaseEvent]]:
    found: dict[int, list[CaseEvent]] = {}
    for event in session.scalars(
        select(CaseEvent)
        .where(CaseEvent.case_id.in_(ids), CaseEvent.action == REVIEWED)
        .order_by(CaseEvent.id)
    ):
        found.setdefault(event.case_id, []).append(event)
    return found


def judged(session: Session, since: datetime, until: datetime) -> list[ReviewedAnswer]:
    """The newest verdict on each answer that was judged in this time."""
    rows = session.execute(
        select(Verdict, Message.understanding["entry"].as_string())
        .join(Message, Message.id == Verdict.message_id)
        .where(
            Verdict.at >= since,
            Verdict.at < until,
            Message.understanding["outcome"].as_string() == "answer",
        )
        .order_by(Verdict.at, Verdict.id)
    )
    newest = {
        row.message_id: ReviewedAnswer(
            row.message_id or 0, row.conversation_id, row.verdict, entry or ""
        )
        for row, entry in rows
    }
    return list(newest.values())


def verdict_of(session: Session, ids: Collection[int]) -> dict[int, str]:
    """The newest verdict on each of these messages."""
    rows = session.execute(
        select(Verdict.message_id, Verdict.verdict)
        .where(Verdict.message_id.in_(ids))
        .order_by(Verdict.at, Verdict.id)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def said_in(session: Session, case: Case, limit: int) -> list[Message]:
    """The last words of merchant and consultant in a case, oldest first; before them what the
    merchant had said to the bot last, which 转人工 does not tell."""
    newest = session.scalars(
        select(Message)
        .where(
            Message.conversation_id == case.conversation_id,
            Message.author.in_(("merchant", "consultant")),
            Message.created_at >= case.opened_at,
            Message.created_at <= case.closed_at,
        )
        .options(joinedload(Message.consultant))
        .order_by(Message.id.desc())
        .limit(limit)
    ).all()
    before = session.scalars(
        select(Message)
        .where(
            Message.conversation_id == case.conversation_id,
            Message.author == "merchant",
            Message.created_at < case.opened_at,
            Message.created_at >= case.opened_at - SAME_VISIT,
        )
        .order_by(Message.id.desc())
        .limit(1)
    ).all()
    return [*before, *newest[::-1]]
