"""Not understood, or not solved: honest the first time, then a person is offered, then called."""

from dataclasses import replace

from handlers.dialogue import handoff, position, waiting
from handlers.dialogue.turn import Outcome, Turn, blocks

_OFFER_AT, _CALL_AT = 2, 3


def missed(talk: Turn, key: str) -> Outcome:
    """Not understood: honest the first time, a person offered the second, called the third."""
    if talk.waiting:
        return waiting.note(talk)
    misses = talk.memory.misses + 1
    missing = replace(talk, memory=replace(talk.memory, misses=misses, neighbour=""))
    if misses >= _CALL_AT:
        return handoff.call(missing, "not_understood", talk.say("missed_call"))
    if misses >= _OFFER_AT:
        return handoff.offer(missing, talk.say("missed_offer"))
    back = position.reminder(talk, None)
    return Outcome(blocks(talk.say(f"missed_{key}"), back), replace(missing.memory, question=""))


def unsolved(talk: Turn) -> Outcome:
    """没解决 after an answer counts like a miss."""
    if talk.waiting:
        return waiting.note(talk)
    misses = talk.memory.misses + 1
    trying = replace(talk, memory=replace(talk.memory, misses=misses, numbers="", options=()))
    if misses >= _CALL_AT:
        return handoff.call(trying, "unsolved", talk.say("unsolved_call"))
    if misses >= _OFFER_AT:
        return handoff.offer(trying, talk.say("unsolved_second"))
    return Outcome(talk.say("unsolved_first"), replace(trying.memory, question="human"))
