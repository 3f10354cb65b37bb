"""Two questions in one message get two answers, in order.

Each is matched by itself, with what leads to it: two matches for a message.
"""

import re
from dataclasses import replace

from faq.bank import Entry
from handlers.dialogue import commands, entry_answer, inquiry, moves, position, render
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


def the_second(turn: Turn) -> Outcome | None:
    """后面那个说细点, 第二个呢 after two answers: the whole of the second, which was shortened."""
    if not turn.memory.rest or turn.memory.rest == turn.memory.entry or turn.memory.options:
        return None
    clauses = turn.heard.clauses
    named = len(clauses) == 1 and (
        moves.next_to(clauses[0].text) > 0 or bool(_SECOND.match(clauses[0].text))
    )
    return entry_answer.rest(turn) if named and not turn.waiting else None


_SECOND = re.compile(
    r"^(?:那|再|还有|说说|讲讲|细说)*(?:第[二2]个|后一[个条项]|后头[那这]?个)(?:问题|呢|再|说|讲|细|详|怎么|展开|$)"
)


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
