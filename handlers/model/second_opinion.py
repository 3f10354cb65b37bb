"""Which of our entries a message means, asked twice with the candidates in different order.

Only for a message whose meaning is not clear to us. The answer is the id of a candidate or none;
what the merchant reads is the guide's own text, or an honest no of ours.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from faq.bank import Bank
from handlers.dialogue.types import Unclear
from handlers.model import prompts
from handlers.model.asking import Asking, Refused
from handlers.model.client import Completion, Message, ModelError
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
    """`choice` is an entry's id, "move:next" and its like, "none", or "" without an opinion: not
    asked, late, broken, or two answers that disagree. `ledger` is what to record of it, None when
    nothing was asked."""

    choice: str
    ledger: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """What leaves the house, masked."""

    text: str
    lines: Sequence[str]
    open: str
    candidates: Sequence[Candidate]
    moves: Sequence[str]

    def both_ways(self) -> list[list[Message]]:
        """Twice, with everything in the opposite order."""
        orders = (self.candidates, self.moves), (self.candidates[::-1], self.moves[::-1])
        return [
            prompts.choose(self.text, self.lines, self.open, candidates, moves)
            for candidates, moves in orders
        ]

    def read(self, answer: Completion) -> str:
        return prompts.read_choice(answer.text, self.candidates, self.moves)


def choose(
    asking: Asking, database: Database, asked: OpinionRequest, *, use: str = "choose"
) -> Opinion:
    """Ask twice, side by side. Call it outside every transaction."""
    history, values, conversation_id = _known(database, asked.openid)
    unclear, mask = asked.unclear, Mask(values)
    lines = [mask.out(line) for line in history]
    question = _Question(
        mask.out(unclear.text), lines, unclear.open, _candidates(asked), unclear.moves
    )
    offered = (unclear.candidates, unclear.moves)
    key = (question.text, tuple(lines[-2:]), unclear.open, offered, asked.bank_version)
    if (before := asking.cached(key)) is not None:
        return Opinion(before)
    began = time.monotonic()
    answers: list[Completion] = []
    choice = outcome = ""
    try:
        answers = asking.both(question.both_ways())
    except Refused:
        return Opinion("")
    except ModelError as error:
        outcome = error.kind
    else:
        first, second = map(question.read, answers)
        choice, outcome = (first, first) if first == second else ("", "disagree")
        asking.keep(key, choice)
    ledger = {
        "use": use,
        "outcome": outcome[:64],
        "ours": unclear.ours[:64],
        "bank_version": asked.bank_version,
        "ms": round((time.monotonic() - began) * 1000),
        "tokens_in": sum(each.tokens_in for each in answers),
        "tokens_out": sum(each.tokens_out for each in answers),
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
