"""Answering with an entry: the whole of it once, then the part that is asked for."""

import re
from dataclasses import replace

from faq.bank import Entry
from handlers.dialogue import (
    answer_parts,
    asking,
    ellipsis,
    explaining,
    facts,
    handoff,
    inquiry,
    position,
    render,
    steps,
)
from handlers.dialogue.memory import Memory, Numbers
from handlers.dialogue.turn import CONSULTANT, Outcome, Turn, blocks, lines, with_tail

_VARY_AT, _OFFER_AGAIN_AT = 2, 3


def answer(turn: Turn, entry: Entry, *, keep_options: bool = False) -> Outcome:
    """An entry's answer, varied when it comes again, with the way back to an interrupted walk."""
    if entry.id == inquiry.ENTRY:
        return inquiry.start(turn)
    again = turn.memory.entry == entry.id and bool(turn.text)
    at = facts.starts_at(entry.id, turn.facts, turn.sayings)
    if again and (outcome := _nearer(turn, entry) or _fitting_step(turn, entry, at)):
        return outcome
    if at:
        return steps.show(turn, entry, at, lead=turn.say("starts_at", step=at))
    if again and entry.steps and not turn.waiting:
        return _perhaps_part(turn, entry) or _step_by_step(turn, entry)
    return _whole(turn, entry, keep_options=keep_options)


def _whole(turn: Turn, entry: Entry, *, keep_options: bool) -> Outcome:
    """The entry's answer as a message of its own, with what is open after it."""
    times = turn.memory.times + 1 if turn.memory.entry == entry.id else 1
    walk, paused, back = position.begin(turn, entry)
    text, complete = _text(turn, entry, times)
    text = lines(text, back) if turn.waiting or not back else blocks(text, back)
    options, numbers = _lists(turn, entry, keep_options=keep_options)
    memory = replace(
        _answered(turn, entry, times),
        walk=walk,
        paused=paused,
        options=options,
        numbers=numbers,
        rest="" if complete else entry.id,
    )
    return Outcome(with_tail(turn, text), memory, entry=entry.id)


def _text(turn: Turn, entry: Entry, times: int) -> tuple[str, bool]:
    """The words, and whether they are all that the entry says."""
    text = _worded(turn, entry, times)
    lead = explaining.of_entry(turn, entry) if times == 1 and turn.text else ""
    if not lead:
        return text, True
    if entry.steps or entry.choices:
        said = answer_parts.says_already(render.first_sentence(text), lead)
        return text if said else blocks(lead, text), True
    if _asks_both(turn, entry, lead) or _lacks_time(turn, entry, lead):
        return blocks(render.body(turn, entry), lead), True
    return lines(lead, turn.say("second_rest")), False


def _asks_both(turn: Turn, entry: Entry, lead: str) -> bool:
    """要啥材料？要原件吗？: the entry itself is asked for, and then a detail of it."""
    halves = asking.two_questions(turn.text)
    if halves is None:
        return False
    alone = replace(turn, text=halves[0], memory=replace(turn.memory, entry=""))
    return explaining.of_entry(alone, entry) != lead


def _lacks_time(turn: Turn, entry: Entry, lead: str) -> bool:
    """系统审还要几天: a detail of who reviews tells no time, and the entry does."""
    asks = "how_long" in turn.aspects and not _TIME.search(lead)
    return asks and bool(_TIME.search(entry.answer))


_TIME = re.compile(r"\d\s*(?:个?工作日|天|小时|分钟|周|个?月)")


def _answered(turn: Turn, entry: Entry, times: int) -> Memory:
    """The memory once this entry was answered so many times in a row."""
    return replace(
        turn.memory,
        question="human" if times >= _OFFER_AGAIN_AT and not turn.waiting else "",
        entry=entry.id,
        times=times,
        helped=True,
        misses=0 if times == 1 else turn.memory.misses,
        unsure=(),
        refused=(),
        neighbour="",
    )


def _fitting_step(turn: Turn, entry: Entry, starts_at: int) -> Outcome | None:
    """Asked again: the step that this question is about; where it starts later, that one."""
    fitting = steps.fitting_step(turn, entry) if entry.steps and not starts_at else None
    return fitting and replace(fitting, text=with_tail(turn, fitting.text))


def _nearer(turn: Turn, entry: Entry) -> Outcome | None:
    """Asked again: one of the ways that it offers, or the part that is asked for."""
    way = _way_of(turn, entry)
    return answer(turn, way) if way else _part_asked_for(turn, entry)


def _way_of(turn: Turn, entry: Entry) -> Entry | None:
    """手机号早不用了 under an overview of ways: the one of them that this is about."""
    weights = dict(turn.understanding.ranking)
    best = max(entry.choices, key=lambda one: weights.get(one, 0.0), default="")
    return turn.entry(best) if weights.get(best, 0.0) >= _OF_WAYS else None


_OF_WAYS = 0.12


def _part_asked_for(turn: Turn, entry: Entry) -> Outcome | None:
    """Asked again: the detail or the sentence that this question is after."""
    known = explaining.of_topic(turn, entry)
    draft = explained(turn, entry, known) if known else None
    return draft and replace(draft, memory=replace(draft.memory, times=turn.memory.times + 1))


def _perhaps_part(turn: Turn, entry: Entry) -> Outcome | None:
    """Asked again, with something that may be one of its lines: 再被打回来咋办."""
    told = explaining.unsaid(turn, explaining.likelier_than_others(turn, entry))
    whole = answer_parts.closeness(entry, turn.text) >= _SAME_QUESTION
    if not told or whole or not asking.asks(turn.text):
        return None
    memory = replace(turn.memory, question="", neighbour="", times=turn.memory.times + 1)
    text = blocks(turn.say("perhaps", line=told), position.reminder(turn, None))
    return Outcome(with_tail(turn, text), memory, entry=entry.id)


