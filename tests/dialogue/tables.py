"""Dialogues as tables: who says what, and what must show. One runner for every driver.

A table is a TOML file of `[[dialogue]]` with a `name`, a `desk` and `turns`.
A turn has one input and the checks on the bot's reply to it (no reply is an empty string):

- inputs: `say`, `voice` (transcript, "" for none), `image`, `send` (any other kind of message),
  `event` (a kind of WeChat's, `consultant_accept`, `consultant_release`) or `click` (a menu
  key); `after` lets seconds pass before it.
- checks: `any`, `all`, `not` (substrings), `entry` ("none" for no entry), `state`, `end`,
  `silent`, `case` (the reason of the case that this turn opened), `cancels`, `rating`,
  `form` (of the open case), `stored` and `not_stored` (substrings of the stored message).
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

Table = Mapping[str, object]

_LINE = re.compile(r"^\d{1,2} \S", re.MULTILINE)


def offers_guesses(text: str, entry: str | None, memory: Mapping[str, object]) -> bool:
    """Whether the bot offers numbered lines to choose from instead of an answer.

    An entry's own choices are part of its answer.
    """
    return entry is None and memory.get("numbers") == "options" and len(_LINE.findall(text)) > 1


@dataclass(frozen=True)
class Heard:
    """What one turn led to, as a merchant and the desk see it."""

    text: str
    state: str
    entry: str | None = None
    end: str = ""
    case: str = ""
    cancels: bool = False
    rating: int | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    stored: str = ""
    lists: bool = False
    """A list of guesses was offered instead of an answer."""
    seen: int = 0
    """How many messages the merchant saw."""


class Driver(Protocol):
    """Drives one new merchant's conversation: in memory, or through the real webhook.

    `blind` names the checks that this driver cannot see.
    """

    @property
    def blind(self) -> frozenset[str]: ...

    def message(self, kind: str, text: str) -> Heard: ...
    def event(self, name: str, key: str) -> Heard: ...
    def wait(self, seconds: float) -> None: ...


NewDriver = Callable[[Table], Driver]
"""Makes a driver for one dialogue; gets the dialogue's `desk`."""


@dataclass(frozen=True)
class Dialogue:
    name: str
    turns: tuple[Table, ...]
    desk: Table = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def tables(folder: Path) -> list[Dialogue]:
    """Every dialogue of every table in a folder."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["dialogue"]
        found += [_dialogue(row, f"{path.stem}: ") for row in rows]
    return found


def scripts(path: Path) -> list[Dialogue]:
    """A JSONL file of scripts, one dialogue a line."""
    with path.open(encoding="utf-8") as lines:
        return [_dialogue(json.loads(line), "") for line in lines if line.strip()]


def _dialogue(row: dict[str, object], prefix: str) -> Dialogue:
    turns = tuple(cast("Iterable[Table]", row["turns"]))
    return Dialogue(f"{prefix}{row['name']}", turns, cast("Table", row.get("desk", {})))


def run(dialogue: Dialogue, new_driver: NewDriver) -> list[str]:
    """Every check that did not hold, in words."""
    driver = new_driver(dialogue.desk)
    failures: list[str] = []
    for number, turn in enumerate(dialogue.turns, start=1):
        if "after" in turn:
            driver.wait(float(cast("float", turn["after"])))
        heard = _put(driver, turn)
        seen = {name: value for name, value in turn.items() if name not in driver.blind}
        failures += (f"{number}. {_input(turn)}: {fault}" for fault in _faults(seen, heard))
    return failures


def _put(driver: Driver, turn: Table) -> Heard:
    if "event" in turn:
        return driver.event(str(turn["event"]), "")
    if "click" in turn:
        return driver.event("click", str(turn["click"]))
    if "send" in turn:
        return driver.message(str(turn["send"]), "")
    if "image" in turn:
        return driver.message("image", "")
    if "voice" in turn:
        return driver.message("voice", str(turn["voice"]))
    return driver.message("text", str(turn["say"]))


def _input(turn: Table) -> str:
    names = ("say", "voice", "image", "send", "event", "click")
    return next(f"{name} {turn[name]!r}" for name in names if name in turn)


def _faults(turn: Table, heard: Heard) -> Iterable[str]:
    shown = f"got {heard.text!r} ({heard.entry}, {heard.state})"
    parts = {name: cast("list[str]", turn.get(name, [])) for name in ("any", "all", "not")}
    if parts["any"] and not any(part in heard.text for part in parts["any"]):
        yield f"none of {parts['any']}; {shown}"
    yield from (f"{part!r} is missing; {shown}" for part in parts["all"] if part not in heard.text)
    yield from (
        f"{part!r} must not be there; {shown}" for part in parts["not"] if part in heard.text
    )
    yield from _exact(turn, heard, shown)
    if "form" in turn:
        wanted = cast("dict[str, str]", turn["form"])
        missing = {name for name, value in wanted.items() if value not in heard.form.get(name, "")}
        yield from (f"the case's {name} is {heard.form.get(name)!r}" for name in sorted(missing))
    yield from _stored_faults(turn, heard)


def _exact(turn: Table, heard: Heard, shown: str) -> Iterable[str]:
    actual: dict[str, object] = {
        "entry": heard.entry or "none",
        "state": heard.state,
        "end": heard.end,
        "case": heard.case,
        "cancels": heard.cancels,
        "rating": heard.rating,
        "silent": not heard.text,
    }
    for name, value in actual.items():
        if name in turn and turn[name] != value:
            yield f"{name} is {value!r}, not {turn[name]!r}; {shown}"


def _stored_faults(turn: Table, heard: Heard) -> Iterable[str]:
    for part in cast("list[str]", turn.get("stored", [])):
        if part not in heard.stored:
            yield f"{part!r} was not stored"
    for part in cast("list[str]", turn.get("not_stored", [])):
        if part in heard.stored:
            yield f"{part!r} was stored"
