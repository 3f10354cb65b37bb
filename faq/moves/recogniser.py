"""What a message does to the conversation: every clause scored against every move.

The examples are data: `moves.toml` (how each move is said, and what only looks like it),
`states.toml` (what is said while something is open) and `picks.toml`. Questions are learned from
the shipped guides, wishes for a person and alarms from `faq/language`.
"""

import hashlib
import io
import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any, cast
from zipfile import BadZipFile

import numpy as np

from faq import compiled, language
from faq.guides import read_bank
from faq.moves import features, numerals, reading
from faq.moves.model import Example, Model, learn

ANY = "any"
"""The state of an example that says nothing of what is open."""
QUESTION, HUMAN, ALARM, PICK, NOISE = "question", "human", "alarm", "pick", "noise"
GUIDES = Path(__file__).parents[1] / "guides"
CACHE = compiled.FOLDER
KEPT = 4
SHOWN = 5
OTHERS_WEIGHT = 0.5
"""There are many questions to learn from: each counts half."""
EVERY_QUESTION = 2
MUCH_NOISE = 12
MOST_WHOLE = 24
"""A message of several clauses, and no longer, is also read as one."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: its likeliest meanings with probabilities, and the numbers in it."""

    text: str
    shares: tuple[tuple[str, float], ...]
    choice: int | None = None
    step: int | None = None

    @property
    def move(self) -> str:
        return self.shares[0][0]

    @property
    def score(self) -> float:
        return self.shares[0][1]

    def share(self, move: str) -> float:
        return dict(self.shares).get(move, 0.0)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as it was heard: `whole` is all clauses read as one, None for a single clause."""

    said: reading.Said
    clauses: tuple[Clause, ...]
    whole: Clause | None = None

    @property
    def parts(self) -> tuple[Clause, ...]:
        return (*self.clauses, *((self.whole,) if self.whole else ()))

    def share(self, *moves: str) -> float:
        """The most that any part is likely to be one of these moves."""
        return max((sum(map(one.share, moves)) for one in self.parts), default=0.0)


@dataclass(frozen=True)
class Recogniser:
    """A learned model. Not changed by use: safe to share."""

    model: Model

    def hear(self, text: str, state: str = ANY) -> Heard:
        """Read one message while `state` is open."""
        said = reading.read(text)
        clauses = tuple(self._clause(clause, state) for clause in said.clauses)
        joined = "".join(said.clauses)
        whole = (
            self._clause(joined, state) if len(clauses) > 1 and len(joined) <= MOST_WHOLE else None
        )
        return Heard(said, clauses, whole)

    def _clause(self, clause: str, state: str) -> Clause:
        shares = self.model.shares(features.of(clause, state))
        best = np.argsort(-shares)[:SHOWN].tolist()
        likely = tuple((self.model.labels[place], round(float(shares[place]), 4)) for place in best)
        return Clause(clause, likely, numerals.choice(clause), numerals.step(clause))


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
    for move, said in _table("moves").items():
        yield from (_example(text, ANY, move) for text in said["phrasings"])
        yield from (_example(text, ANY, move, wrong=True) for text in said.get("not", ()))
    for cell in _table("states")["cell"]:
        texts = cast("list[str]", cell["phrasings"])
        yield from (_example(text, cell["state"], cell["move"]) for text in texts)
    for pick in _table("picks")["phrasings"]:
        yield _example(pick["text"], "list", PICK, weight=OTHERS_WEIGHT)
    for text in _table("picks")["not"]:
        yield _example(text, "list", PICK, wrong=True)
    yield from (_example(text, ANY, QUESTION, weight=OTHERS_WEIGHT) for text in _questions())
    yield from (_example(text, ANY, NOISE) for text in _noise())
    for text in language.words("human", "phrasings"):
        yield _example(text, ANY, HUMAN, weight=OTHERS_WEIGHT)
    for alarm in language.sections("alarms").values():
        for texts_of_one in alarm.values():
            yield from (_example(one, ANY, ALARM, weight=OTHERS_WEIGHT) for one in texts_of_one)


def _questions() -> Iterator[str]:
    bank, _ = read_bank(GUIDES)
    asked = [text for entry in bank.entries for text in (entry.question, *entry.phrasings)]
    asked += [text for neighbour in bank.neighbours for text in neighbour.phrasings]
    yield from asked[::EVERY_QUESTION]
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


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for folder in (Path(__file__).parent, Path(language.__file__).parent, GUIDES):
        for file in sorted(folder.iterdir()):
            if file.suffix in (".toml", ".py", ".md"):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:32]


@lru_cache(maxsize=1)
def recogniser(cache_folder: Path | None = CACHE) -> Recogniser:
    """The recogniser: learned once, some ten seconds, then read from the cache folder."""
    if cache_folder is None:
        return Recogniser(learn(tuple(_examples())))
    file = cache_folder / f"{_fingerprint()}.moves"
    try:
        return Recogniser(_load(file.read_bytes()))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        model = learn(tuple(_examples()))
    with suppress(OSError):
        compiled.keep(file, _dump(model), newest=KEPT)
    return Recogniser(_load(_dump(model)))


def _dump(model: Model) -> bytes:
    names = json.dumps([model.labels, model.features], ensure_ascii=False).encode()
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        names=np.frombuffer(names, np.uint8),
        weights=model.weights.astype(np.float16),
    )
    return packed.getvalue()


def _load(data: bytes) -> Model:
    with np.load(io.BytesIO(data), allow_pickle=False) as parts:
        labels, names = json.loads(parts["names"].tobytes())
        return Model(tuple(labels), tuple(names), parts["weights"].astype(np.float32))
