"""Codes, passwords, ID and card numbers: a warning, and never a word of them."""

from handlers.dialogue import handoff
from handlers.dialogue.turn import Outcome, Turn, blocks


def warn(talk: Turn) -> Outcome | None:
    """The merchant sent a secret: warn, and let a consultant see that it happened."""
    if not talk.had_secret:
        return None
    form = {"alarm": talk.say("label_secret")}
    if talk.waiting:
        text = blocks(talk.say("secret_again"), handoff.position_line(talk))
        return Outcome(text, talk.memory, end="queued", add=form)
    return handoff.call(talk, "secret", talk.say("secret"), form)
