"""Hearing what no bank answers: alarms that a consultant must see, and wishes for a person.

Two logistic models over characters and structure (`faq.matching.concepts`), and a third that
tells the kind of an alarm. `bench/train_wishes.py` fits them to the examples in `faq/language`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from math import exp
from typing import cast, get_args
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from faq.matching.arrays import Floats
from faq.matching.concepts import features, named
from faq.understanding import Alarm, Outcome

WISHES: tuple[Outcome, Outcome] = ("escalate", "human")
ALARM, PERSON = WISHES
LEAST: dict[Outcome, float] = {ALARM: 0.32, PERSON: 0.25}
"""The chance from which a wish is heard where there is no bank; with one, `faq.matching.arbiter`
weighs it."""
FRAGMENT, FRAGMENT_LEAST = 7, 0.45
"""A text of at most so many characters (我那个店) resembles many alarms: it needs this chance, and
to be likelier than the bank's (`faq.matching.arbiter`)."""
TOLD = 3
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class HeardWish:
    """The chances that a message is an alarm (of `kind`) and a wish for a person, and why."""

    alarm: float
    person: float
    kind: Alarm
    why: tuple[str, ...] = ()

    def chance(self, outcome: Outcome) -> float:
        return {ALARM: self.alarm, PERSON: self.person}.get(outcome, 0.0)

    def explained(self) -> dict[str, object]:
        """For people: the chances, the kind of alarm and what spoke for it."""
        return {
            "alarm": round(self.alarm, 4),
            "person": round(self.person, 4),
            "heard": list(self.why),
        }

    @property
    def likelier(self) -> Outcome:
        return "escalate" if self.alarm >= self.person else "human"


UNHEARD = HeardWish(0.05, 0.05, "complaint")
"""Nothing is known: what it resembles decides."""


@dataclass(frozen=True)
class Hearing:
    """The fitted models. `keys` are the sorted hashes of features; `wishes` has their weights for
    an alarm and for a person, `kinds` those for each kind of alarm; the last row is constant."""

    keys: NDArray[np.uint32]
    letters: NDArray[np.bool_]
    wishes: Floats
    kinds: Floats
    names: tuple[Alarm, ...]

    def hear(self, text: str) -> HeardWish:
        """What a message of any length is as an alarm or a wish."""
        rows, scale, spoken = self._known(text)
        raised = scale @ self.wishes[rows] + self.wishes[-1]
        alarm, person = (1 / (1 + exp(-float(one))) for one in raised.clip(-30, 30))
        place = int((scale @ self.kinds[rows] + self.kinds[-1]).argmax())
        column = 0 if alarm >= person else 1
        pulls = self.wishes[rows, column] * scale
        why = (named(spoken[at]) for at in (-pulls).argsort().tolist() if at in spoken)
        return HeardWish(alarm, person, self.names[place], _told(why))

    def _known(self, text: str) -> tuple[NDArray[np.intp], Floats, dict[int, str]]:
        """The rows of a text's features, how much each counts, and the structure's own names."""
        # Sorted, for sums in another order differ in their last digit, and a set has none.
        grams, structure = map(sorted, features(text))
        texts = [*grams, *structure]
        hashed = np.array([*map(hash_gram, grams), *map(hash_structure, structure)], np.uint32)
        rows = self.keys.searchsorted(hashed).clip(0, len(self.keys) - 1)
        known = np.flatnonzero(self.keys[rows] == hashed)
        spoken = {at: texts[one] for at, one in enumerate(known.tolist()) if one >= len(grams)}
        rows = rows[known]
        letters = self.letters[rows]
        many = int(letters.sum())
        scale = np.where(letters, unit(many), unit(len(rows) - many)).astype(np.float32)
        return rows, scale, spoken


def _told(names: Iterable[str]) -> tuple[str, ...]:
    """The first of them, each once; naming one takes time, and most are not told."""
    told: dict[str, None] = {}
    for name in filter(None, names):
        told[name] = None
        if len(told) == TOLD:
            break
    return tuple(told)


def unit(many: int) -> float:
    """What each of so many equal features counts for a vector of length one."""
    return many**-0.5 if many else 0.0


def hash_gram(gram: str) -> int:
    return crc32(gram.encode())


def hash_structure(feature: str) -> int:
    return crc32(b"\0" + feature.encode())


@cache
def hearing() -> Hearing:
    """The shipped models, read once per process."""
    data = (files(__package__) / "wishes.npz").read_bytes()
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        names = cast("tuple[Alarm, ...]", tuple(arrays["names"].tolist()))
        if not set(names) <= set(get_args(Alarm)):
            raise ValueError(names)
        return Hearing(
            arrays["keys"],
            arrays["letters"],
            arrays["wishes"].astype(np.float32),
            arrays["kinds"].astype(np.float32),
            names,
        )


@lru_cache(maxsize=4)  # asked for again at once: for the reasons, and by the gate's other bank
def hear(text: str, read_as: str = "") -> HeardWish:
    """What a message is as an alarm or a wish, by the shipped models.

    Pinyin is heard as it was `read_as`; without any Han character nothing is heard.
    """
    for one in (text, read_as):
        if _HAN.search(one):
            heard = hearing().hear(one)
            faint = heard.alarm < FRAGMENT_LEAST and 0 < len(read_as) <= FRAGMENT
            return replace(heard, alarm=0.0) if faint else heard
    return UNHEARD


def wished(heard: HeardWish) -> bool:
    """Whether a message is an alarm or a wish where there is no bank."""
    return heard.chance(heard.likelier) >= LEAST[heard.likelier]
