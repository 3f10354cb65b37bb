"""Codes, passwords, ID and card numbers: masked before anything is kept, never repeated."""

from collections.abc import Callable, Iterable
from typing import Protocol

from handlers.dialogue import handoff
from handlers.dialogue.turn import Outcome, Turn, blocks

MASK = "【已隐去】"


class Secret(Protocol):
    """A part of a text that must not be kept: characters `start` to `end`."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


SecretFinder = Callable[[str], Iterable[Secret]]


def masked(text: str, find_secrets: SecretFinder) -> str:
    """The text with every secret replaced; the same text when there is none."""
    for secret in sorted(find_secrets(text), key=lambda found: found.start, reverse=True):
        text = text[: secret.start] + MASK + text[secret.end :]
    return text


def warn(talk: Turn) -> Outcome | None:
    """The merchant sent a secret: warn, and let a consultant see that it happened."""
    if not talk.had_secret:
        return None
    form = {"alarm": talk.say("label_secret")}
    if talk.waiting:
        text = blocks(talk.say("secret_again"), handoff.position_line(talk))
        return Outcome(text, talk.memory, end="queued", add=form)
    return handoff.call(talk, "secret", talk.say("secret"), form)
