"""Suggestions for the composer: entries that fit the question, and quick replies."""

from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import normalize

from flask import Response, jsonify, render_template, request, url_for
from pypinyin import Style, lazy_pinyin

from faq.bank import Bank, Entry
from faq.matching.explain import reasons
from handlers.context import current_context
from handlers.desk.brief import questions
from handlers.desk.insertable import insertable
from handlers.desk.pages import desk, me
from storage.models.desk import QuickReply
from storage.queries import messages, quick_replies

FOUND = 6
TRIED = 4  # questions, the newest first
LIKELY = 0.08  # below, an entry is noise in front of a person who writes
CERTAIN = 0.3  # below, what a search finds is more often wrong than right
LOOK_BACK = 20


@dataclass(frozen=True, slots=True)
class EntrySuggestion:
    entry: Entry
    text: str
    certainty: float | None
    why: str = ""


@desk.get("/c/<int:conversation_id>/guidance")
def guidance(conversation_id: int) -> str:
    """Entries for `q`, or for the merchant's last question when it is empty."""
    words = request.args.get("q", "").strip()
    with current_context().database.read() as session:
        said = messages.latest(session, conversation_id, limit=LOOK_BACK)
    found = searched(words) if words else fitting(questions(said))
    return render_template(
        "desk/_guidance.html",
        found=found,
        words=words,
        conversation_id=conversation_id,
    )


def searched(words: str) -> list[EntrySuggestion]:
    """Entries for what a person typed: titles that hold the words, the exact one first."""
    bank = current_context().published_bank.bank()
    titled: dict[str, float | None] = {entry.id: None for entry in _titled(bank, words)}
    shares, why = _ranked(words)
    ranked = {key: sure for key, sure in shares.items() if sure >= CERTAIN}
    return _shown(titled | {k: v for k, v in ranked.items() if k not in titled}, why)


def fitting(asked: list[str]) -> list[EntrySuggestion]:
    """Entries for the newest of these questions that the bank has something for."""
    for text in asked[:TRIED]:
        ranked, why = _ranked(text)
        likely = {key: sure for key, sure in ranked.items() if sure >= LIKELY}
        if likely:
            return _shown(dict(likely), why)
    return []


def _ranked(text: str) -> tuple[dict[str, float], dict[str, str]]:
    """Entries with their shares, and why each is among them."""
    current_context().published_bank.refresh()
    known = current_context().published_bank.bank().by_id
    meaning = current_context().published_bank.matcher().understand(text)
    ranked = {key: sure for key, sure in meaning.ranking if key in known}
    return ranked, reasons(meaning.explain)


def _shown(found: Mapping[str, float | None], why: Mapping[str, str]) -> list[EntrySuggestion]:
    known = current_context().published_bank.bank().by_id
    phone = current_context().firm.phone
    shown = [
        (key, insertable(known[key], phone), sure) for key, sure in list(found.items())[:FOUND]
    ]
    return [
        EntrySuggestion(entry, entry.as_text(), sure, why.get(key, ""))
        for key, entry, sure in shown
    ]


def _titled(bank: Bank, words: str) -> list[Entry]:
    """Those whose title holds the words: the same, then those that begin so, then the rest."""
    looked_for = _letters(words)
    places = ((entry, _place(entry, looked_for)) for entry in bank.entries if looked_for)
    found = [(place, entry) for entry, place in places if place is not None]
    return [entry for _, entry in sorted(found, key=lambda each: each[0])]


def _place(entry: Entry, looked_for: str) -> int | None:
    """0 for the whole title, 1 for its beginning, 2 for words inside it, None for neither."""
    titles = [_letters(title) for title in (entry.question, entry.short)]
    if looked_for in titles:
        return 0
    if any(title.startswith(looked_for) for title in titles):
        return 1
    return 2 if any(looked_for in title for title in titles) else None


def _letters(text: str) -> str:
    """Without what a person leaves out or types otherwise: spaces, marks, width and case."""
    return "".join(filter(str.isalnum, normalize("NFKC", text).casefold()))


@desk.get("/quick-replies.json")
def quick() -> Response:
    """Mine and the shared ones; `keys` lets 保证金 be found as bzj and baozhengjin."""
    with current_context().database.read() as session:
        rows = quick_replies.for_consultant(session, me().id)
    return jsonify([_quick_reply(row) for row in rows])


def _quick_reply(row: QuickReply) -> dict[str, object]:
    return {
        "id": row.id,
        "title": row.title,
        "group": row.group_name,
        "text": row.text,
        "mine": row.owner_id is not None,
        "picture": url_for("desk.reply_picture", reply_id=row.id) if row.picture else "",
        "keys": _keys(f"{row.title} {row.group_name}".strip()),
    }


def _keys(title: str) -> str:
    initials = "".join(lazy_pinyin(title, style=Style.FIRST_LETTER))
    return f"{title} {initials} {''.join(lazy_pinyin(title))}".lower()
