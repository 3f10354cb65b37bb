"""Not understood, or not solved: honest the first time, then a person is offered, then called."""

from dataclasses import replace

from handlers.dialogue import handoff, position, waiting
from handlers.dialogue.turn import Outcome, Turn, blocks

_OFFER_AT, _CALL_AT = 2, 3


def missed(turn: Turn, key: str) -> Outcome:
    """Not understood: honest the first time, a person offered the second, called the third."""
    if turn.waiting:
        return waiting.note(turn)
    misses = turn.memory.misses + 1
    missing = replace(turn, memory=replace(turn.memory, misses=misses, neighbour=""))
    if misses >= _CALL_AT:
        return handoff.call(missing, "not_understood", turn.say("missed_call"))
    if misses >= _OFFER_AT:
        return handoff.offer(missing, turn.say("missed_offer"))
    back = position.reminder(turn, None)
    return Outcome(blocks(turn.say(f"missed_{key}"), back), replace(missing.memory, question=""))


def unsolved(turn: Turn) -> Outcome:
    """没解决 after an answer counts like a miss."""
    if turn.waiting:
        return waiting.note(turn)
    misses = turn.memory.misses + 1
    trying = replace(turn, memory=replace(turn.memory, misses=misses, numbers="", options=()))
    if misses >= _CALL_AT:
        return handoff.call(trying, "unsolved", turn.say("unsolved_call"))
    if misses >= _OFFER_AT:
        return handoff.offer(trying, turn.say("unsolved_second"))
    return Outcome(turn.say("unsolved_first"), replace(trying.memory, question="human"))
