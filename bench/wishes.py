"""Alarms and wishes for a person: recalled where they are meant, left alone where they are not.

The lines of tests/data/alarms.jsonl with the firm's bank, per kind; then the covered questions of
the firm and of the training guides, which are neither.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from bench.labelled import DATA, read_lines
from faq.guides import read_bank
from faq.matching.matcher import compile_matcher
from faq.matching.wishes import LEAST, hear
from faq.understanding import Understanding

FIRM = Path(__file__).parents[1] / "faq" / "guides"
WISHES = ("escalate", "human")
Understand = Callable[[str], Understanding]


@dataclass(frozen=True, slots=True)
class WishLine:
    """A message that is an alarm (of kind `why`), a wish for a person, or looks like one."""

    text: str
    kind: str
    why: str = ""
    pair: int = 0

    @property
    def means(self) -> str:
        return self.why or self.kind


def lines() -> list[WishLine]:
    source = (DATA / "alarms.jsonl").read_text(encoding="utf-8")
    return [WishLine(**json.loads(row)) for row in source.splitlines()]


def right(line: WishLine, outcome: str) -> bool:
    """Whether this outcome is right: what looks like an alarm or a wish must be neither."""
    return outcome == line.kind if line.kind in WISHES else outcome not in WISHES


def alone(text: str) -> str:
    """What the recogniser makes of a message without any bank."""
    heard = hear(text)
    return heard.likelier if heard.chance(heard.likelier) >= LEAST[heard.likelier] else "none"


def rates(outcome: Callable[[str], str]) -> dict[str, float]:
    """Per kind the share that is right; `pairs` counts the lines of pairs."""
    lots: dict[str, list[bool]] = defaultdict(list)
    for line in lines():
        good = right(line, outcome(line.text))
        if line.pair:
            lots["pairs"].append(good)
        else:
            lots[line.means].append(good)
            lots["alarms" if line.kind == "escalate" else line.kind].append(good)
    return {name: sum(lot) / len(lot) for name, lot in lots.items()}


def misheard(questions: list[str], understand: Understand) -> dict[str, float]:
    """Of covered questions, the shares that were taken for an alarm, a wish or small talk."""
    found: list[str] = [understand(text).outcome for text in questions]
    return {kind: found.count(kind) / len(found) for kind in (*WISHES, "social")}


def covered(name: str) -> list[str]:
    return [line.text for line in read_lines(name) if line.kind == "in"]


def guides() -> Iterator[tuple[str, Understand, list[str]]]:
    for folder in sorted((DATA / "guides").iterdir()):
        rows = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
        asked = [row["text"] for row in map(json.loads, rows) if row["kind"] == "in"]
        yield folder.name, compile_matcher(read_bank(folder)[0]).understand, asked


def main(*, quick: bool) -> None:
    """Print everything; quick leaves the training guides out."""
    understand = compile_matcher(read_bank(FIRM)[0]).understand
    by_bank, by_itself = rates(lambda text: understand(text).outcome), rates(alone)
    click.echo("| kind | right with the firm's bank | without a bank |\n|---|---|---|")
    for name, rate in by_bank.items():
        click.echo(f"| {name} | {rate:.3f} | {by_itself[name]:.3f} |")
    click.echo(
        "\n| covered questions | as an alarm | as a wish | as small talk |\n|---|---|---|---|"
    )
    lots = [(name, understand, covered(name)) for name in ("dev.jsonl", "held-out.jsonl")]
    for name, ask, questions in (*lots, *(() if quick else guides())):
        shares = misheard(questions, ask)
        click.echo(f"| {name} | " + " | ".join(f"{share:.3f}" for share in shares.values()) + " |")
