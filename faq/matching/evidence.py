"""For and against each meaning: what a message shows, as numbers that a ranker can weigh."""

from dataclasses import dataclass
from itertools import compress
from math import log1p

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from faq.matching.arrays import Floats
from faq.matching.blocks import CHAR
from faq.matching.columns import BESTS, COLUMN, KIND_AT, MESSAGE_AT, NAMES, SMALLER
from faq.matching.features import units
from faq.matching.index import Index
from faq.matching.meanings import ENTRY, ESCALATE, HUMAN, KINDS, OUTSIDE, SOCIAL
from faq.matching.reading import Reading
from faq.matching.sparse import Vector

ENTRIES, OTHERS = 10, 6
"""Places for entries and for everything else: neither crowds the other out."""

STRONGEST = 8
_EACH = np.eye(len(KINDS), dtype=np.float32)
_TRAITS_OF = _EACH[:, [*range(len(KINDS)), SOCIAL, HUMAN, ESCALATE, OUTSIDE, ENTRY]]
"""Per kind, which of `TRAITS` it has when they apply; `name_missing` is the phrasing's."""
_LEADS = [
    (COLUMN[name], COLUMN[f"{name}_lead"])
    for name in ("linear", "covered", "told", "near", "direct", "told_near")
] + [(COLUMN["any_covered"], COLUMN["any_lead"])]
_STRINGS = [COLUMN["ratio"], COLUMN["sound_ratio"], COLUMN["phrasing_covered"]]
_BESTS = [COLUMN[name] for name in BESTS]
_SMALLER = [COLUMN[name] for name in SMALLER]
_SMALLER_AT = COLUMN[f"{SMALLER[0]}_small"]
MOST_COMPARED = 200
"""Phrasings of one candidate whose vectors are compared."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`meanings` are the candidates, `best` the row of each one's nearest phrasing,
    `sentences` that of its nearest sentence (-1: none).

    `values` has a row per candidate and a last one for "nothing in the bank", columns `NAMES`.
    """

    meanings: NDArray[np.intp]
    best: NDArray[np.intp]
    sentences: NDArray[np.intp]
    values: Floats


def nearest_own(evidence: Evidence) -> int | None:
    """The row of the entries' phrasing that is most like the message, None where no entry is a
    candidate."""
    entries = evidence.values[:-1, KIND_AT + ENTRY] > 0
    cosines = np.where(entries, evidence.values[:-1, COLUMN["cosine"]], -1)
    place = int(cosines.argmax())
    return int(evidence.best[place]) if entries[place] else None


@dataclass(frozen=True, slots=True)
class Met:
    """How the words of a message meet the whole bank, before any meaning is chosen."""

    names: list[str]
    loads: Floats
    vector: Vector
    cosines: Floats
    linear: Floats
    told: Floats
    tells: NDArray[np.bool_]


def meet(reading: Reading, library: Index) -> Met:
    """Half of what `gather` does, and the same with a sentence vector as without."""
    features = library.letters.featurer.of(reading.whole)
    vector = library.space.vector(features)
    cosines = library.space.similar(vector)
    names, loads = list(features), library.loads(features)
    told, tells = library.told.find(names, loads)
    return Met(names, loads, vector, cosines, library.linear(vector, cosines), told, tells)


def gather(reading: Reading, library: Index, met: Met, heard: Floats | None = None) -> Evidence:
    """What a message that says something shows for and against the likeliest meanings.

    `heard` is its sentence vector, where there are any.
    """
    cosines, linear, told = met.cosines, met.linear, met.told
    best_told = library.told.best(told)
    direct = None if heard is None else library.direct(heard)
    chosen = _chosen(linear, best_told, direct)
    best = _nearest(cosines, library.first, chosen)
    values = np.zeros((len(chosen) + 1, len(NAMES)), np.float32)
    values[:-1, COLUMN["linear"]] = linear[chosen]
    values[:-1, COLUMN["cosine"]] = cosines[best]
    _coverage(values, met.vector, chosen, library)
    common = _common(values, met, chosen, library)
    entries = chosen < len(best_told)
    values[:-1, COLUMN["told"]][entries] = best_told[chosen[entries]]
    _wording(values, reading.whole, best, library)
    sentences = _told_rows(told, chosen, library)
    if heard is not None and direct is not None:
        values[:-1, COLUMN["direct"]] = direct[chosen]
        sentences = _meant(values, heard, chosen, library, sentences)
    for column, lead in _LEADS:
        values[:-1, lead] = _leads(values[:-1, column].tolist())
    _traits(values, library, chosen, len(reading.whole), bool(reading.platforms))
    if not reading.platforms:
        values[:-1, COLUMN["name_missing"]] = library.named[best]
    _message(values, reading, library, (met.vector.unknown, _foreign(met.vector, library), common))
    return Evidence(chosen, best, sentences, values)


def _foreign(vector: Vector, library: Index) -> float:
    """The share of the message that no entry's phrasing has."""
    own = vector.weights[library.own[vector.ids]]
    return 1 - float(own @ own)


def _chosen(linear: Floats, told: Floats, direct: Floats | None) -> NDArray[np.intp]:
    """The entries and the other meanings with the best prospects, the entries first."""
    count = len(told)
    hopes = linear[:count] / max(1e-3, float(linear[:count].max(initial=0)))
    hopes = hopes + told / max(1e-3, float(told.max(initial=0)))
    others = linear[count:]
    if direct is not None:
        hopes = hopes + direct[:count] / max(1e-3, float(direct[:count].max(initial=0)))
        others = others + direct[count:]
    entries = _highest(hopes, ENTRIES)
    rest = _highest(others, ENTRIES + OTHERS - len(entries))
    return np.concatenate([entries, rest + count])


