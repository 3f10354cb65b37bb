"""Two questions in one message get two answers, in order.

The whole message is matched already and is about one of them; which one, its words tell, and the
other is matched by itself: two matches for a message.
"""

from dataclasses import replace

from faq.bank import Entry
from faq.understanding import Understanding
from handlers.dialogue import answer_parts, asking, commands, inquiry, position, render
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, title, with_tail
from wechat.text import LIMIT


def reply(turn: Turn) -> Outcome | None:
    """Both answers; None when the message asks one thing, or one of them is not clear."""
    parts = asking.two_questions(turn.text)
    found = turn.understanding
    if parts is None or found.outcome not in ("answer", "options", "social") or not found.ranking:
        return None
    entries = _entries(turn, parts, found)
    if entries is None or any(one.id == inquiry.ENTRY for one in entries):
        return None
    return _both(turn, *entries)


def _entries(
    turn: Turn, parts: tuple[str, str], found: Understanding
) -> tuple[Entry, Entry] | None:
    one = turn.entry(found.ranking[0][0])
    if one is None:
        return None
    at = _nearer(one, parts)
    other_found = turn.understand(asking.unwrapped(parts[1 - at]))
    other = turn.entry(other_found.ranking[0][0]) if other_found.outcome == "answer" else None
    if other is None or other.id == one.id:
        return None
    if found.outcome != "answer" and found.ranking[0][1] < _WEIGHT:
        return None
    return (one, other) if at == 0 else (other, one)


_WEIGHT = 0.3
"""What the first entry weighs in an unclear whole; the other is certain by itself."""


def _nearer(entry: Entry, parts: tuple[str, str]) -> int:
    """Which of the two parts an entry answers: the one that shares more with its phrasings."""
    known = answer_parts.known_pairs(entry.question + entry.short)
    texts = [answer_parts.pairs(part) for part in parts]
    more = [answer_parts.closeness(entry, part) for part in parts]
    shares = [(len(text & known) + like, like) for text, like in zip(texts, more, strict=True)]
    return int(shares[1] > shares[0])


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
