"""Doing it oneself, said while the inquiry is open: what that costs, and the way instead of it."""

import re
from dataclasses import replace

from handlers.dialogue import asking, commands, inquiry, steps
from handlers.dialogue.entry_answer import answer
from handlers.dialogue.turn import Outcome, Turn, blocks, lines

_ALONE = re.compile(r"自己(?:来|去|动手)?(?:弄|办|搞|做|整|操作|申请|退|走|来|登|试)")
_PAYS = re.compile(r"花钱|要钱|收费|收钱|免费|不花|费用|多少钱|手续费|交钱|出钱")
_TEACH = re.compile(r"教|带[我着一]|怎么|咋|如何|步骤|流程|说[一下]|告诉|讲|指点|在哪|从哪")


def reply(turn: Turn) -> Outcome | None:
    """Whether it costs anything, or the way to do it."""
    return costs(turn) or goes(turn)


def costs(turn: Turn) -> Outcome | None:
    """自己弄的话不花钱吧 asks for no price of ours, and tells no problem."""
    asks = asking.asks(turn.text) or turn.text.rstrip("?？。").endswith(("吧", "嘛"))
    if not asks or not _ALONE.search(turn.text) or not _PAYS.search(turn.text):
        return None
    if turn.memory.form is None and turn.understanding.entry not in (None, inquiry.ENTRY):
        return None
    after = inquiry.reminder(turn) or turn.say("footer_plain")
    return Outcome(lines(turn.say("alone_costs"), after), turn.memory)


def goes(turn: Turn) -> Outcome | None:
    """那我自己来 教我: the inquiry, if any, is off, and the way that was talked about is shown."""
    way = turn.entry(turn.memory.before if turn.memory.form else turn.memory.entry)
    if turn.waiting or way is None or not way.steps or not _wants_to_learn(turn.text):
        return None
    if not turn.memory.form:
        return steps.show(turn, way, 1)
    off = replace(turn.memory, form=None, question="", entry="", times=0, walk=None)
    told = answer(replace(turn, memory=off, text=""), way)
    return replace(told, text=blocks(turn.say("form_alone_goes"), told.text))


def _wants_to_learn(text: str) -> bool:
    if len(text) > _FEW or _PAYS.search(text) or commands.content(text).startswith("你"):
        return False
    alone = _ALONE.search(text)
    return bool(alone and _TEACH.search(text, alone.end()))


_FEW = 20
"""Characters; a longer message tells what went wrong when they did it alone."""
