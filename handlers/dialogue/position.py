"""Where the merchant stands in an entry's steps, and the way back to there."""

from faq.bank import Entry
from handlers.dialogue.memory import Walk, seconds_since
from handlers.dialogue.turn import Turn, title

_JUST = 4.0
"""Seconds. Nobody reads an answer and writes the next thing in less."""


def was_just_answered(turn: Turn, within: float = _JUST) -> bool:
    """Whether this was written before the answer of a moment ago could be read, in seconds."""
    before = turn.memory.thought
    return bool(before.entry) and seconds_since(before.at, turn.context.now) <= within


def place(turn: Turn) -> tuple[Walk, Entry] | None:
    """The walk and its entry."""
    walk = turn.memory.walk
    entry = turn.entry(walk.entry) if walk else None
    return (walk, entry) if walk and entry else None


def reminder(turn: Turn, entry_id: str | None) -> str:
    """After a question in between: where the walk stands. "" without one to go back to."""
    here = place(turn)
    ended = turn.memory.numbers == "worked"
    if here is None or here[0].step == 0 or here[1].id == entry_id or ended:
        return ""
    walk, entry = here
    return turn.say("walk_reminder", title=title(entry), step=walk.step)


def begin(turn: Turn, entry: Entry) -> tuple[Walk | None, Walk | None, str]:
    """The walk and the paused walk after answering with `entry`, and the line about the latter."""
    here = place(turn)
    current = here[0] if here else None
    if not entry.steps:
        return current, turn.memory.paused, reminder(turn, entry.id)
    if current is not None and current.entry == entry.id:
        return current, turn.memory.paused, ""
    if current is None or current.step == 0:
        return Walk(entry.id), turn.memory.paused, ""
    old = turn.bank.by_id[current.entry]
    return Walk(entry.id), current, turn.say("walk_paused", title=title(old), step=current.step)


def beyond_steps(turn: Turn) -> bool:
    """第四个 of five options, while the one that was taken has three steps."""
    here, number = turn.memory.walk, turn.meant.number or 0
    entry = turn.entry(here.entry) if here else None
    steps_in_sight = len(entry.steps) if entry else 0
    return steps_in_sight < number <= len(turn.memory.options)
