"""What a consultant must be told of, read from the rows themselves: nothing is stored twice."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from storage.models.conversations import Case, CaseEvent, Consultant, Conversation, Message, Note

Kind = Literal[
    "reply", "waiting", "transferred", "assigned", "taken_over", "moved", "expired", "mention"
]
# Actions of a case's trace whose detail begins with the name of whoever must hear of it.
HANDED: dict[str, Kind] = {
    "transferred": "transferred",
    "assigned": "assigned",
    "taken_over": "taken_over",
    "moved": "moved",
    "expired": "expired",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """`key` is unique for ever, so that a page tells it once; `to` is a consultant's id, None for
    everybody. `by` is the name of whoever did it, "" for the merchant or the program."""

    key: str
    kind: Kind
    to: int | None
    conversation_id: int
    by: str = ""


def since(
    session: Session, conversation_ids: Collection[int], since: datetime, *, limit: int = 50
) -> list[Notice]:
    """The newest notices of these conversations, oldest first."""
    if not conversation_ids:
        return []
    found = [
        *_replies(session, conversation_ids, since),
        *_cases(session, conversation_ids, since),
        *_handed(session, conversation_ids, since),
        *_mentions(session, conversation_ids, since),
    ]
    return found[-limit:]


def _replies(session: Session, ids: Collection[int], since: datetime) -> list[Notice]:
    """Merchants' messages in claimed cases."""
    rows = session.execute(
        select(Message.id, Message.conversation_id, Case.consultant_id)
        .join(Case, (Case.conversation_id == Message.conversation_id) & (Case.state == "claimed"))
        .where(
            Message.conversation_id.in_(ids),
            Message.author == "merchant",
            Message.created_at >= since,
        )
        .order_by(Message.id)
    )
    return [Notice(f"m{row[0]}", "reply", row[2], row[1]) for row in rows]


def _cases(session: Session, ids: Collection[int], since: datetime) -> list[Notice]:
    rows = session.execute(
        select(Case.id, Case.conversation_id).where(
            Case.conversation_id.in_(ids), Case.state == "waiting", Case.opened_at >= since
        )
    )
    return [Notice(f"c{row[0]}", "waiting", None, row[1]) for row in rows]


def _handed(session: Session, ids: Collection[int], since: datetime) -> list[Notice]:
    """A case given to somebody, or taken from somebody, whose name stands in the detail."""
    rows = session.execute(
        select(CaseEvent, Case.conversation_id)
        .join(Case, Case.id == CaseEvent.case_id)
        .where(
            Case.conversation_id.in_(ids), CaseEvent.at >= since, CaseEvent.action.in_([*HANDED])
        )
        .order_by(CaseEvent.id)
    ).all()
    names = _ids_by_name(session) if rows else {}
    found = []
    for event, conversation_id in rows:
        name = event.detail.partition(" ")[0]
        if name in names and name != event.actor:
            kind = HANDED[event.action]
            key = f"e{event.id}"
            found.append(Notice(key, kind, names[name], conversation_id, event.actor))
    return found


def _mentions(session: Session, ids: Collection[int], since: datetime) -> list[Notice]:
    """@name in an internal note."""
    rows = session.execute(
        select(Note.id, Note.conversation_id, Note.text, Consultant.name)
        .join(Consultant, Consultant.id == Note.consultant_id)
        .where(Note.conversation_id.in_(ids), Note.created_at >= since, Note.text.contains("@"))
    ).all()
    names = _ids_by_name(session) if rows else {}
    return [
        Notice(f"n{note_id}", "mention", consultant_id, conversation_id, author)
        for note_id, conversation_id, text, author in rows
        for name, consultant_id in names.items()
        if f"@{name}" in text
    ]


@dataclass(frozen=True, slots=True)
class Mention:
    """A note that names a consultant."""

    conversation: Conversation
    by: str
    text: str
    at: datetime


def mentions_of(session: Session, who: Consultant, since: datetime, limit: int) -> list[Mention]:
    """Notes that name this consultant, newest first; theirs after it in the conversation ends it.

    A page tells a mention only while it is open: who comes later finds it here.
    """
    later = aliased(Note)
    answered = exists().where(
        later.conversation_id == Note.conversation_id,
        later.consultant_id == who.id,
        later.id > Note.id,
    )
    rows = session.execute(
        select(Conversation, Consultant.name, Note.text, Note.created_at)
        .join(Note, Note.conversation_id == Conversation.id)
        .join(Consultant, Consultant.id == Note.consultant_id)
        .where(
            Note.created_at >= since,
            Note.consultant_id != who.id,
            Note.text.contains(f"@{who.name}", autoescape=True),
            ~answered,
        )
        .order_by(Note.id.desc())
        .limit(limit)
    )
    return [Mention(*row) for row in rows]


def _ids_by_name(session: Session) -> dict[str, int]:
    return {row[1]: row[0] for row in session.execute(select(Consultant.id, Consultant.name))}


def titles(session: Session, ids: Collection[int]) -> dict[int, Conversation]:
    """The conversations that notices are about."""
    rows = session.scalars(select(Conversation).where(Conversation.id.in_(ids)))
    return {row.id: row for row in rows}
