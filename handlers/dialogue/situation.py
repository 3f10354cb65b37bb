"""A merchant tells or corrects what their situation is: noted, and answered for it.

What was just answered is not said again as a whole: only the branch that is now theirs, and
nothing where the fact changes nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from faq.bank import Entry
from faq.details import step_help
from handlers.dialogue import asking, explaining, facts, position, render, steps
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, with_tail

_MOSTLY_FACT = 20
"""A longer message tells a story, not a fact."""

_SENTENCE = re.compile(r"[^\n。]+。?")
_MAX_LINES = 3


def told(turn: Turn) -> Outcome | None:
    """What a merchant tells of their situation, asking nothing."""
    if turn.waiting or asking.asks(turn.text) or len(turn.text) > _MOSTLY_FACT:
        return None
    new = facts.told(turn.text, turn.sayings)
    kind = any(value.fact in new for value in turn.sayings.kinds)
    if not (turn.memory.entry or kind) and turn.understanding.outcome == "options":
        return None  # who begins with what is wrong asks for help with it
    noted = _behind(turn, new) or _noted(turn)
    # What kind of shop it is says too little before anything was asked: the rest may follow.
    return replace(noted, thin=True) if noted and kind and not turn.memory.entry else noted


def _behind(turn: Turn, new: Mapping[str, str]) -> Outcome | None:
    """登得上的 of a way that begins with 登录: the step after it."""
    here = position.place(turn)
    if here is None or here[0].step > 1 or len(here[1].steps) < _TWO:
        return None
    can = [one.removeprefix(_CAN) for one in facts.labels(new, turn.sayings) if one[:1] == _CAN]
    if not any(here[1].steps[0].startswith(one) for one in can):
        return None
    return steps.show(turn, here[1], 2)


_CAN, _TWO = "能", 2


def corrected(turn: Turn) -> Outcome | None:
    """不对 我是企业店: what was just answered, for this merchant."""
    found = turn.understanding
    if found.outcome == "answer" and found.entry != turn.memory.entry:
        return None
    return _noted(turn)


def _noted(turn: Turn) -> Outcome | None:
    new = facts.told(turn.text, turn.sayings)
    labels = facts.labels(new, turn.sayings)
    if not labels:
        return None
    here = position.place(turn)
    entry = here[1] if here and here[0].step else turn.entry(turn.memory.entry)
    known = ""
    if entry:
        kind = any(value.fact in new for value in turn.sayings.kinds)
        known = _for_them(turn, entry) if kind else explaining.of_entry(turn, entry)
    key = "fact_noted" if known else "fact_kept"
    text = lines(turn.say(key, fact="、".join(labels)), known)
    text = blocks(text, position.reminder(turn, None))
    memory = replace(turn.memory, question="", misses=0)
    shown = entry.id if known and entry else None
    return Outcome(with_tail(turn, text), memory, entry=shown, rule="told")


def _for_them(turn: Turn, entry: Entry) -> str:
    """The sentences of an entry that are for this kind of merchant alone, or a fitting detail."""
    texts = [entry.answer, *entry.steps, entry.after]
    texts += [step_help(help_).first for help_ in entry.step_help]
    theirs: list[str] = []
    for text in texts:
        for sentence in _SENTENCE.findall(text):
            mine = facts.fitting(sentence, turn.facts, turn.sayings).strip(" ·")
            if mine and mine != sentence.strip(" ·"):
                theirs.append(mine)
            elif facts.is_for(sentence, turn.facts, turn.sayings):
                theirs.append(sentence.strip(" ·"))
    shown = "\n".join(list(dict.fromkeys(theirs))[:_MAX_LINES])
    return render.filled(turn, shown) if shown else explaining.of_entry(turn, entry)
