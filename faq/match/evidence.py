"""For and against each meaning: what a message shows, as numbers that a judge can weigh."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from faq.match.features import CHAR, units
from faq.match.library import (
    ENTRY,
    ESCALATE,
    HUMAN,
    KINDS,
    OUTSIDE,
    SOCIAL,
    Library,
)
from faq.match.reading import Reading
from faq.match.space import Floats, Vector

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
_LED = [COLUMN["linear"], COLUMN["covered"]]
_LEADS = [COLUMN["linear_lead"], COLUMN["covered_lead"]]
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


def gather(reading: Reading, library: Library) -> Evidence:
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
    values[:-1, _LEADS] = _leads(values[:-1, _LED])
    _traits(values, library.kinds[chosen], len(reading.whole), bool(reading.platforms))
    if not reading.platforms:
        values[:-1, COLUMN["name_missing"]] = library.named[best]
    foreign = 1 - float((vector.weights[library.own[vector.ids]] ** 2).sum())
    _message(values, reading, vector.unknown, foreign)
    return Evidence(chosen, best, values)


def _highest(linear: Floats) -> NDArray[np.intp]:
    """The meanings with the highest numbers, the highest first."""
    few = min(CANDIDATES, len(linear))
    some = np.argpartition(linear, len(linear) - few)[len(linear) - few :]
    return some[np.argsort(-linear[some], kind="stable")]


def _nearest(
    cosines: Floats, first: NDArray[np.intp], chosen: NDArray[np.intp]
) -> NDArray[np.intp]:
    """The row of each meaning's nearest phrasing."""
    spans = zip(first[chosen].tolist(), first[chosen + 1].tolist(), strict=True)
    return np.array([a + int(cosines[a:b].argmax()) for a, b in spans], np.intp)


def _coverage(values: Floats, vector: Vector, chosen: NDArray[np.intp], library: Library) -> None:
    """Which of the message's features a candidate's phrasings have at all."""
    space, ids = library.space, vector.ids
    has = library.has(ids, chosen)
    values[:-1, COLUMN["covered"]] = has @ (vector.weights * vector.weights)
    chars = space.blocks[ids] == CHAR
    rare, has_char = space.idf[ids[chars]], has[:, chars]
    total = float(rare.sum()) + vector.strange * space.rarest
    values[:-1, COLUMN["chars_covered"]] = has_char @ rare / (total or 1)
    missing = np.where(has_char, 0, rare).max(axis=1, initial=0) / space.rarest
    values[:-1, COLUMN["rarest_missing"]] = 1 if vector.strange else missing


def _wording(values: Floats, text: str, best: NDArray[np.intp], library: Library) -> None:
    """How alike the message and each candidate's nearest phrasing are as strings."""
    sound = library.letters.featurer.sounds.string(units(text))
    get, idf = library.space.vocabulary.get, library.space.idf
    known = [(char, float(idf[place])) for char in units(text) if (place := get(char)) is not None]
    weigh = dict(known).items()
    heft = library.heft[best].tolist()
    for place, row in enumerate(best.tolist()):
        phrasing = library.texts[row]
        found = sum(weight for char, weight in weigh if char in phrasing)
        values[place, _STRINGS] = (
            fuzz.ratio(text, phrasing) / 100,
            fuzz.ratio(sound, library.sounds[row]) / 100,
            min(1.0, found / (heft[place] or 1)),
        )


def _leads(values: Floats) -> Floats:
    """How far each is ahead of the best other one, column by column."""
    if len(values) < 2:  # noqa: PLR2004 - nothing to be ahead of
        return values
    second, first = np.sort(values, axis=0)[-2:]
    lead: Floats = values - np.where(values == first, second, first)
    return lead


def _traits(values: Floats, kinds: NDArray[np.intp], length: int, platform: bool) -> None:  # noqa: FBT001 - a trait
    values[np.arange(len(kinds)), KIND_AT + kinds] = 1
    long = _length(length)
    for offset, kind in enumerate((SOCIAL, HUMAN, ESCALATE)):
        values[:-1, KIND_AT + len(KINDS) + offset] = (kinds == kind) * long
    if platform:
        values[:-1, COLUMN["outside_platform"]] = kinds == OUTSIDE
        values[:-1, COLUMN["entry_platform"]] = kinds == ENTRY


def _length(length: int) -> float:
    return float(np.log1p(length) / 3)


def _message(values: Floats, reading: Reading, unknown: float, foreign: float) -> None:
    best = values[:-1, _BESTS].max(axis=0).tolist()
    values[-1, MESSAGE_AT:] = (
        1, unknown, _length(len(reading.whole)), *best, bool(reading.platforms), foreign,
    )  # fmt: skip


def strongest(evidence: Evidence, weights: Floats, places: list[int]) -> list[dict[str, float]]:
    """What spoke for (positive) and against each candidate most, beside the average one."""
    values = evidence.values[:-1]
    pulls = ((values[places] - values.mean(axis=0)) * weights).astype(float).round(3)
    order = np.argsort(-np.abs(pulls), axis=1)[:, :STRONGEST].tolist()
    return [
        {NAMES[column]: row[column] for column in columns if row[column]}
        for row, columns in zip(pulls.tolist(), order, strict=True)
    ]
