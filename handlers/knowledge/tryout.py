"""Asking the draft: fitted apart when it changed, kept until it changes again."""

import threading
from dataclasses import dataclass

from faq.bank import Bank
from faq.understanding import Matcher, Understanding
from handlers.context import Context
from handlers.dialogue.types import Incoming, TurnContext
from handlers.knowledge import bank_versions, drafts, gate_process, not_this
from handlers.knowledge.gate_process import Task
from storage.queries import banks

RANKED = 5


@dataclass(frozen=True, slots=True)
class Tried:
    """What the bot would say, and what it weighed: (entry's title, certainty)."""

    reply: str
    meaning: Understanding
    ranking: list[tuple[str, float]]


class _Fitted:
    """The last draft that was asked, fitted."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.digest = ""
        self.known: tuple[Bank, Matcher] | None = None


_last = _Fitted()


def ask(context: Context, text: str) -> Tried | str:
    """After an edit it takes seconds, then none. A sentence when the draft cannot be fitted."""
    with _last.lock:
        problem = _fit(context)
        known = _last.known
    if problem or known is None:
        return problem
    bank, fitted = known
    with context.database.read() as session:
        matcher = not_this.corrected(fitted, not_this.refused(session))
    turn = TurnContext(now=context.now(), phone=context.firm.phone)
    decision = context.decide(
        turn, Incoming("text", text), bank=bank, matcher=matcher, texts=context.texts
    )
    meaning = matcher.understand(text)
    return Tried(
        "\n\n".join(reply.text for reply in decision.replies), meaning, _ranking(bank, meaning)
    )


def _ranking(bank: Bank, meaning: Understanding) -> list[tuple[str, float]]:
    """The likeliest entries by their titles."""
    return [
        (bank.by_id[name].short or bank.by_id[name].question, certainty)
        for name, certainty in meaning.ranking[:RANKED]
        if name in bank.by_id
    ]


def _fit(context: Context) -> str:
    with context.database.read() as session:
        draft = drafts.view(session)
        sources = draft.sources()
        head = banks.latest_id(session)
        row = banks.get(session, head) if head else None
        version = bank_versions.prepared_from(sources)
        compiled = row.compiled if row and row.content == version.content else b""
    if version.digest == _last.digest:
        return ""
    if not compiled:
        outcome = gate_process.run(Task(sources, None, [], [], fit_only=True), lambda *_: None)
        if outcome.problems:
            return "\n".join(problem["message"] for problem in outcome.problems)
        compiled = outcome.compiled
    bank = bank_versions.BANK.validate_json(version.content)
    _last.known = bank, context.fitting.matcher_of(bank, compiled)
    _last.digest = version.digest
    return ""
