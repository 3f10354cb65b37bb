"""A question about what is being talked about: this step first, then its entry.

What the guides know of a step (why, where, what to fill in, errors, on the phone, whose card)
stands in its help, what they know of an entry in its details and sentences (`faq.details`).
"""

import re
from dataclasses import replace

from faq.bank import Entry
from faq.details import detail, step_help
from faq.moves.reading import step_number
from handlers.dialogue import answer_parts, asking, commands, render
from handlers.dialogue.memory import Walk
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, with_tail

_SURE = 0.6
"""From here on the matcher's word for another entry counts more than the step at hand."""

YES_NO = "能否"
"""In a detail: any question whether it can be done at all."""

_LONGEST = 40
"""Longer messages tell a story of their own."""


def in_walk(turn: Turn) -> Outcome | None:
    """What is asked about the step at hand, or about the one that the message names."""
    here = turn.memory.walk
    entry = turn.entry(here.entry) if here else None
    if here is None or entry is None or len(turn.text) > _LONGEST:
        return None
    named = step_number(turn.text)
    number = named or answer_parts.quoted(entry, turn.read_as) or here.step
    if not 1 <= number <= len(entry.steps) or not _asks(turn.text, named=named is not None):
        return None
    if _leaves_walk(turn, entry, number, named=named is not None):
        return None
    text = about_step(turn, entry, number)
    if text or named is not None:
        return _step(turn, entry, number, text)
    told = of_topic(turn, entry)
    return _of_walk(turn, entry, told) if told else None


def _leaves_walk(turn: Turn, entry: Entry, number: int, *, named: bool) -> bool:
    """Whether a person is called, or another entry asked for; one who names a step stays."""
    if turn.understanding.outcome in ("human", "escalate"):
        return True
    return not named and _elsewhere(turn, entry, number)


def _of_walk(turn: Turn, entry: Entry, told: str) -> Outcome:
    """What concerns the whole way and not one step; the walk stays where it is."""
    memory = replace(turn.memory, options=(), numbers="steps", entry=entry.id, misses=0, refused=())
    text = blocks(told, turn.say("step_about_footer"))
    return Outcome(with_tail(turn, text), memory, entry=entry.id)


def _asks(text: str, *, named: bool) -> bool:
    """Whether something is asked; 找不到 and 点不了 alone only tell of being stuck."""
    if named or commands.is_question(text):
        return asking.asks(text)
    return bool(set(asking.aspects(text)) - {"where", "error", "what"})


def _step(turn: Turn, entry: Entry, number: int, text: str) -> Outcome:
    shown, known = text, ""
    if not text:
        shown = render.filled(turn, entry.steps[number - 1])
        known = render.step_help(turn, entry, number)
    said = lines(turn.say("step_about", step=number, text=shown), known)
    memory = replace(
        turn.memory,
        walk=Walk(entry.id, number),
        options=(),
        numbers="steps",
        entry=entry.id,
        helped=True,
        misses=0,
        refused=(),
    )
    text = blocks(said, turn.say("step_about_footer"))
    return Outcome(with_tail(turn, text), memory, entry=entry.id)


def _elsewhere(turn: Turn, entry: Entry, number: int) -> bool:
    """Whether a question leaves the step for another entry, or for what we do not cover."""
    found = turn.understanding
    if _of_this(turn):
        return False
    if found.outcome == "answer":
        return found.entry != entry.id and found.score >= _SURE
    if not found.neighbour:
        return False
    words = answer_parts.pairs(asking.without_aspects(turn.read_as))
    known = answer_parts.known_pairs(entry.steps[number - 1] + "".join(entry.step_help))
    return not words or not words & known


_SMALL = re.compile(
    r"[这那个一步里边上在我你您她他要能可以就怎么办弄整做搞点操作的是吗呢啊了没还也都会不行吧用得着到]"
)


def _of_this(turn: Turn) -> bool:
    """手机上能弄吗 names nothing but what it asks: it can only mean the step at hand."""
    asked = turn.read_as
    left = commands.content(_SMALL.sub("", asking.without_aspects(asked)))
    return bool(asking.aspects(asked)) and not left


def about_step(turn: Turn, entry: Entry, number: int) -> str:
    """What the guide says to a question about one step; "" when an entry's detail says more."""
    known = entry.step_help[number - 1 : number]
    helps = step_help(known[0] if known else "")
    told, weight = _detail(turn, entry)
    here = _of_this(turn) or step_number(turn.text) is not None
    if weight >= _TELLING and not here:
        return ""
    for aspect in asking.aspects(turn.read_as):
        if text := helps.about(aspect):
            return depending(turn, text)
        if told and not here:
            return ""
        if aspect == "where" and helps.first:
            return render.filled(turn, lines(entry.steps[number - 1], helps.first))
    return ""


