"""Which of our entries a message means, asked twice with the candidates in different order.

Only for a message whose meaning is not clear to us. The answer is the id of a candidate or none;
what the merchant reads is the guide's own text, or an honest no of ours.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from faq.bank import Bank
from handlers.dialogue.types import Unclear
from handlers.model import prompts
from handlers.model.asking import Asking, Refused
from handlers.model.client import ModelError
from handlers.model.masking import Mask, known_values
from handlers.model.prompts import Candidate
from storage.database import Database
from storage.queries import conversations, messages

HISTORY = 6
SAID = {"merchant": "客户", "bot": "机器人", "consultant": "顾问"}


@dataclass(frozen=True, slots=True)
class OpinionRequest:
    """A message that is not clear, whose it is, and what we would do without the model."""

    openid: str
    unclear: Unclear
    bank: Bank
    bank_version: int | None


@dataclass(frozen=True, slots=True)
class Opinion:
    """`choice` is an entry's id, "none", or "" without an opinion: not asked, late, broken, or two
    answers that disagree. `ledger` is what to record of it, None when nothing was asked."""

    choice: str
    ledger: Mapping[str, object] | None = None


def choose(
    asking: Asking, database: Database, asked: OpinionRequest, *, use: str = "choose"
) -> Opinion:
    """Ask twice, side by side. Call it outside every transaction."""
    history, values, conversation_id = _known(database, asked.openid)
    mask = Mask(values)
    text = mask.out(asked.unclear.text)
    lines = [mask.out(line) for line in history]
    candidates = _candidates(asked)
    key = (
        text,
        tuple(lines[-2:]),
        asked.unclear.open,
        asked.unclear.candidates,
        asked.bank_version,
    )
    if (before := asking.cached(key)) is not None:
        return Opinion(before)
    questions = [
        prompts.choose(text, lines, asked.unclear.open, order)
        for order in (candidates, candidates[::-1])
    ]
    began = time.monotonic()
    tokens = (0, 0)
    try:
        answers = asking.both(questions)
        tokens = sum(a.tokens_in for a in answers), sum(a.tokens_out for a in answers)
        first, second = (prompts.read_choice(answer.text, candidates) for answer in answers)
        choice, outcome = (first, first) if first == second else ("", "disagree")
        asking.keep(key, choice)
    except Refused:
        return Opinion("")
    except ModelError as error:
        choice, outcome = "", error.kind
    ledger = {
        "use": use,
        "outcome": outcome[:64],
        "ours": asked.unclear.ours[:64],
        "bank_version": asked.bank_version,
        "ms": round((time.monotonic() - began) * 1000),
        "tokens_in": tokens[0],
        "tokens_out": tokens[1],
        "conversation_id": conversation_id,
    }
    return Opinion(choice, ledger)


def record(asking: Asking, database: Database, opinion: Opinion) -> None:
    """Into the ledger, beside the message, which is stored by now. In the background."""
    if opinion.ledger is not None:
        asking.later(lambda: _record(asking, database, dict(opinion.ledger or {})))


def shadow(asking: Asking, database: Database, asked: OpinionRequest) -> None:
    """Ask after the merchant has their answer: only the ledger learns of it."""

    def work() -> None:
        opinion = choose(asking, database, asked, use="shadow")
        if opinion.ledger is not None:
            _record(asking, database, dict(opinion.ledger))

    asking.later(work)


def _record(asking: Asking, database: Database, ledger: dict[str, object]) -> None:
    conversation_id = ledger["conversation_id"]
    message_id = None
    if isinstance(conversation_id, int):
        with database.read() as session:
            said = messages.latest(session, conversation_id, limit=HISTORY)
        message_id = next((m.id for m in reversed(said) if m.author == "merchant"), None)
    asking.record(**ledger, message_id=message_id)


def _candidates(asked: OpinionRequest) -> list[Candidate]:
    found = [asked.bank.by_id[key] for key in asked.unclear.candidates if key in asked.bank.by_id]
    return [Candidate(e.id, e.short or e.question, e.answer.partition("。")[0][:80]) for e in found]


def _known(database: Database, openid: str) -> tuple[list[str], list[str], int | None]:
    """The last lines (stored masked of secrets), what is known by name, and the conversation."""
    with database.read() as session:
        conversation = conversations.by_openid(session, openid)
        if conversation is None:
            return [], [], None
        said = messages.latest(session, conversation.id, limit=HISTORY)
        case = conversations.open_case(session, conversation.id)
        values = known_values(conversation.name, case.form if case else {})
        lines = [f"{SAID[m.author]}：{m.text}" for m in said if m.author in SAID and m.text]
        return lines, values, conversation.id
