"""Suggestions for the composer: entries that fit the question, and quick replies."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, jsonify, render_template, request
from pypinyin import Style, lazy_pinyin

from faq.bank import Bank, Entry
from handlers.context import current_context
from handlers.desk.brief import questions
from handlers.desk.pages import desk, me
from storage.queries import messages, quick_replies

FOUND = 6
TRIED = 4  # questions, the newest first
LIKELY = 0.08  # below, an entry is noise in front of a person who writes
LOOK_BACK = 20


@dataclass(frozen=True, slots=True)
class Suggestion:
    entry: Entry
    text: str
    certainty: float | None


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


def searched(words: str) -> list[Suggestion]:
    """Entries for what a person typed; titles that hold the words come first."""
    bank = current_context().published_bank.bank()
    titled: dict[str, float | None] = {entry.id: None for entry in _titled(bank, words)}
    return _shown(titled | {k: v for k, v in _ranked(words).items() if k not in titled})


def fitting(asked: list[str]) -> list[Suggestion]:
    """Entries for the newest of these questions that the bank has something for."""
    for text in asked[:TRIED]:
        likely = {key: sure for key, sure in _ranked(text).items() if sure >= LIKELY}
        if likely:
            return _shown(dict(likely))
    return []


def _ranked(text: str) -> dict[str, float]:
    current_context().published_bank.refresh()
    known = current_context().published_bank.bank().by_id
    ranking = current_context().published_bank.matcher().understand(text).ranking
    return {key: sure for key, sure in ranking if key in known}


def _shown(found: Mapping[str, float | None]) -> list[Suggestion]:
    known = current_context().published_bank.bank().by_id
    return [
        Suggestion(known[key], known[key].as_text(), sure)
        for key, sure in list(found.items())[:FOUND]
    ]


def _titled(bank: Bank, words: str) -> list[Entry]:
    if not words:
        return []
    return [entry for entry in bank.entries if words in entry.question or words in entry.short]


@desk.get("/quick-replies.json")
def quick() -> Response:
    """Mine and the shared ones; `keys` lets 保证金 be found as bzj and baozhengjin."""
    with current_context().database.read() as session:
        rows = quick_replies.for_consultant(session, me().id)
    return jsonify(
        [
            {
                "title": row.title,
                "text": row.text,
                "mine": row.owner_id is not None,
                "keys": _keys(row.title),
            }
            for row in rows
        ]
    )


def _keys(title: str) -> str:
    initials = "".join(lazy_pinyin(title, style=Style.FIRST_LETTER))
    return f"{title} {initials} {''.join(lazy_pinyin(title))}".lower()
