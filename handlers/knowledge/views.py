"""Entries and versions as plain values, for the API and for pages."""

from typing import Any

from faq.bank import Entry
from handlers.knowledge.drafts import DraftEntry
from storage.models.conversations import BankVersion


def entry(one: Entry) -> dict[str, Any]:
    """`answer` is the whole answer, with its steps as lines 1. 2. 3."""
    return {
        "id": one.id,
        "guide": one.guide,
        "question": one.question,
        "aliases": list(one.phrasings),
        "answer": one.as_text("."),
        "short": one.short,
        "steps": list(one.steps),
        "step_help": list(one.step_help),
        "choices": list(one.choices),
        "details": list(one.details),
    }


def draft_entry(one: DraftEntry) -> dict[str, Any]:
    return {**entry(one.entry), "revision": one.revision, "changed": one.changed}


def version(row: BankVersion) -> dict[str, Any]:
    return {
        "version": row.id,
        "at": row.published_at.isoformat(),
        "by": row.published_by,
        "note": row.note,
        "score": row.score,
        "origin": row.origin,
        "report": row.report,
    }
