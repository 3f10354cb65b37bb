"""What the recogniser of moves learns from, and the learning.

The examples are data: `moves.toml` (how each move is said, and what only looks like it),
`states.toml` (what is said while something is open) and `picks.toml`. Questions are learned from
the shipped guides, wishes for a person and alarms from `faq/language`.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any, cast
from zlib import crc32

from faq import language
from faq.guides import read_bank
from faq.moves import features, reading
from faq.moves.heard import ANY
from faq.moves.model import Example, MoveModel, learn

QUESTION, HUMAN, ALARM, PICK, NOISE = "question", "human", "alarm", "pick", "noise"
GUIDES = Path(__file__).parents[1] / "guides"
OTHERS_WEIGHT = 0.5
"""There are many questions to learn from: each counts half."""
EVERY_QUESTION = 2
MUCH_NOISE = 12


def learned() -> MoveModel:
    """The model, learned from all examples; takes some ten seconds."""
    return learn(tuple(_examples()))


@cache
def _table(name: str) -> Mapping[str, Any]:
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8"))


def _joined(text: str) -> str:
    return "".join(reading.read(text).clauses)


def _example(
    text: str, state: str, label: str, *, wrong: bool = False, weight: float = 1.0
) -> Example:
    return Example(tuple(sorted(features.of(_joined(text), state))), label, wrong, weight)


def _examples() -> Iterator[Example]:
    yield from _of_moves()
    yield from _of_picks()
    yield from (_example(text, ANY, QUESTION, weight=OTHERS_WEIGHT) for text in _questions())
    yield from (_example(text, ANY, NOISE) for text in _noise())
    for text in language.words("human", "phrasings"):
        yield _example(text, ANY, HUMAN, weight=OTHERS_WEIGHT)
    for alarm in language.sections("alarms").values():
        for texts in alarm.values():
            yield from (_example(one, ANY, ALARM, weight=OTHERS_WEIGHT) for one in texts)


def _of_moves() -> Iterator[Example]:
    for move, said in _table("moves").items():
        yield from (_example(text, ANY, move) for text in said["phrasings"])
        yield from (_example(text, ANY, move, wrong=True) for text in said.get("not", ()))
    for cell in _table("states")["cell"]:
        texts = cast("list[str]", cell["phrasings"])
        yield from (_example(text, cell["state"], cell["move"]) for text in texts)


def _of_picks() -> Iterator[Example]:
    for pick in _table("picks")["phrasings"]:
        yield _example(pick["text"], "list", PICK, weight=OTHERS_WEIGHT)
    for text in _table("picks")["not"]:
        yield _example(text, "list", PICK, wrong=True)


def _questions() -> Iterator[str]:
    bank, _ = read_bank(GUIDES)
    asked = [text for entry in bank.entries for text in (entry.question, *entry.phrasings)]
    asked += [text for neighbour in bank.neighbours for text in neighbour.phrasings]
    yield from (text for text in asked if crc32(text.encode()) % EVERY_QUESTION == 0)
    for subject in language.sections("outside").values():
        for texts in subject.values():
            yield from texts


def _noise() -> Iterator[str]:
    """Keys hit by chance: what means nothing is no move."""
    dice = Random(0)  # noqa: S311 - no secret
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm", "0123456789"):
        for _ in range(MUCH_NOISE):
            yield "".join(dice.choices(row, k=dice.randrange(3, 9)))
            at = dice.randrange(len(row) - 2)
            yield row[at : at + dice.randrange(3, 9)]
