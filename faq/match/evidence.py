"""For and against each meaning: what a message shows, as numbers that a judge can weigh."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from faq.match.features import CHAR
from faq.match.library import (
    ENTRY,
    ESCALATE,
    HUMAN,
    KINDS,
    OUTSIDE,
    SOCIAL,
    Library,
    sound_string,
)
from faq.match.reading import Reading
from faq.match.ridge import vote
from faq.match.space import Floats, Vector

CANDIDATES = 12
NEAR = 3

SHOWN = (
    "linear", "linear_clause", "cosine", "cosine_clause", "agreement", "covered", "ratio",
    "sound_ratio", "partial", "linear_lead", "cosine_lead", "covered_lead", "chars_covered",
    "rarest_missing", "phrasing_covered",
)  # fmt: skip
"""What is measured of each candidate. All between -1 and 1.

`linear` is the linear model's output, `cosine` the nearest phrasing's, `_clause` the same for the
best clause, `agreement` the mean of the three nearest phrasings; `covered` is the share of the
message's weight that the candidate's phrasings have, `chars_covered` that of its characters,
`rarest_missing` the weight of the rarest character they lack, `phrasing_covered` the share of
the nearest phrasing that the message has; `ratio`, `sound_ratio` and `partial` are rapidfuzz's;
a `_lead` is the distance to the best other candidate.
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
    "unknown_clause",
)  # fmt: skip
"""What is measured of the message itself; it stands in the row of "nothing in the bank"."""
NAMES = (*SHOWN, *TRAITS, *MESSAGE)
COLUMN = {name: index for index, name in enumerate(NAMES)}
KIND_AT = COLUMN[KINDS[0]]
MESSAGE_AT = COLUMN[MESSAGE[0]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """`meanings` are the candidates, `best` the row of each one's nearest phrasing.

    `values` has a row per candidate and a last one for "nothing in the bank", columns `NAMES`.
    """

    meanings: NDArray[np.intp]
    best: NDArray[np.intp]
    values: Floats


@dataclass(frozen=True, slots=True)
class _Piece:
    """One stretch of a message: its cosine with every phrasing and, per meaning, the best of
    those and the linear model's output."""

    vector: Vector
    cosines: Floats
    cosine: Floats
    linear: Floats


def _piece(text: str, library: Library) -> _Piece:
    vector = library.space.vector(library.letters.featurer.of(text))
    cosines = library.space.similar(vector)
    cosine = np.maximum.reduceat(cosines, library.first[:-1])
    if library.weights is None:
        return _Piece(vector, cosines, cosine, vote(cosines, library.first))
    return _Piece(vector, cosines, cosine, vector.weights @ library.weights[vector.ids])


def gather(reading: Reading, library: Library) -> Evidence:
    """What a message that says something shows for and against the likeliest meanings."""
    whole = _piece(reading.whole, library)
    clauses = [_piece(part, library) for part in reading.parts]
    linear_clause = np.max([piece.linear for piece in (clauses or [whole])], axis=0)
    cosine_clause = np.max([piece.cosine for piece in (clauses or [whole])], axis=0)
    promise = whole.linear + 0.5 * linear_clause + 0.5 * cosine_clause
    chosen = np.argsort(-promise, kind="stable")[:CANDIDATES]
    values = np.zeros((len(chosen) + 1, len(NAMES)), np.float32)
    columns = (whole.linear, linear_clause, whole.cosine, cosine_clause)
    for column, values_of in enumerate(columns):
        values[:-1, column] = values_of[chosen]
    best = np.zeros(len(chosen), np.intp)
    for place, meaning in enumerate(chosen.tolist()):
        best[place], values[place, 4] = _nearest(whole.cosines, library.first, meaning)
    _coverage(values, whole.vector, chosen, library)
    _wording(values, reading.whole, best, library)
    for column, of in ((9, 0), (10, 2), (11, 5)):
        values[:-1, column] = _lead(values[:-1, of])
    _traits(values, library.kinds[chosen], len(reading.whole), bool(reading.platforms))
    values[:-1, COLUMN["name_missing"]] = library.named[best] & (not reading.platforms)
    unknown = min([piece.vector.unknown for piece in clauses], default=whole.vector.unknown)
    _message(values, reading, whole.vector.unknown, unknown)
    return Evidence(chosen, best, values)


def _nearest(cosines: Floats, first: NDArray[np.intp], meaning: int) -> tuple[int, float]:
    """A meaning's nearest phrasing, and how near its three nearest are together."""
    a, b = first[meaning], first[meaning + 1]
    own = cosines[a:b]
    top = np.partition(own, len(own) - NEAR)[-NEAR:] if len(own) > NEAR else own
    return int(a + own.argmax()), float(top.mean())


def _coverage(values: Floats, vector: Vector, chosen: NDArray[np.intp], library: Library) -> None:
    """Which of the message's features a candidate's phrasings have at all."""
    space, ids = library.space, vector.ids
    wanted = chosen[:, None] * len(space.vocabulary) + ids[None, :]
    at = np.minimum(np.searchsorted(library.owned, wanted), len(library.owned) - 1)
    has = library.owned[at] == wanted
    values[:-1, 5] = has @ (vector.weights * vector.weights)
    chars = space.blocks[ids] == CHAR
    rare, has_char = space.idf[ids[chars]], has[:, chars]
    total = float(rare.sum()) + vector.strange * space.rarest
    values[:-1, 12] = has_char @ rare / (total or 1)
    missing = np.where(has_char, 0, rare[None, :]).max(axis=1, initial=0) / space.rarest
    values[:-1, 13] = 1 if vector.strange else missing


def _wording(values: Floats, text: str, best: NDArray[np.intp], library: Library) -> None:
    """How alike the message and each candidate's nearest phrasing are as strings."""
    sound = sound_string(text, library.letters.featurer.sounds)
    for place, row in enumerate(best.tolist()):
        phrasing = library.texts[row]
        values[place, 6] = fuzz.ratio(text, phrasing) / 100
        values[place, 7] = fuzz.ratio(sound, library.sounds[row]) / 100
        values[place, 8] = fuzz.partial_ratio(text, phrasing) / 100
        values[place, 14] = _share(phrasing, text, library)


def _share(phrasing: str, text: str, library: Library) -> float:
    """The share of a phrasing's characters that the message has, the rare ones counting more."""
    get, idf = library.space.vocabulary.get, library.space.idf
    total = found = 0.0
    for char in set(phrasing):
        index = get(char)
        if index is not None:
            weight = float(idf[index])
            total += weight
            found += weight * (char in text)
    return found / (total or 1)


def _lead(values: Floats) -> Floats:
    """How far each is ahead of the best other one."""
    if len(values) < 2:  # noqa: PLR2004 - nothing to be ahead of
        return values.copy()
    second, first = np.partition(values, len(values) - 2)[-2:]
    lead: Floats = values - np.where(values == first, second, first)
    return lead


def _traits(values: Floats, kinds: NDArray[np.intp], length: int, platform: bool) -> None:  # noqa: FBT001 - a trait
    values[np.arange(len(kinds)), KIND_AT + kinds] = 1
    long = _length(length)
    for offset, kind in enumerate((SOCIAL, HUMAN, ESCALATE)):
        values[:-1, KIND_AT + len(KINDS) + offset] = (kinds == kind) * long
    values[:-1, COLUMN["outside_platform"]] = (kinds == OUTSIDE) * platform
    values[:-1, COLUMN["entry_platform"]] = (kinds == ENTRY) * platform


def _length(length: int) -> float:
    return float(np.log1p(length) / 3)


def _message(values: Floats, reading: Reading, unknown: float, unknown_clause: float) -> None:
    best = values[:-1, [0, 2, 5]].max(axis=0).tolist()
    values[-1, MESSAGE_AT:] = (
        1, unknown, _length(len(reading.whole)), *best, bool(reading.platforms), unknown_clause,
    )  # fmt: skip


def strongest(evidence: Evidence, weights: Floats, place: int) -> list[tuple[str, float]]:
    """What spoke for (positive) and against a candidate most, compared with the average one."""
    values = evidence.values[:-1]
    pull = (values[place] - values.mean(axis=0)) * weights
    order = np.argsort(-np.abs(pull))[:8].tolist()
    return [(NAMES[index], round(float(pull[index]), 3)) for index in order if pull[index]]