_TELLING = 4
"""A detail whose words a question holds this much of is meant, whatever the step says."""


def of_entry(turn: Turn, entry: Entry) -> str:
    """The detail of an entry that a question names, the most telling one."""
    told, weight = _detail(turn, entry)
    if weight <= 1 and _of_this(turn) and (known := _of_steps(turn, entry)):
        return known  # 手机上弄可以吗 asks more than whether it can be done
    return told


def _of_steps(turn: Turn, entry: Entry) -> str:
    """What the first step that says anything about it says: on the phone, whose card."""
    for aspect in asking.aspects(turn.read_as):
        for helps in map(step_help, entry.step_help):
            if text := helps.about(aspect):
                return depending(turn, text)
    return ""


def outweighs(turn: Turn, entry: Entry) -> str:
    """A detail of what is talked about that a doubtful answer of another entry gives way to."""
    found = turn.understanding
    if found.entry == entry.id or found.score >= _CLEAR:
        return ""
    told, weight = _detail(turn, entry)
    if weight >= _TELLING:
        return told
    return likeliest(turn, entry, max(CERTAINLY, found.score))


_CLEAR = 0.85


def _detail(turn: Turn, entry: Entry) -> tuple[str, int]:
    asked = re.sub(r"\s", "", turn.read_as)
    best, told = 0, ""
    for line in entry.details:
        words, text = detail(line)
        weight = sum(_weight(word, asked) for word in words)
        if weight > best:
            best, told = weight, text
    return (depending(turn, told) if told else "", best)


def _weight(word: str, asked: str) -> int:
    """How much of a question one of a detail's words names; all its parts must be there."""
    if word == YES_NO:
        return int(asking.is_whether(asked))
    parts = word.split("+")
    return 1 + sum(map(len, parts)) if all(part in asked for part in parts) else 0


def depending(turn: Turn, text: str) -> str:
    """A detail for this merchant: where it depends on the shop's kind, that is said first."""
    kinds = turn.sayings.names
    fitting = render.filled(turn, text)
    label = next((kind for kind in kinds if fitting.startswith((f"{kind}：", f"{kind}:"))), "")
    if not label:
        return fitting
    if fitting != render.filled(replace_facts(turn), text):
        return fitting[len(label) + 1 :]
    return turn.say("depends_subject") + fitting


def replace_facts(turn: Turn) -> Turn:
    """The same turn of somebody of whom nothing is known."""
    return replace(turn, memory=replace(turn.memory, facts={}))


def of_topic(turn: Turn, entry: Entry) -> str:
    """What the entry that is talked about says to a follow-up; "" when no line of it answers."""
    if len(turn.text) > _LONGEST:
        return ""
    told, weight = _detail(turn, entry)
    if weight >= _TELLING:
        return told
    return likeliest(turn, entry, LIKELY) or of_entry(turn, entry)


LIKELY, SURELY, CERTAINLY = 0.35, 0.6, 0.8
"""Shares of `Turn.topic_line`. Of follow-ups to entries of the firm's that the training left out,
the first tells 43 in 100 rightly and 3 wrongly, and one in seven of those that no line answers;
the second 34, 1 and one in twelve; the last 26, none and one in sixteen (`bench.train_within`)."""


def unsaid(turn: Turn, told: str) -> str:
    """A part of an entry, or "" when the last message said it already."""
    return "" if render.plain(told) in render.plain(turn.memory.said) else told


RIVAL = 1.6
"""How much likelier than another entry a line must be: 密码又忘了 leaves the subject."""


def _elsewhere_score(turn: Turn) -> float:
    """How likely another entry than the one talked about is meant."""
    found = turn.understanding
    best = found.ranking[0][0] if found.ranking else None
    sure = found.score >= _CLEAR  # left to `outweighs`
    return 0.0 if sure or best in (None, turn.memory.entry) else found.score


_NAMED = 4
"""Characters below which a message names something rather than asking about it."""


def likeliest(turn: Turn, entry: Entry, least: float) -> str:
    """The line of the entry talked about that answers the message, if it gets this share."""
    line = turn.topic_line
    if entry.id != turn.memory.entry or line.share < max(least, RIVAL * _elsewhere_score(turn)):
        return ""
    if len(commands.content(turn.text)) < _NAMED:
        return ""  # 个体 tells something, and asks for all that concerns it
    return depending(turn, line.text)
