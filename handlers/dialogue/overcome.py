"""话费交了 还是没有码: what was advised is done, and what is left is another entry."""

import re

from handlers.dialogue import progress
from handlers.dialogue.entry_answer import answer
from handlers.dialogue.turn import Outcome, Turn

_LEFT = re.compile(
    r"^(?:可是?|但是?|就是|结果)?(?:还是|照样|依然|仍然?|依旧)(?:一直|都|老)?(?P<what>.{3,10})$"
)


def left(turn: Turn) -> Outcome | None:
    """The entry for the trouble that is left; None inside a walk, where a step may be next."""
    here, walk = turn.entry(turn.memory.entry), turn.memory.walk
    before, last = turn.heard.clauses[:-1], turn.heard.clauses[-1:]
    still = _LEFT.match(last[0].text) if last else None
    if here is None or still is None or turn.waiting or turn.memory.form or (walk and walk.step):
        return None
    if not any(map(progress.tells, before)):
        return None
    found = turn.understand(still["what"])
    entry = turn.entry(found.entry) if found.outcome == "answer" else None
    return answer(turn, entry) if entry and entry.id != here.id else None
