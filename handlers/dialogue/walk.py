"""Going along an entry's steps: forth, back, again, stuck, done."""

import re
from dataclasses import replace

from faq.bank import Entry
from handlers.dialogue import answer_parts, commands, handoff, small_talk
from handlers.dialogue.memory import Walk, seconds_since
from handlers.dialogue.render import filled, step
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, title

_INTO_A_WALK = ("next", "previous", "last", "start")
_COMMANDS = ("previous", "restart", "again", "last", "whereami", "resume", "start", "next")
_BACK_AFTER = 6 * 3600
"""Seconds of silence after which a step begins with where we were."""

_LOOSE_STUCK = re.compile(
    r"找不[到着]|没找[到着]|没看[到见]|看不[到见]|没有.{0,8}(?:按钮|选项|入口|页面|菜单|这一?[个项步])|不一样|不同|对不上"
    r"|卡[住在]|点不[了动开]|点了没|没反应|打不开|不会[弄点操]|报错|怎么点|在哪[里点]?|灰色|灰的|按不了|弹不出|跳不|登不[上进了]|登录不|进不去"
)
_MAX_NAMED = 6
"""第三步是啥 names a step and nothing more; a longer message may ask something else about it."""

_MAX_LOOSE = 20
"""Longer messages tell of more than being stuck and go to the matcher first."""


def follow(talk: Turn) -> Outcome | None:
    """A message that moves in the walk, if it is one."""
    place = _place(talk)
    if place is None:
        return _no_walk(talk)
    return _ended(talk, *place) or _moved(talk, *place)


def _ended(talk: Turn, walk: Walk, entry: Entry) -> Outcome | None:
    if commands.says(talk.text, "all_done"):
        return _ask_worked(talk, entry)
    return small_talk.solved(talk) if _is_done(talk, walk, entry) else None


def _moved(talk: Turn, walk: Walk, entry: Entry) -> Outcome | None:
    if number := _named_step(talk):
        return _go_to(talk, entry, number)
    if walk.step == 0 and commands.says(talk.text, "cannot"):
        return _show(talk, entry, 1, lead=talk.say("walk_together"))
    if command := commands.first_said(talk.text, _COMMANDS):
        return _obey(talk, walk, entry, command)
    return stuck(talk) if _is_stuck(talk, walk) else None


def leave(talk: Turn) -> Outcome | None:
    """算了 or 还没 in a walk: it stays where it is. Without one, 不用 is met in kind."""
    if not commands.first_said(talk.text, ("cancel", "no")):
        return None
    place = _place(talk)
    memory = replace(talk.memory, question="", numbers="", options=())
    if place is None or place[0].step == 0:
        return Outcome(talk.say("declined"), memory)
    walk, entry = place
    if commands.says(talk.text, "cancel"):
        return Outcome(talk.say("walk_left", title=title(entry), step=walk.step), memory)
    return Outcome(talk.say("ack_walk"), talk.memory)


def once_more(talk: Turn) -> bool:
    """不懂, 再说一遍 outside a walk."""
    return _place(talk) is None and commands.says(talk.text, "again")


def _place(talk: Turn) -> tuple[Walk, Entry] | None:
    walk = talk.memory.walk
    entry = talk.entry(walk.entry) if walk else None
    return (walk, entry) if walk and entry else None


def _no_walk(talk: Turn) -> Outcome | None:
    """下一步 without a walk: the one that 谢谢 ended goes on, or the three things are offered."""
    plain = commands.content(talk.text)
    named = commands.step_number(talk.text) is not None and len(plain) <= _MAX_NAMED
    if not named and not ("步" in plain and commands.first_said(talk.text, _INTO_A_WALK)):
        return None
    if talk.memory.ended:
        memory = replace(talk.memory, walk=talk.memory.ended, ended=None)
        return follow(replace(talk, memory=memory))
    memory = replace(talk.memory, options=small_talk.THINGS, numbers="options")
    return Outcome(blocks(talk.say("no_walk"), small_talk.things(talk)), memory)


def _is_done(talk: Turn, walk: Walk, entry: Entry) -> bool:
    if not commands.says(talk.text, "solved"):
        return False
    return walk.step in (0, len(entry.steps)) or not commands.says(talk.text, "next")


def _named_step(talk: Turn) -> int | None:
    """第三步, or a bare number while the numbered steps are the list in sight."""
    if talk.memory.numbers == "steps" and commands.is_bare_number(talk.text):
        return commands.choice_number(talk.text)
    number, plain = commands.step_number(talk.text), commands.content(talk.text)
    if number is None or len(plain) > _MAX_LOOSE:
        return None
    found = talk.understanding
    elsewhere = found.outcome == "answer" and found.entry != _here(talk)
    return None if elsewhere and len(plain) > _MAX_NAMED else number


def _here(talk: Turn) -> str:
    return talk.memory.walk.entry if talk.memory.walk else ""


def _go_to(talk: Turn, entry: Entry, number: int) -> Outcome:
    steps = len(entry.steps)
    if not 1 <= number <= steps:
        return Outcome(talk.say("step_out_of_range", steps=steps), talk.memory, entry=entry.id)
    if _LOOSE_STUCK.search(talk.text):
        walk = Walk(entry.id, number, 0)
        return stuck(replace_memory(talk, walk))
    return _show(talk, entry, number)


def replace_memory(talk: Turn, walk: Walk) -> Turn:
    """The same turn with the walk elsewhere."""
    return replace(talk, memory=replace(talk.memory, walk=walk))


