"""What befell a merchant at a step in this turn: reached, stuck, page differs, handed over."""

import re
from collections.abc import Iterator

from faq.bank import step_key
from handlers.dialogue.memory import Walk
from handlers.dialogue.turn import Outcome, Turn
from handlers.dialogue.types import OpenCase, StepEvent

_DIFFERS = re.compile(r"不一样|不同|对不上|改版|变了|没有这个(?:页面|按钮|选项|入口|菜单)")
_HANDED = ("stuck", "unsolved", "asked", "not_understood")
"""Reasons that say something of the step where the merchant stood."""


def reports(turn: Turn, outcome: Outcome) -> tuple[StepEvent, ...]:
    """Nothing where no step is walked."""
    before, after = turn.memory.walk, outcome.memory.walk
    walk = after or before
    entry = turn.entry(walk.entry) if walk else None
    if walk is None or entry is None or not 1 <= walk.step <= len(entry.steps):
        return ()
    key = step_key(entry.steps[walk.step - 1])
    return tuple(StepEvent(entry.id, key, kind) for kind in _kinds(turn, outcome, walk, before))


def _kinds(turn: Turn, outcome: Outcome, walk: Walk, before: Walk | None) -> Iterator[str]:
    stayed = before is not None and (before.entry, before.step) == (walk.entry, walk.step)
    if not stayed:
        yield "reached"
    case = outcome.case
    handed = isinstance(case, OpenCase) and case.reason in _HANDED
    stuck = walk.stuck > (before.stuck if stayed and before else 0)
    if stuck or (isinstance(case, OpenCase) and case.reason == "stuck"):
        yield "differs" if _DIFFERS.search(turn.text) else "stuck"
    if handed:
        yield "handed"
