"""Where the merchant stands in an entry's steps, and the way back to there."""

from faq.bank import Entry
from handlers.dialogue.memory import Walk
from handlers.dialogue.turn import Turn, title


def place(talk: Turn) -> tuple[Walk, Entry] | None:
    """The walk and its entry."""
    walk = talk.memory.walk
    entry = talk.entry(walk.entry) if walk else None
    return (walk, entry) if walk and entry else None


def reminder(talk: Turn, entry_id: str | None) -> str:
    """After a question in between: where the walk stands. "" without one to go back to."""
    here = place(talk)
    if here is None or here[0].step == 0 or here[1].id == entry_id:
        return ""
    walk, entry = here
    return talk.say("walk_reminder", title=title(entry), step=walk.step)


def begin(talk: Turn, entry: Entry) -> tuple[Walk | None, Walk | None, str]:
    """The walk and the paused walk after answering with `entry`, and the line about the latter."""
    here = place(talk)
    current = here[0] if here else None
    if not entry.steps:
        return current, talk.memory.paused, reminder(talk, entry.id)
    if current is not None and current.entry == entry.id:
        return current, talk.memory.paused, ""
    if current is None or current.step == 0:
        return Walk(entry.id), talk.memory.paused, ""
    old = talk.bank.by_id[current.entry]
    return Walk(entry.id), current, talk.say("walk_paused", title=title(old), step=current.step)
