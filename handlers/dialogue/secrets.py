"""Codes, passwords, ID and card numbers: a warning, and never a word of them."""

from dataclasses import replace

from handlers.dialogue import handoff
from handlers.dialogue.turn import Outcome, Turn, blocks


def warn(turn: Turn) -> Outcome | None:
    """The merchant sent a secret: warn, and let a consultant see that it happened."""
    if not turn.had_secret:
        return None
    form = {"alarm": turn.say("label_secret")}
    if turn.waiting:
        text = blocks(turn.say("secret_again"), handoff.position_line(turn))
        return Outcome(text, turn.memory, end="queued", add=form)
    told = replace(turn, memory=replace(turn.memory, calm=True, alarm="secret"))
    return handoff.call(told, "secret", turn.say("secret"), form)
