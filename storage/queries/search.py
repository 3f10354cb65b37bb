"""Finding what was said: in messages, merchants' names and notes."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.models.conversations import Conversation, Message, Note

HITS = 300
"""Messages that are read for at most CONVERSATIONS different ones."""
CONVERSATIONS = 50
# Messages are looked through this many at a time, newest first: a search costs the same (some
# 80 ms on SQLite) after ten years as in the first.
STRETCH = 100_000


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where the words were found; `message_id` is None for a name or a note."""

    conversation_id: int
    text: str
    kind: str
    message_id: int | None = None
    note_id: int | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best hit of each conversation. `before` is where to go on in older messages, None when
    all were looked through."""

    hits: list[Hit]
    before: int | None = None


def find(session: Session, words: str, before: int | None = None) -> SearchResult:
    """Names first, then what merchants said, notes, and what the firm said, older than `before`.

    All words (separated by blanks) must occur in one text; upper and lower case are the same.
    """
    parts = words.split()[:5]
    if not parts:
        return SearchResult([])
    hits, further = _messages(session, parts, before)
    names = () if before else tuple(_names(session, parts))
    notes = () if before else tuple(_notes(session, parts))
    merchants = [hit for hit in hits if hit.kind == "merchant"]
    first: dict[int, Hit] = {}
    for hit in (*names, *merchants, *notes, *hits):
        first.setdefault(hit.conversation_id, hit)
    return SearchResult(list(first.values()), further)


def _names(session: Session, parts: list[str]) -> Iterator[Hit]:
    query = select(Conversation.id, Conversation.name).where(_all_in(Conversation.name, parts))
    for row in session.execute(query.order_by(Conversation.updated_at.desc()).limit(CONVERSATIONS)):
        yield Hit(row[0], row[1], "name")


def _notes(session: Session, parts: list[str]) -> Iterator[Hit]:
    query = select(Note.conversation_id, Note.text, Note.id).where(_all_in(Note.text, parts))
    for row in session.execute(query.order_by(Note.id.desc()).limit(CONVERSATIONS)):
        yield Hit(row[0], row[1], "note", note_id=row[2])


def _messages(
    session: Session, parts: list[str], before: int | None
) -> tuple[list[Hit], int | None]:
    """The newest hit of each conversation in one stretch, and where the next one begins."""
    top = before or (session.scalar(select(func.max(Message.id))) or 0) + 1
    low = top - STRETCH
    query = select(Message.id, Message.conversation_id, Message.text, Message.author).where(
        Message.id >= low,
        Message.id < top,
        Message.author != "system",
        _all_in(Message.text, parts),
    )
    rows = session.execute(query.order_by(Message.id.desc()).limit(HITS)).all()
    newest: dict[int, Hit] = {}
    for number, conversation, text, author in rows:
        if len(newest) == CONVERSATIONS:
            return list(newest.values()), number + 1
        known = newest.get(conversation)
        if known is None or (author == "merchant" and known.kind != "merchant"):
            newest[conversation] = Hit(conversation, text, author, number)
    reached = rows[-1][0] if len(rows) == HITS else low
    return list(newest.values()), reached if reached > 1 else None


def _all_in(column: InstrumentedAttribute[str], parts: list[str]) -> ColumnElement[bool]:
    return and_(*(column.icontains(part, autoescape=True) for part in parts))
