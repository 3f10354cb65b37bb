"""Conversations at a person's pace, played on any driver.

A conversation is one line of JSON: `name`, `turns`, and optionally `covers` (cells of move ×
state), `gap` (seconds between turns, 11 unless it says otherwise) and `hours` ("closed" plays it
outside the opening hours). A turn has one input and the checks on what the merchant then sees:

- inputs: `say`, `voice` (transcript, "" for none), `image`, `sticker` (the text that WeChat puts
  in its place), `event` with an optional `key`, `burst` (texts pushed 1.5 s apart without waiting
  for their answers), `consultant` (claim, reply with `text`, release, resolve, requeue).
- checks: `any`, `all`, `not` (substrings), `entry` ("none" for no entry), `state`, `list` (false:
  no list of guesses instead of an answer), `silent`, `most` (messages seen within 15 s after a
  burst began). Without `silent: true`, silence after something a merchant did is a fault.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from tests.dialogue.tables import Driver, Heard, NewDriver, Table

GAP = 11.0
BURST_GAP = 1.5
INPUTS = ("say", "voice", "image", "sticker", "event", "burst", "consultant")
STAFF = ("consultant_accept", "consultant_release")
QUIET_EVENTS = frozenset({"unsubscribe", "view", "location_event", *STAFF})


class Player(Driver, Protocol):
    """A driver on which whole conversations can be played."""

    def burst(self, texts: Sequence[str], every: float) -> Heard: ...
    def consultant(self, action: str, text: str) -> Heard: ...


@dataclass(frozen=True)
class Script:
    name: str
    turns: tuple[Table, ...]
    covers: tuple[str, ...] = ()
    gap: float = GAP
    closed: bool = False


@dataclass(frozen=True)
class Exchange:
    """One turn: what was put in, what was seen, and the checks that did not hold by their name."""

    put: str
    heard: Heard
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Played:
    script: Script
    exchanges: tuple[Exchange, ...]

    @property
    def passed(self) -> bool:
        return not any(exchange.faults for exchange in self.exchanges)


def read(path: Path) -> list[Script]:
    """Every conversation of a JSONL file."""
    with path.open(encoding="utf-8") as lines:
        return [_script(json.loads(line)) for line in lines if line.strip()]


def _script(row: Mapping[str, object]) -> Script:
    return Script(
        name=str(row["name"]),
        turns=tuple(cast("list[Table]", row["turns"])),
        covers=tuple(cast("list[str]", row.get("covers", []))),
        gap=float(cast("float", row.get("gap", GAP))),
        closed=row.get("hours") == "closed",
    )


def play(script: Script, new_driver: NewDriver) -> Played:
    """Play a conversation to its end, whatever fails on the way."""
    driver = cast("Player", new_driver({"closed": True} if script.closed else {}))
    exchanges = []
    for turn in script.turns:
        driver.wait(float(cast("float", turn.get("gap", script.gap))))
        heard = put(driver, turn)
        exchanges.append(Exchange(_input(turn), heard, dict(faults(turn, heard))))
    return Played(script, tuple(exchanges))


def put(driver: Player, turn: Table) -> Heard:
    """Do what a turn says; what is seen of it."""
    if "burst" in turn:
        return driver.burst(cast("list[str]", turn["burst"]), BURST_GAP)
    if "consultant" in turn:
        return driver.consultant(str(turn["consultant"]), str(turn.get("text", "")))
    if "event" in turn:
        return driver.event(str(turn["event"]).lower(), str(turn.get("key", "")))
    if "image" in turn:
        return driver.message("image", "")
    if "voice" in turn:
        return driver.message("voice", str(turn["voice"]))
    return driver.message("text", str(turn.get("say", turn.get("sticker", ""))))


def _input(turn: Table) -> str:
    name = next(name for name in INPUTS if name in turn)
    value = turn[name]
    said = " / ".join(cast("list[str]", value)) if name == "burst" else str(value)
    more = turn.get("key") or turn.get("text") or ""
    return said if name == "say" else f"[{name}] {said} {more}".rstrip()


def faults(turn: Table, heard: Heard) -> Iterator[tuple[str, str]]:
    """The checks that do not hold, each with what was seen instead."""
    text = heard.text
    any_of, all_of, none_of = (cast("list[str]", turn.get(k, [])) for k in ("any", "all", "not"))
    if any_of and not any(part in text for part in any_of):
        yield "any", f"none of {any_of}"
    if missing := [part for part in all_of if part not in text]:
        yield "all", f"without {missing}"
    if unwanted := [part for part in none_of if part in text]:
        yield "not", f"has {unwanted}"
    if "entry" in turn and (heard.entry or "none") != turn["entry"]:
        yield "entry", f"{heard.entry}, not {turn['entry']}"
    if "state" in turn and heard.state != turn["state"]:
        yield "state", f"{heard.state}, not {turn['state']}"
    if turn.get("list") is False and heard.lists:
        yield "list", "a list of guesses"
    if "most" in turn and heard.seen > cast("int", turn["most"]):
        yield "most", f"{heard.seen} messages, at most {turn['most']}"
    yield from _silence(turn, text)


def _silence(turn: Table, text: str) -> Iterator[tuple[str, str]]:
    if turn.get("silent"):
        if text:
            yield "silent", "something was said"
    elif not text and "consultant" not in turn and turn.get("event") not in QUIET_EVENTS:
        yield "silence", "nothing was said"
