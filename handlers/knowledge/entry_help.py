"""Help while somebody edits an entry: what merchants really asked, and what is too close to it."""

from dataclasses import dataclass

from faq.bank import Entry
from faq.checks import WECHAT_BYTES
from faq.matching.normalize import key
from handlers.context import Context
from handlers.knowledge.drafts import DraftView
from handlers.knowledge.private import clean
from storage.database import Session
from storage.queries import publications

LIMIT = WECHAT_BYTES
LOOKED_AT = 2000
HEARD_MAX = 12
TOO_CLOSE = 0.2
SHORT, LONG = 3, 60


@dataclass(frozen=True, slots=True)
class Close:
    """Another entry that the same question could mean."""

    entry: Entry
    certainty: float


def holds(entry: Entry, words: str) -> bool:
    """Does a search for these words find it?"""
    texts = (entry.id, entry.question, entry.short, entry.answer, *entry.phrasings)
    wanted = words.lower()
    return any(wanted in text.lower() for text in texts)


def heard(session: Session, entry_id: str, draft: DraftView) -> list[str]:
    """Questions of merchants that this entry answered and that it has no phrasing like."""
    known = {
        key(text) for each in draft.entries for text in (each.entry.question, *each.entry.phrasings)
    }
    found: dict[str, str] = {}
    for text in publications.answered_with(session, entry_id, limit=LOOKED_AT):
        shown = clean(text)
        name = key(shown)
        if SHORT <= len(name) <= LONG and name not in known and "*" not in shown:
            found.setdefault(name, shown)
    return list(found.values())[:HEARD_MAX]


def close_to(entry_id: str, question: str, context: Context) -> list[Close]:
    """Entries in force that the question itself could be taken for."""
    if not question.strip():
        return []
    context.published_bank.refresh()
    bank = context.published_bank.bank()
    ranking = context.published_bank.matcher().understand(question).ranking
    return [
        Close(bank.by_id[name], certainty)
        for name, certainty in ranking
        if name != entry_id and name in bank.by_id and certainty >= TOO_CLOSE
    ]
