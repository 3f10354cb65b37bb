"""For and against each meaning: what a message shows, as numbers that a ranker can weigh."""

from dataclasses import dataclass
from itertools import compress
from math import log1p

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from faq.matching.features import CHAR, units
from faq.matching.index import ENTRY, ESCALATE, HUMAN, KINDS, OUTSIDE, SOCIAL, Index
from faq.matching.reading import Reading
from faq.matching.sparse import Floats, Vector

CANDIDATES = 12

SHOWN = (
    "linear", "cosine", "covered", "ratio", "sound_ratio", "linear_lead", "covered_lead",
    "chars_covered", "rarest_missing", "phrasing_covered",
)  # fmt: skip
"""What is measured of each candidate. All between -1 and 1.

`linear` is the linear model's output, `cosine` the nearest phrasing's; `covered` is the share of
the message's weight that the candidate's phrasings have, `chars_covered` that of its characters,
`rarest_missing` the weight of the rarest character they lack, `phrasing_covered` the share of
the nearest phrasing that the message has; `ratio` and `sound_ratio` are rapidfuzz's; a `_lead`
is the distance to the best other candidate.
"""
TRAITS = (
    *KINDS,
    "social_long",
    "human_long",
    "escalate_long",
    "outside_platform",
    "entry_platform",
    "name_missing",
)
MESSAGE = (
    "nothing", "unknown", "long", "best_linear", "best_cosine", "best_covered", "platform",
    "foreign",
)  # fmt: skip
"""What is measured of the message itself; it stands in the row of "nothing in the bank"."""
NAMES = (*SHOWN, *TRAITS, *MESSAGE)
COLUMN = {name: index for index, name in enumerate(NAMES)}
KIND_AT = COLUMN[KINDS[0]]
MESSAGE_AT = COLUMN[MESSAGE[0]]
STRONGEST = 8
_EACH = np.eye(len(KINDS), dtype=np.float32)
_TRAITS_OF = _EACH[:, [*range(len(KINDS)), SOCIAL, HUMAN, ESCALATE, OUTSIDE, ENTRY]]
"""Per kind, which of `TRAITS` it has when they apply; `name_missing` is the phrasing's."""
_LEADS = [
    (COLUMN["linear"], COLUMN["linear_lead"]),
    (COLUMN["covered"], COLUMN["covered_lead"]),
]
_STRINGS = [COLUMN["ratio"], COLUMN["sound_ratio"], COLUMN["phrasing_covered"]]
_BESTS = [COLUMN["linear"], COLUMN["cosine"], COLUMN["covered"]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """`meanings` are the candidates, `best` the row of each one's nearest phrasing.

    `values` has a row per candidate and a last one for "nothing in the bank", columns `NAMES`.
    """

    meanings: NDArray[np.intp]
    best: NDArray[np.intp]
    values: Floats


def gather(reading: Reading, library: Index) -> Evidence:
    """What a message that says something shows for and against the likeliest meanings."""
    vector = library.space.vector(library.letters.featurer.of(reading.whole))
    cosines = library.space.similar(vector)
    linear = library.linear(vector, cosines)
    chosen = _highest(linear)
    best = _nearest(cosines, library.first, chosen)
    values = np.zeros((len(chosen) + 1, len(NAMES)), np.float32)
    values[:-1, COLUMN["linear"]] = linear[chosen]
    values[:-1, COLUMN["cosine"]] = cosines[best]
    _coverage(values, vector, chosen, library)
    _wording(values, reading.whole, best, library)
    for column, lead in _LEADS:
        values[:-1, lead] = _leads(values[:-1, column].tolist())
    _traits(values, library.kinds[chosen], len(reading.whole), bool(reading.platforms))
    if not reading.platforms:
        values[:-1, COLUMN["name_missing"]] = library.named[best]
    own = vector.weights[library.own[vector.ids]]
    foreign = 1 - float(own @ own)
    _message(values, reading, vector.unknown, foreign)
    return Evidence(chosen, best, values)


def _highest(linear: Floats) -> NDArray[np.intp]:
    """The meanings with the highest numbers, the highest first."""
    few = min(CANDIDATES, len(linear))
    some = linear.argpartition(len(linear) - few)[len(linear) - few :]
    return some[(-linear[some]).argsort(kind="stable")]


def _nearest(
    cosines: Floats, first: NDArray[np.intp], chosen: NDArray[np.intp]
) -> NDArray[np.intp]:
    """The row of each meaning's nearest phrasing."""
    spans = zip(first[chosen].tolist(), first[chosen + 1].tolist(), strict=True)
    return np.array([a + int(cosines[a:b].argmax()) for a, b in spans], np.intp)


def _coverage(values: Floats, vector: Vector, chosen: NDArray[np.intp], library: Index) -> None:
    """Which of the message's features a candidate's phrasings have at all."""
    space, ids = library.space, vector.ids
    has = library.has(ids, chosen)
    values[:-1, COLUMN["covered"]] = has @ (vector.weights * vector.weights)
    rare = space.idf[ids] * (space.blocks[ids] == CHAR)
    total = float(rare.sum()) + vector.strange * space.rarest
    values[:-1, COLUMN["chars_covered"]] = has @ rare / (total or 1)
    missing = 1 if vector.strange else (rare * ~has).max(axis=1, initial=0) / space.rarest
    values[:-1, COLUMN["rarest_missing"]] = missing


def _wording(values: Floats, text: str, best: NDArray[np.intp], library: Index) -> None:
    """How alike the message and each candidate's nearest phrasing are as strings."""
    said = units(text)
    sound = library.letters.featurer.sounds.string(said)
    get, idf = library.space.vocabulary.get, library.space.idf
    places = {char: place for char in said if (place := get(char)) is not None}
    weigh = idf[list(places.values())].tolist()
    made = []
    for row, heft in zip(best.tolist(), library.heft[best].tolist(), strict=True):
        phrasing = library.texts[row]
        found = sum(compress(weigh, map(phrasing.__contains__, places)))
        alike = fuzz.ratio(text, phrasing) / 100, fuzz.ratio(sound, library.sounds[row]) / 100
        made.append((*alike, min(1.0, found / (heft or 1))))
    values[:-1, _STRINGS] = made


def _leads(values: list[float]) -> list[float]:
    """How far each is ahead of the best other one."""
    if len(values) == 1:
        return values  # nothing to be ahead of
    *_, second, first = sorted(values)
    return [value - (second if value == first else first) for value in values]


def _traits(values: Floats, kinds: NDArray[np.intp], length: int, platform: bool) -> None:  # noqa: FBT001 - a trait
    scale = [1] * len(KINDS) + [_length(length)] * 3 + [platform] * 2
    values[:-1, KIND_AT : KIND_AT + len(scale)] = _TRAITS_OF[kinds] * scale


def _length(length: int) -> float:
    return log1p(length) / 3


def _message(values: Floats, reading: Reading, unknown: float, foreign: float) -> None:
    best = values[:-1, _BESTS].max(axis=0).tolist()
    values[-1, MESSAGE_AT:] = (
        1, unknown, _length(len(reading.whole)), *best, bool(reading.platforms), foreign,
    )  # fmt: skip


def strongest(evidence: Evidence, weights: Floats, places: list[int]) -> list[dict[str, float]]:
    """What spoke for (positive) and against each candidate most, beside the average one."""
    values = evidence.values[:-1]
    average = values.sum(axis=0) / np.float32(len(values))
    pulls = ((values[places] - average) * weights).astype(float).round(3)
    order = (-np.abs(pulls)).argsort(axis=1)[:, :STRONGEST].tolist()
    return [
        {NAMES[column]: row[column] for column in columns if row[column]}
        for row, columns in zip(pulls.tolist(), order, strict=True)
    ]
