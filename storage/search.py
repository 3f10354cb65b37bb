"""Finding what was said: in messages, merchants' names and notes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.tables import Conversation, Message, Note

HITS = 300
CONVERSATIONS = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where the words were found; `message_id` is None for a name or a note."""

    conversation_id: int
    text: str
    kind: str
    message_id: int | None = None


def find(session: Session, words: str) -> list[Hit]:
    """The best hit of each conversation, at most CONVERSATIONS; names first, then the newest text.

    All words (separated by blanks) must occur in one text; upper and lower case are the same.
    """
    parts = words.split()[:5]
    if not parts:
        return []
    first: dict[int, Hit] = {}
    for hit in chain(_names(session, parts), _notes(session, parts), _messages(session, parts)):
        first.setdefault(hit.conversation_id, hit)
    return list(first.values())[:CONVERSATIONS]


def _names(session: Session, parts: list[str]) -> Iterator[Hit]:
    query = select(Conversation.id, Conversation.name).where(_all_in(Conversation.name, parts))
    for row in session.execute(query.order_by(Conversation.updated_at.desc()).limit(HITS)):
        yield Hit(row[0], row[1], "name")


def _notes(session: Session, parts: list[str]) -> Iterator[Hit]:
    query = select(Note.conversation_id, Note.text).where(_all_in(Note.text, parts))
    for row in session.execute(query.order_by(Note.id.desc()).limit(HITS)):
        yield Hit(row[0], row[1], "note")


def _messages(session: Session, parts: list[str]) -> Iterator[Hit]:
    query = select(Message.conversation_id, Message.text, Message.author, Message.id).where(
        Message.author != "system", _all_in(Message.text, parts)
    )
    for row in session.execute(query.order_by(Message.id.desc()).limit(HITS)):
        yield Hit(row[0], row[1], row[2], row[3])


def _all_in(column: InstrumentedAttribute[str], parts: list[str]) -> ColumnElement[bool]:
    return and_(*(column.icontains(part, autoescape=True) for part in parts))
