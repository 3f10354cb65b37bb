"""Where a merchant stands in a way: told in 我到第三步了, shown by quoting a step of ours."""

import re

from faq.bank import Entry
from faq.moves.reading import step_number, unquoted
from handlers.dialogue import answer_parts, asking, explaining, position, render, steps
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, with_tail

_AT = re.compile(
    r"^(?:我|俺|人|现在|已经|都|这会儿?|目前|刚)*(?:在|到|[做弄走点进来搞办看停]到)了?"
    r"第?[0-9一二三四五六七八九十最后]+步(?:了|啦|[这那][里儿]?|来|的时候|上)*$"
)
_CALM = frozenset(("question", "which_step", "step_n", "done", "next", "ack", "wait", "yes"))


def told(turn: Turn) -> Outcome | None:
    """我到第三步了: that step is shown, whichever was shown before."""
    here = position.place(turn)
    at = next((one.step for one in turn.heard.clauses if _AT.match(one.text)), None)
    if here is None or at is None or turn.memory.form or turn.meant.move not in _CALM:
        return None
    number = len(here[1].steps) if at < 0 else at
    if asking.asks(turn.text) or not 1 <= number <= len(here[1].steps):
        return None
    return steps.show(turn, here[1], number)


def asked_of_quoted(turn: Turn) -> Outcome | None:
    """这个要填些啥 below a quoted step is asked of that step; the walk stays where it is."""
    here = position.place(turn)
    at = _quoted(turn, here[1]) if here else 0
    if here is None or not at or not asking.asks(turn.text):
        return None
    entry = here[1]
    known = explaining.about_step(turn, entry, at)
    known = known or lines(
        render.filled(turn, entry.steps[at - 1]), render.step_help(turn, entry, at)
    )
    text = blocks(turn.say("step_about", step=at, text=known), turn.say("step_about_footer"))
    return Outcome(with_tail(turn, text), turn.memory, entry=entry.id)


_NUMBERED = re.compile(r"^「[^：:\n]{0,20}[：:]\s*(?P<number>\d)[\s.、]+(?P<line>[^\n]+)")
_SHARED = 2
"""Pairs of characters that a quoted line must share with a step to be that step."""


def _quoted(turn: Turn, entry: Entry) -> int:
    """The one step that is quoted, by its line or by its place; 0 where none is."""
    quote = turn.kept[: len(turn.kept) - len(unquoted(turn.kept))].partition("\n")[0]
    line = _NUMBERED.match(quote)
    at = int(line["number"]) if line else step_number(quote) or 0
    if not 1 <= at <= len(entry.steps):
        return 0
    if line is None:
        return at
    shared = answer_parts.pairs(line["line"]) & answer_parts.known_pairs(entry.steps[at - 1])
    return at if len(shared) >= _SHARED else 0
