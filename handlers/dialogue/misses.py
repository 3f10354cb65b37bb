"""Not understood, or not solved: honest the first time, then a person is offered, then called."""

import re
from dataclasses import replace

from handlers.dialogue import asking, handoff, position, waiting
from handlers.dialogue.turn import Outcome, Turn, blocks, title

_OFFER_AT, _CALL_AT = 2, 3


def missed(turn: Turn, key: str) -> Outcome:
    """Not understood: honest the first time, a person offered the second, called the third."""
    if turn.waiting:
        return waiting.note(turn)
    if _tells_a_story(turn, key):
        return Outcome(turn.say("listening"), turn.memory, thin=True)
    misses = turn.memory.misses + 1
    missing = replace(turn, memory=replace(turn.memory, misses=misses, neighbour=""))
    if misses >= _CALL_AT:
        return handoff.call(missing, "not_understood", turn.say("missed_call"))
    if misses >= _OFFER_AT:
        return handoff.offer(missing, turn.say("missed_offer"))
    back = position.reminder(turn, None)
    entry = turn.entry(turn.memory.entry)
    if key == "unknown" and entry and not asking.asks(turn.text) and turn.heard.clauses:
        told = turn.say("told_unknown", title=title(entry))
        return Outcome(blocks(told, back), replace(missing.memory, question=""))
    return Outcome(blocks(turn.say(f"missed_{key}"), back), replace(missing.memory, question=""))


def _tells_a_story(turn: Turn, key: str) -> bool:
    """就是我之前开了个店: the beginning of something, and no question that we failed."""
    begins = key == "unknown" and not turn.memory.entry and not turn.memory.misses
    said = turn.say("listening") == turn.memory.said
    longer = len(_HAN.findall(turn.text)) >= _STORY
    return begins and not said and longer and not asking.asks(turn.text)


_HAN = re.compile(r"[\u3400-\u9fff]")
_STORY = 5
"""Characters; asdfghjk tells nothing."""


def unsolved(turn: Turn) -> Outcome:
    """没解决 after an answer counts like a miss."""
    if turn.waiting:
        return waiting.note(turn)
    if turn.memory.upset:
        return handoff.upset(turn)  # 说了没用 after 烦死了 is the second time
    misses = turn.memory.misses + 1
    trying = replace(turn, memory=replace(turn.memory, misses=misses, numbers="", options=()))
    if misses >= _CALL_AT:
        return handoff.call(trying, "unsolved", turn.say("unsolved_call"))
    if misses >= _OFFER_AT:
        return handoff.offer(trying, turn.say("unsolved_second"))
    return Outcome(turn.say("unsolved_first"), replace(trying.memory, question="human"))
