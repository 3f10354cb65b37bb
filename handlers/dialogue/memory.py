"""What the bot remembers of a conversation between two turns, as plain JSON values.

Whatever a database gives back is read with care: an unknown key, a wrong type or an older
shape never breaks a turn; the part that cannot be read is forgotten.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from faq.bank import Bank

Numbers = Literal["", "options", "steps", "rating", "worked"]
"""What a bare digit means now: the list that the merchant saw last."""

Question = Literal["", "human", "contact", "shop"]
"""What the bot asked and expects an answer to (besides digits)."""

STALE = timedelta(hours=24)
"""A list or a question older than this is no longer on the merchant's mind; the walk stays."""

TOPIC_STALE = timedelta(hours=3)
"""那要多久 after this long is a new subject."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A position in an entry's steps. `step` counts from 1; 0: only the overview was shown."""

    entry: str
    step: int = 0
    stuck: int = 0
    """How often the merchant said to be stuck at this step."""


@dataclass(frozen=True, slots=True)
class Form:
    """The inquiry while it is being filled; "" is not yet known."""

    shop: str = ""
    problem: str = ""
    contact: str = ""
    asking: str = "shop"
    doubt: str = ""
    """A shop name that looked like a question, waiting for the merchant's yes."""

    def fields(self) -> dict[str, str]:
        known = {"shop": self.shop, "problem": self.problem, "contact": self.contact}
        return {name: value for name, value in known.items() if value}


@dataclass(frozen=True, slots=True)
class Thought:
    """The last messages of the merchant, in case the next one continues them."""

    text: str = ""
    at: str = ""
    entry: str = ""
    """The entry that was answered meanwhile."""
    options: tuple[str, ...] = ()
    listened: int = 0
    """How many pieces were met with "go on" or with silence."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The dialogue's whole memory of one merchant."""

    walk: Walk | None = None
    paused: Walk | None = None
    """A walk that another walk interrupted."""
    ended: Walk | None = None
    """A walk that a thank-you ended before its last step."""
    form: Form | None = None
    thought: Thought = field(default_factory=Thought)
    options: tuple[str, ...] = ()
    numbers: Numbers = ""
    question: Question = ""
    entry: str = ""
    """The entry talked about last: the context of a follow-up."""
    times: int = 0
    """How often in a row `entry` was the answer."""
    misses: int = 0
    unsure: tuple[str, ...] = ()
    """The options offered last time, to notice when nothing new was understood."""
    neighbour: str = ""
    calm: bool = False
    """The merchant complained or is in trouble: no rating, no cheer."""
    alarm: str = ""
    """What raised the alarm in the open case."""
    rated: str = ""
    """When a rating was asked last (ISO), "" for never."""
    helped: bool = False
    notes: tuple[str, ...] = ()
    pictures: int = 0
    materials: tuple[str, ...] = ()
    urged: int = 0
    contact: bool = False
    """A way to reach the merchant is in the open case."""
    said: str = ""
    """The last thing the bot said, cut: the same must not be said twice in a row."""
    turns: int = 0
    """How many turns there were: what varies the wording."""
    at: str = ""
    """When the last turn was (ISO)."""

    def to_json(self) -> dict[str, object]:
        """Only what differs from a fresh memory, so that a row stays small."""
        changed = {item.name: getattr(self, item.name) for item in fields(self)}
        return {
            name: asdict(value) if isinstance(value, Walk | Form | Thought) else value
            for name, value in changed.items()
            if value != getattr(FRESH, name)
        }


FRESH = Memory()


def recall(stored: Mapping[str, object], bank: Bank, now: datetime) -> Memory:
    """The memory behind stored JSON, without what went stale or left the bank."""
    memory = replace(
        _read(Memory(), stored),
        walk=_walk(stored.get("walk"), bank),
        paused=_walk(stored.get("paused"), bank),
        ended=_walk(stored.get("ended"), bank),
        form=_form(stored.get("form")),
        thought=_part(Thought(), stored.get("thought")) or Thought(),
    )
    options = tuple(o for o in memory.options if o in bank.by_id or o.startswith("#"))
    return _forget_stale(replace(memory, options=options), now)


def seconds_since(at: str, now: datetime) -> float:
    """Seconds from an ISO time to `now`; infinite when it is missing or unreadable."""
    try:
        return (now - datetime.fromisoformat(at)).total_seconds()
    except (ValueError, TypeError):
        return float("inf")


def _forget_stale(memory: Memory, now: datetime) -> Memory:
    away = seconds_since(memory.at, now)
    if away > TOPIC_STALE.total_seconds():
        memory = replace(memory, entry="", times=0, neighbour="", thought=Thought())
    if away > STALE.total_seconds():
        memory = replace(memory, options=(), numbers="", question="", form=None)
        memory = replace(memory, misses=0, unsure=(), calm=False, alarm="")
    return memory


def _walk(stored: object, bank: Bank) -> Walk | None:
    """A walk whose step exists in the bank of today; a guide may have lost steps since."""
    walk = _part(Walk(""), stored)
    entry = bank.by_id.get(walk.entry) if walk else None
    if walk is None or entry is None or not entry.steps:
        return None
    return replace(walk, step=min(max(walk.step, 0), len(entry.steps)))


def _form(stored: object) -> Form | None:
    form = _part(Form(), stored)
    if form is not None and form.asking not in ("shop", "problem", "contact"):
        return replace(form, asking="shop")
    return form


_Part = TypeVar("_Part", Walk, Form, Thought, Memory)


def _part(fresh: _Part, stored: object) -> _Part | None:
    return _read(fresh, stored) if isinstance(stored, Mapping) else None


def _read(fresh: _Part, stored: Mapping[str, object]) -> _Part:
    """`fresh` with every stored value that has the type of the fresh one."""
    values: dict[str, Any] = {}
    for item in fields(fresh):
        value, default = stored.get(item.name), getattr(fresh, item.name)
        if isinstance(default, tuple) and isinstance(value, list | tuple):
            values[item.name] = tuple(part for part in value if isinstance(part, str))
        elif value is not None and type(value) is type(default):
            values[item.name] = value
    return replace(fresh, **values)
