"""Showing one step of an entry: where it stands in the way, what to do, and what to reply."""

import re
from dataclasses import replace

from faq.bank import Entry, step_key
from handlers.dialogue import answer_parts, render
from handlers.dialogue.memory import Walk, seconds_since
from handlers.dialogue.turn import Outcome, Turn, blocks, lines

_BACK_AFTER = 6 * 3600
"""Seconds of silence after which a step begins with where we were."""

STUCK_WORDS = re.compile(
    r"找不[到着]|没找[到着]|没看[到见]|看不[到见]|没有.{0,8}(?:按钮|选项|入口|页面|菜单|这一?[个项步])|不一样|不同|对不上"
    r"|卡[住在]|点不[了动开]|点了没|没反应|打不开|不会[弄点操]|报错|怎么点|在哪[里点]?|灰色|灰的|按不了|弹不出|跳不|登不[上进了]|登录不|进不去"
)


def show(
    turn: Turn, entry: Entry, number: int, *, lead: str = "", extra: str = "", place: str = ""
) -> Outcome:
    """A step with where it stands in the way, its short help, and what to reply."""
    away = bool(turn.memory.at) and seconds_since(turn.memory.at, turn.context.now) > _BACK_AFTER
    key = place or ("step_place_back" if away else "step_place")
    shown = lines(lead, render.step(turn, entry, number, key))
    extra = extra or render.step_help(turn, entry, number)
    extra = lines(extra, may_have_changed(turn, entry, number))
    footer = turn.say("step_last" if number == len(entry.steps) else "step_footer")
    memory = replace(
        turn.memory, walk=Walk(entry.id, number), options=(), numbers="steps", entry=entry.id
    )
    memory = replace(memory, helped=True, misses=0, question="")
    return Outcome(blocks(lines(shown, extra), footer), memory, entry=entry.id)


def may_have_changed(turn: Turn, entry: Entry, number: int) -> str:
    """Said at a step that others got stuck at lately, until somebody of the firm has looked."""
    marked = (entry.id, step_key(entry.steps[number - 1])) in turn.context.changed_steps
    return turn.say("step_may_have_changed") if marked else ""


def begun(answered: Outcome, turn: Turn) -> Outcome:
    """The first step of what was just answered, where it has steps."""
    walk = answered.memory.walk
    entry = turn.entry(walk.entry) if walk else None
    if walk is None or entry is None or answered.entry != entry.id:
        return answered
    return show(replace(turn, memory=answered.memory), entry, 1)


def fitting_step(turn: Turn, entry: Entry) -> Outcome | None:
    """The one step that a follow-up on `entry` is about; None when that is unclear."""
    number = answer_parts.step(entry, turn.read_as)
    if number is None and STUCK_WORDS.search(turn.text):
        number = 1
    if number is None:
        return None
    intro = render.filled(turn, entry.answer).partition("\n")[0].rstrip("\uff1a:\uff0c。") + "。"
    draft = show(turn, entry, number, lead=intro, extra=render.more_help(turn, entry, number))
    return replace(draft, memory=replace(draft.memory, times=turn.memory.times + 1))


def sought(turn: Turn, entry: Entry) -> int:
    """The step of an overview that is named, or whose button was looked for just before."""
    before = turn.memory.thought.text
    sought = STUCK_WORDS.search(before) and _FOUND.search(turn.text)
    read = str(turn.understand(before).explain.get("read_as") or before) if sought else ""
    return answer_parts.quoted(entry, turn.text) or answer_parts.first_quoted(entry, read)


_FOUND = re.compile(r"(?:看|瞧|瞅|找)[到见着]了|有了|出来了")
