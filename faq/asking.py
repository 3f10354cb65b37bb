"""One question at the command line: what the bot would do with it as a first message."""

from collections.abc import Callable

from faq.bank import Bank
from faq.understanding import Matcher, Understanding

Answer = Callable[[Bank, Understanding], str]


def ask(matcher: Matcher, bank: Bank, text: str, reply: Answer) -> dict[str, object]:
    """The contract's line for `ask`: JSON values. `reply` words the answer; the dialogue has it."""
    meaning = matcher.understand(text)
    return {
        "text": text,
        "outcome": meaning.outcome,
        "entry": meaning.entry,
        "options": list(meaning.options),
        "score": round(meaning.score, 4),
        "social": meaning.social,
        "reply": reply(bank, meaning),
    }
