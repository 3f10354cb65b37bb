"""What the bot remembers of a conversation between two turns, as plain JSON values.

Whatever a database gives back is read with care: an unknown key, a wrong type or an older
shape never breaks a turn; the part that cannot be read is forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Literal

from faq.bank import Bank

Numbers = Literal["", "options", "steps", "rating", "worked"]
"""What a bare number answers: the list, or the question, that the merchant saw last."""

Question = Literal["", "human", "contact", "shop"]
"""What the bot asked and expects an answer to (besides digits)."""

STALE = timedelta(hours=24)
"""A list or a question older than this is no longer on the merchant's mind; the walk stays."""

TOPIC_STALE = timedelta(hours=3)
"""那要多久 after this long is a new subject."""

FACT_STALE = timedelta(days=30)
"""A fact this old no longer chooses an answer, unless the case it was told in is open."""

_RATE_AGAIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Walk:
    """A position in an entry's steps. `step` counts from 1; 0: only the overview was shown."""

    entry: str
    step: int = 0
    stuck: int = 0
    """How often the merchant said to be stuck at this step."""


@dataclass(frozen=True, slots=True)
class Form:
    """The inquiry while it is being filled. `values`: what is known, by the field's name."""

    values: Mapping[str, str] = field(default_factory=dict)
    asking: str = ""
    doubt: str = ""
    """A name that looked like a question, waiting for the merchant's yes."""

    def told(self, name: str) -> str:
        """What is known of a field; "" is not yet known."""
        return self.values.get(name, "")

    def having(self, told: Mapping[str, str]) -> "Form":
        """With these too; "" makes one unknown again."""
        return replace(self, values={k: v for k, v in {**self.values, **told}.items() if v})


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
    waits: bool = False
    """The last message said too little alone, and waits for the rest without an answer."""


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
    listed: tuple[str, ...] = ()
    """The options shown last, open or not: 你刚才列的第四个."""
    numbers: Numbers = ""
    question: Question = ""
    entry: str = ""
    """The entry talked about last: the context of a follow-up."""
    before: str = ""
    """The entry talked about before that one: a side question leaves it only for a moment."""
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
    upset: int = 0
    """How often the merchant was annoyed: a person is offered, the second time one is called."""
    rated: str = ""
    """When a rating was asked last (ISO), "" for never."""
    handed: str = ""
    """A consultant handed back so (released, resolved, requeued), and nobody has told it yet."""
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
    rest: str = ""
    """The entry of which only the first sentence was said; 其余 asks for the rest."""
    refused: tuple[str, ...] = ()
    """Guesses that were refused: no list comes again before something was answered."""
    called: str = ""
    """How the merchant said to be called, whenever that was."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the merchant told of their situation, by name; `facts.py` says which there are."""
    facts_at: Mapping[str, str] = field(default_factory=dict)
    """When each of the facts was told (ISO)."""
    at: str = ""
    """When the last turn was (ISO)."""

    def facts_now(self, now: datetime, *, case_open: bool) -> Mapping[str, str]:
        """The facts that still hold."""
        if case_open or not self.facts:
            return self.facts
        limit, times = FACT_STALE.total_seconds(), self.facts_at
        return {
            fact: word
            for fact, word in self.facts.items()
            if seconds_since(times.get(fact, ""), now) <= limit
        }

    def rated_lately(self, now: datetime) -> bool:
        """Whether a rating was asked for within a month."""
        return seconds_since(self.rated, now) < _RATE_AGAIN.total_seconds()

    def to_json(self, **last: object) -> dict[str, object]:
        """With the `last` changes, and only what differs from a fresh memory: a row stays small."""
        values = _values(self) | last
        return {name: _plain(value) for name, value in values.items() if value != _MEMORY[name]}


FRESH = Memory()

_NAMES: Mapping[type, tuple[str, ...]] = {
    part: tuple(item.name for item in fields(part)) for part in (Memory, Walk, Form, Thought)
}
_GETTERS = {part: attrgetter(*names) for part, names in _NAMES.items()}