_SAME_QUESTION = 0.9
"""From here on a message is the entry's own question, and asks for all of it."""


def _step_by_step(turn: Turn, entry: Entry) -> Outcome:
    """Asked again without saying what: the way, one step at a time; the third time a person."""
    here = turn.memory.walk
    at = here.step if here and here.entry == entry.id and here.step else 1
    if turn.does("done") and at < len(entry.steps):
        at += 1  # 按了 它叫我选一种验证
    times = turn.memory.times + 1
    draft = steps.show(turn, entry, at, lead=turn.say("repeat_steps"))
    memory = replace(draft.memory, times=times)
    if times < _OFFER_AGAIN_AT:
        return replace(draft, memory=memory)
    text = blocks(draft.text, turn.say("repeat_offer"))
    return replace(draft, text=text, memory=replace(memory, question="human"))


def _worded(turn: Turn, entry: Entry, times: int) -> str:
    """First the whole answer; then the part that was asked for; a third time, a person too."""
    if times < _VARY_AT:
        return render.answer(turn, entry)
    part = _part(turn, entry)
    if part:
        body = part if "「" in part else blocks(part, turn.say("footer_plain"))
    else:
        listed = render.option_lines(turn, render.choices(turn, entry))
        short = render.in_short(turn, entry)
        body = blocks(turn.say("repeat_short", text=short), listed)
    if times >= _OFFER_AGAIN_AT and not turn.waiting:
        return blocks(body, turn.say("repeat_offer"))
    return body if part else blocks(body, turn.say("repeat_footer"))


def _part(turn: Turn, entry: Entry) -> str:
    """What of the answer this question is after; "" when that is not clear."""
    part = answer_parts.part(entry, turn.text, turn.sayings.branches)
    part = part or answer_parts.sentence(entry, turn.text)
    return part if is_mine(turn, part) else ""


def _lists(turn: Turn, entry: Entry, *, keep_options: bool) -> tuple[tuple[str, ...], Numbers]:
    """The options open after this answer, and what a bare number means then.

    A list chosen from stays open for its words.
    """
    if offered := render.choices(turn, entry):
        return offered, "options"
    kept = turn.memory.options if keep_options else ()
    if entry.steps:
        return kept, "steps"
    return kept, turn.memory.numbers if keep_options else ""


def take(turn: Turn, option: str) -> Outcome:
    """What an option leads to."""
    if option == CONSULTANT:
        return handoff.call(turn, "asked")
    return answer(turn, turn.bank.by_id[option], keep_options=True)


def named_again(turn: Turn, here: Entry) -> Outcome | None:
    """关店的那个再讲细点: told again is what it names, and not what was said last."""
    found = turn.understanding
    best, weight = found.likeliest
    other = turn.entry(best)
    if other is None or other.id == here.id or weight < _NAMED:
        return None
    return answer(turn, other) if ellipsis.names(turn, other, here) else None


_NAMED = 0.3
"""The weight of an entry that a message names, beside asking for it again."""


def another_way(turn: Turn, entry: Entry) -> Outcome | None:
    """接下来退押金 从哪开始 under a way that says nothing of it goes on with another one."""
    names = answer_parts.pairs(_GOES_ON.sub(" ", turn.text))
    best, weight = turn.understanding.likeliest
    other = turn.entry(best) if weight >= _MEANT and best != entry.id else None
    asks = any(one.move == "question" and one.score >= _ASKS for one in turn.heard.clauses)
    asks = asks or turn.understanding.outcome == "answer"
    if other is None or not asks or turn.does("done") or names & ellipsis.known(entry):
        return None
    return answer(turn, other)


_GOES_ON = re.compile(
    r"接下来|下一步|然后|接着|继续|下面|从哪(?:里|儿|下手|步)?|哪(?:里|儿)?|开始|下手|怎么|咋个?|啥|什么|呢|那|再|该|要|就|弄|办|做|搞|走|来|我|先|好|了|吧|的"
)
_MEANT, _ASKS = 0.3, 0.5


def rest(turn: Turn) -> Outcome | None:
    """其余: what was left out of the second answer."""
    entry = turn.entry(turn.memory.rest)
    if entry is None:
        return None
    fresh = replace(turn.memory, rest="", entry="", times=0)
    return answer(replace(turn, memory=fresh, text=""), entry)


def explained(turn: Turn, entry: Entry, known: str) -> Outcome | None:
    """A part of an entry as the whole answer; None when it was just said."""
    if not explaining.unsaid(turn, known):
        return None
    memory = replace(
        turn.memory,
        entry=entry.id,
        helped=True,
        misses=0,
        question="",
        neighbour="",
        refused=(),
        unsure=(),  # an answer in between settles what was asked back
    )
    known = _HANGS.sub("。", known)
    footer = "" if "「人工」" in known else turn.say("footer_plain")
    text = blocks(known, position.reminder(turn, None) or footer)
    return Outcome(with_tail(turn, text), memory, entry=entry.id)


_HANGS = re.compile(r"[；;，,]$")


def is_mine(turn: Turn, part: str) -> bool:
    """Whether a part of an answer is for this merchant: 企业 hears nothing of a personal card."""
    return not facts.excluded(part, turn.facts, turn.sayings) or bool(_SUPPOSES.search(turn.text))


_SUPPOSES = re.compile(r"要是|如果|假如|万一|换成")
