"""Two questions in one message get two answers, in order.

Each is matched by itself, with what leads to it: two matches for a message.
"""

from dataclasses import replace

from faq.bank import Entry
from handlers.dialogue import commands, inquiry, position, render
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, title, with_tail
from wechat.text import LIMIT


def reply(turn: Turn) -> Outcome | None:
    """Both answers; None when the message asks one thing, or one of them is not clear."""
    if not turn.halves or any(half.outcome != "answer" for half in turn.halves):
        return None
    one, other = (turn.entry(half.entry) for half in turn.halves)
    if one is None or other is None or one.id == other.id:
        return None
    if inquiry.ENTRY in (one.id, other.id):
        return _with_inquiry(turn, one, other)
    return _both(turn, one, other)


def _with_inquiry(turn: Turn, one: Entry, other: Entry) -> Outcome:
    """怎么收费 and another question: the form opens, and the other has its first sentence."""
    started = inquiry.start(turn)
    if one.id == inquiry.ENTRY:
        answered = render.in_short(turn, other)
        said = turn.say("second_question", title=title(other), answer=answered)
        form = started.memory.form
        asked = inquiry.ask(turn, form) if form else ""
        return replace(started, text=blocks(started.text.removesuffix(asked).rstrip(), said, asked))
    return replace(started, text=blocks(render.in_short(turn, one), started.text))


def _both(turn: Turn, one: Entry, other: Entry) -> Outcome:
    whole, short = render.body(turn, other), render.in_short(turn, other)
    cut = len(commands.content(short)) < len(commands.content(whole))
    second = turn.say("second_question", title=title(other), answer=short)
    rest = turn.say("second_rest") if cut else ""
    first_walk, paused, _ = position.begin(turn, one)
    offered = render.choices(turn, one)
    memory = replace(
        turn.memory,
        walk=first_walk,
        paused=paused,
        options=offered,
        numbers="options" if offered else "steps" if one.steps else "",
        question="",
        entry=one.id,
        times=1,
        helped=True,
        misses=0,
        unsure=(),
        refused=(),
        rest=other.id if cut else "",
    )
    first = blocks(render.body(turn, one), render.option_lines(turn, offered))
    room = LIMIT - len(blocks("", lines(second, rest)).encode()) - _TAIL
    text = blocks(render.fit(first, room), lines(second, rest))
    return Outcome(with_tail(turn, text), memory, entry=one.id)


_TAIL = 120
"""Bytes that a tail may add while somebody waits."""