def _values(part: object) -> dict[str, Any]:
    kind = type(part)
    return dict(zip(_NAMES[kind], _GETTERS[kind](part), strict=True))


_MEMORY, _WALK, _FORM, _THOUGHT = (_values(one) for one in (FRESH, Walk(""), Form(), Thought()))
"""The fields of each part as they are when nothing is known."""


def _plain(value: object) -> object:
    return _values(value) if type(value) in _NAMES else value


def recall(stored: Mapping[str, object], bank: Bank, now: datetime) -> Memory:
    """The memory behind stored JSON, without what went stale or left the bank."""
    if not stored:
        return FRESH
    values = _read(_MEMORY, stored)
    values |= {name: _walk(stored[name], bank) for name in _WALKS if name in stored}
    if "form" in stored:
        values["form"] = _form(stored["form"], bank)
    if "thought" in stored:
        values["thought"] = Thought(**_read(_THOUGHT, stored["thought"]))
    for name in ("options", "listed"):
        if known := values.get(name):
            values[name] = tuple(o for o in known if o in bank.by_id or o.startswith("#"))
    if values.get("handed") not in HANDED:
        values.pop("handed", None)
    for name in _stale(values.get("at", ""), now):
        values.pop(name, None)
    return Memory(**values)


HANDED = ("released", "resolved", "requeued")
"""How a consultant can have handed a conversation back."""

_WALKS = ("walk", "paused", "ended")


def seconds_since(at: str, now: datetime) -> float:
    """Seconds from an ISO time to `now`; infinite when it is missing or unreadable."""
    try:
        return (now - datetime.fromisoformat(at)).total_seconds()
    except (ValueError, TypeError):
        return float("inf")


_TOPIC = ("before", "entry", "times", "neighbour", "thought")
_OPEN = (
    "options",
    "listed",
    "numbers",
    "question",
    "form",
    "misses",
    "unsure",
    "calm",
    "alarm",
    "rest",
    "refused",
    "upset",
)


def _stale(at: str, now: datetime) -> tuple[str, ...]:
    """What is forgotten when the last turn was at `at`."""
    away = seconds_since(at, now)
    topic = _TOPIC if away > TOPIC_STALE.total_seconds() else ()
    return topic + _OPEN if away > STALE.total_seconds() else topic


def _walk(stored: object, bank: Bank) -> Walk | None:
    """A walk whose step exists in the bank of today; a guide may have lost steps since."""
    values = _read(_WALK, stored)
    entry = bank.by_id.get(values.get("entry", ""))
    if entry is None or not entry.steps:
        return None
    step = min(max(values.get("step", 0), 0), len(entry.steps))
    return Walk(**values | {"step": step})


def _form(stored: object, bank: Bank) -> Form | None:
    if not isinstance(stored, Mapping):
        return None
    form = Form(**_read(_FORM, stored))
    if "values" not in stored:  # from before the fields were the firm's
        form = form.having({k: str(stored[k]) for k in _EARLIER_FIELDS if k in stored})
    names = [field.name for field in bank.firm.asks]
    return form if form.asking in names else replace(form, asking=names[0])


_EARLIER_FIELDS = ("shop", "problem", "contact")


def _read(fresh: Mapping[str, object], stored: object) -> dict[str, Any]:
    """Every stored value that has the type of the fresh one."""
    values: dict[str, Any] = {}
    for name, value in stored.items() if isinstance(stored, Mapping) else ():
        default = fresh.get(name)
        if isinstance(default, tuple) and isinstance(value, list | tuple):
            values[name] = tuple(part for part in value if isinstance(part, str))
        elif isinstance(default, dict) and isinstance(value, Mapping):
            values[name] = {k: v for k, v in value.items() if isinstance(v, str)}
        elif default is not None and type(value) is type(default):
            values[name] = value
    return values
