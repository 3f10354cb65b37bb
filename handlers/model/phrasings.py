"""Ways to ask an entry's question, proposed for an author to tick. Nothing is added by itself."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from faq.bank import Bank, Entry
from faq.understanding import Matcher
from handlers.model import prompts
from handlers.model.asking import Asking
from handlers.model.client import ModelError

MOST, LONGEST = 12, 60
SECONDS, TOKENS = 15.0, 500
Standing = Literal["new", "known", "other"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """`standing`: new, known (it finds the entry already), or other (it finds `entry` instead)."""

    text: str
    standing: Standing
    entry: str | None = None


def propose(
    asking: Asking, bank: Bank, matcher: Matcher, entry: Entry, near: Sequence[Entry]
) -> list[Proposal]:
    """At most twelve. Raises Refused or ModelError."""
    began = time.monotonic()
    outcome, tokens = "broken", (0, 0)
    try:
        answer = asking.one(
            prompts.phrasings(
                entry.question, entry.phrasings[:8], [other.question for other in near]
            ),
            seconds=SECONDS,
            max_tokens=TOKENS,
            as_json=True,
        )
        tokens = answer.tokens_in, answer.tokens_out
        outcome = "ok"
    except ModelError as error:
        outcome = error.kind
        raise
    finally:
        asking.record(
            use="phrasings",
            outcome=outcome,
            ms=round((time.monotonic() - began) * 1000),
            tokens_in=tokens[0],
            tokens_out=tokens[1],
        )
    found = prompts.read_phrasings(answer.text, MOST, LONGEST)
    return [_placed(bank, matcher, entry, text) for text in found]


def _placed(bank: Bank, matcher: Matcher, entry: Entry, text: str) -> Proposal:
    meaning = matcher.understand(text)
    if meaning.entry == entry.id:
        return Proposal(text, "known", entry.id)
    if meaning.entry in bank.by_id:
        return Proposal(text, "other", meaning.entry)
    return Proposal(text, "new")