def _obey(talk: Turn, walk: Walk, entry: Entry, command: str) -> Outcome:
    steps = len(entry.steps)
    if command == "resume" and (paused := talk.memory.paused) and talk.entry(paused.entry):
        return _resume(talk, paused)
    target = {
        "next": walk.step + 1,
        "start": walk.step + 1,
        "previous": walk.step - 1,
        "restart": 1,
        "last": steps,
    }.get(command, walk.step)
    if target > steps:
        return _ask_worked(talk, entry)
    if target < 1:
        return _show(talk, entry, 1, lead=talk.say("step_is_first"))
    if command in ("again", "whereami", "resume"):
        return _repeat(talk, walk, entry, command)
    return _show(talk, entry, target)


def _resume(talk: Turn, paused: Walk) -> Outcome:
    entry = talk.bank.by_id[paused.entry]
    memory = replace(talk.memory, paused=None)
    number = max(paused.step, 1)
    return _show(replace(talk, memory=memory), entry, number, place="step_place_of")


def _repeat(talk: Turn, walk: Walk, entry: Entry, command: str) -> Outcome:
    """The step once more; asked to explain, with what the guide knows about it."""
    if command == "again":
        return _show(talk, entry, walk.step, extra=_help(talk, entry, walk.step))
    return _show(talk, entry, walk.step, place="step_place_of")


def _show(
    talk: Turn, entry: Entry, number: int, *, lead: str = "", extra: str = "", place: str = ""
) -> Outcome:
    away = seconds_since(talk.memory.at, talk.scene.now) > _BACK_AFTER
    key = place or ("step_place_back" if away else "step_place")
    shown = lines(lead, step(talk, entry, number, key))
    footer = talk.say("step_last" if number == len(entry.steps) else "step_footer")
    memory = replace(
        talk.memory, walk=Walk(entry.id, number), options=(), numbers="steps", entry=entry.id
    )
    memory = replace(memory, helped=True, misses=0)
    return Outcome(blocks(shown, extra, footer), memory, entry=entry.id)


def fitting_step(talk: Turn, entry: Entry) -> Outcome | None:
    """The one step that a follow-up on `entry` is about; None when that is unclear."""
    number = answer_parts.step(entry, talk.text)
    if number is None and _LOOSE_STUCK.search(talk.text):
        number = 1
    if number is None:
        return None
    intro = filled(talk, entry.answer).partition("\n")[0].rstrip("\uff1a:\uff0c。") + "。"
    draft = _show(talk, entry, number, lead=intro, extra=_help(talk, entry, number))
    return replace(draft, memory=replace(draft.memory, times=talk.memory.times + 1))


def _ask_worked(talk: Turn, entry: Entry) -> Outcome:
    walk = Walk(entry.id, len(entry.steps))
    memory = replace(talk.memory, walk=walk, numbers="worked", options=(), helped=True)
    return Outcome(talk.say("walk_end", steps=len(entry.steps)), memory, entry=entry.id)


def _is_stuck(talk: Turn, walk: Walk) -> bool:
    if walk.step == 0 and not _step_missed(talk):
        return commands.says(talk.text, "stuck") and len(commands.content(talk.text)) > 1
    if commands.first_said(talk.text, ("stuck", "unsolved")):
        return True
    if len(commands.content(talk.text)) > _MAX_LOOSE or not _LOOSE_STUCK.search(talk.text):
        return False
    found = talk.understanding
    return found.outcome not in ("human", "escalate") and found.entry in (None, walk.entry)


def _step_missed(talk: Turn) -> int | None:
    """The step that 找不到保证金管理 is about, wherever the walk stands."""
    place = _place(talk)
    if place is None or commands.step_number(talk.text) is not None:
        return None
    return answer_parts.names_step(place[1], commands.content(_LOOSE_STUCK.sub("", talk.text)))


def stuck(talk: Turn) -> Outcome:
    """What the guide knows about the step; the second time, a person."""
    place = _place(talk)
    if place is None:
        return handoff.offer(talk, talk.say("unsolved_second"))
    walk, entry = place
    missed = _step_missed(talk) or walk.step
    if missed != walk.step:
        walk = Walk(entry.id, missed)
    if walk.step == 0:
        memory = replace(talk.memory, numbers="steps", options=())
        return Outcome(talk.say("stuck_which", steps=len(entry.steps)), memory, entry=entry.id)
    if walk.stuck >= 1:
        return handoff.call(talk, "stuck", talk.say("stuck_call", step=walk.step))
    memory = replace(
        talk.memory, walk=replace(walk, stuck=1), numbers="steps", options=(), entry=entry.id
    )
    known = _help(talk, entry, walk.step) or talk.say("stuck_unknown")
    place_line = talk.say("step_place", step=walk.step, steps=len(entry.steps))
    return Outcome(
        blocks(lines(place_line, known), talk.say("stuck_footer")), memory, entry=entry.id
    )


def _help(talk: Turn, entry: Entry, number: int) -> str:
    known = entry.step_help[number - 1 : number]
    return filled(talk, known[0]) if known else ""


def reminder(talk: Turn, entry_id: str | None) -> str:
    """After a question in between: where the walk stands. "" without one to go back to."""
    place = _place(talk)
    if place is None or place[0].step == 0 or place[1].id == entry_id:
        return ""
    walk, entry = place
    return talk.say("walk_reminder", title=title(entry), step=walk.step)


def begin(talk: Turn, entry: Entry) -> tuple[Walk | None, Walk | None, str]:
    """The walk and the paused walk after answering with `entry`, and the line about the latter."""
    place = _place(talk)
    current = place[0] if place else None
    if not entry.steps:
        return current, talk.memory.paused, reminder(talk, entry.id)
    if current is not None and current.entry == entry.id:
        return current, talk.memory.paused, ""
    if current is None or current.step == 0:
        return Walk(entry.id), talk.memory.paused, ""
    old = talk.bank.by_id[current.entry]
    return Walk(entry.id), current, talk.say("walk_paused", title=title(old), step=current.step)