def _highest(values: Floats, most: int) -> NDArray[np.intp]:
    """The places of the highest numbers, the highest first."""
    few = min(most, len(values))
    if not few:
        return np.zeros(0, np.intp)
    some = values.argpartition(len(values) - few)[len(values) - few :]
    return some[(-values[some]).argsort(kind="stable")]


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
    values[:-1, COLUMN["covered"]] = _weigh(has, vector.weights * vector.weights)
    rare = space.idf[ids] * (space.blocks[ids] == CHAR)
    total = float(rare.sum()) + vector.strange * space.rarest
    values[:-1, COLUMN["chars_covered"]] = _weigh(has, rare) / (total or 1)
    missing = 1 if vector.strange else (rare * ~has).max(axis=1, initial=0) / space.rarest
    values[:-1, COLUMN["rarest_missing"]] = missing


def _common(values: Floats, met: Met, chosen: NDArray[np.intp], library: Index) -> float:
    """Which of the message is known, weighed by how rare it is in Chinese; gives what no entry's
    phrasings or sentences have."""
    names, loads, tells = met.names, met.loads, met.tells
    places = np.fromiter((library.space.vocabulary.get(name, -1) for name in names), np.int32)
    known = places >= 0
    has = np.zeros((len(chosen), len(names)), np.bool_)
    has[:, known] = library.has(places[known], chosen)
    total = float(loads.sum()) or 1
    values[:-1, COLUMN["common_covered"]] = _weigh(has, loads) / total
    values[:-1, COLUMN["common_missing"]] = (loads * ~has).max(axis=1, initial=0)
    entries = chosen < len(tells)
    told = tells[chosen[entries]]
    values[:-1, COLUMN["told_covered"]][entries] = _weigh(told, loads) / total
    either = has
    either[entries] |= told
    values[:-1, COLUMN["any_covered"]] = _weigh(either, loads) / total
    anywhere: NDArray[np.bool_] = np.any(tells, axis=0)
    anywhere[known] |= library.own[places[known]]
    return float(loads[~anywhere].sum()) / total


def _weigh(has: NDArray[np.bool_], weights: Floats) -> Floats:
    """What the features that each row has weigh together.

    Not a matrix product: for rows this short BLAS once reported an invalid number where all of
    them were finite (OpenBLAS 0.3.31, three features, not reproduced in ten million products).
    """
    sums: Floats = np.einsum("ij,j->i", has, weights)
    return sums


def _told_rows(told: Floats, chosen: NDArray[np.intp], library: Index) -> NDArray[np.intp]:
    """The row of each candidate's nearest sentence, -1 where it tells nothing like the message."""
    first, count = library.told.first, len(library.told.first) - 1
    rows = []
    for meaning in chosen.tolist():
        own = told[first[meaning] : first[meaning + 1]] if meaning < count else told[:0]
        rows.append(int(first[meaning]) + int(own.argmax()) if len(own) and own.any() else -1)
    return np.array(rows, np.intp)


def _meant(
    values: Floats,
    heard: Floats,
    chosen: NDArray[np.intp],
    library: Index,
    sentences: NDArray[np.intp],
) -> NDArray[np.intp]:
    """How near the message is to each candidate in meaning; gives its nearest sentences."""
    meant, told = library.meant, library.told.first
    assert meant is not None  # noqa: S101 - a message has a vector only where the bank has
    nearest = sentences.copy()
    for place, meaning in enumerate(chosen.tolist()):
        a, b = int(library.first[meaning]), int(library.first[meaning + 1])
        near = meant.near(meant.phrasings[a : b : -(-(b - a) // MOST_COMPARED)], heard)
        ranked = np.sort(near)[-3:]
        values[place, COLUMN["near"]] = ranked[-1]
        values[place, COLUMN["near_three"]] = ranked.mean()
        begin, end = told[meaning : meaning + 2].tolist() if meaning < len(told) - 1 else (0, 0)
        if begin < end:
            near = meant.near(meant.told[begin:end], heard)
            nearest[place] = begin + int(near.argmax())
            values[place, COLUMN["told_near"]] = near.max()
    return nearest


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


def _traits(
    values: Floats,
    library: Index,
    chosen: NDArray[np.intp],
    length: int,
    platform: bool,  # noqa: FBT001 - a trait
) -> None:
    scale = [1] * len(KINDS) + [_length(length)] * 3 + [platform] * 2
    kinds = library.kinds[chosen]
    values[:-1, KIND_AT : KIND_AT + len(scale)] = _TRAITS_OF[kinds] * scale
    entries = (kinds == ENTRY) * np.float32(library.small)
    values[:-1, COLUMN["entry_small"]] = entries
    values[:-1, _SMALLER_AT : _SMALLER_AT + len(_SMALLER)] = values[:-1, _SMALLER] * np.float32(
        library.small
    )


def _length(length: int) -> float:
    return log1p(length) / 3


def _message(
    values: Floats, reading: Reading, library: Index, shares: tuple[float, float, float]
) -> None:
    best = values[:-1, _BESTS].max(axis=0).tolist()
    unknown, foreign, common = shares
    values[-1, MESSAGE_AT:] = (
        1, unknown, _length(len(reading.whole)), *best, bool(reading.platforms), foreign, common,
        library.small, library.many,
        float(values[:-1, COLUMN["cosine"]].max(initial=0)) - library.usual_words,
        best[BESTS.index("near")] - library.usual_near if best[BESTS.index("near")] else 0,
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
