"""A linear model over the phrasings: which features speak for which meaning.

Ridge regression with one output per meaning, solved in the dual by visiting one phrasing at a
time (Shalev-Shwartz and Zhang, "Stochastic Dual Coordinate Ascent", 2013; for a squared loss each
step is exact). Memory and time grow with the phrasings, not with their square.
"""

from itertools import pairwise
from random import Random

import numpy as np
from numpy.typing import NDArray

from faq.matching.arrays import Floats
from faq.matching.sparse import Rows

Halves = NDArray[np.float16]

PENALTY = 0.4
ROUNDS = 5
MOST_WORK = 4_000_000
"""Phrasings x meanings: past this a bank goes without (`vote` takes the model's place)."""
NEAR = 0.4
"""A phrasing has a vote when it is so near, compared with the nearest."""
_PENALTY, _STEP = np.float32(PENALTY), np.float32(1 + PENALTY)


def fit(rows: Rows, meanings: NDArray[np.intp], features: int, count: int) -> Halves | None:
    """Weights, `features` x `count`, from one vector and one meaning per phrasing."""
    if not 0 < len(meanings) * count <= MOST_WORK:
        return None
    weights = np.zeros((features, count), np.float32)
    dual = np.zeros((len(meanings), count), np.float32)
    spans = list(pairwise(rows.starts.tolist()))
    vectors = [(rows.ids[a:b], rows.weights[a:b]) for a, b in spans]
    wanted = meanings.tolist()
    order = list(range(len(vectors)))
    dice = Random(len(vectors))  # noqa: S311 - the order of visits is no secret
    for _ in range(ROUNDS):
        dice.shuffle(order)
        for row in order:
            ids, values = vectors[row]
            block = weights[ids]
            step: Floats = -(values @ block) - _PENALTY * dual[row]
            step[wanted[row]] += 1
            step /= _STEP
            dual[row] += step
            block += values[:, None] * step
            weights[ids] = block
    return weights.astype(np.float16)


def vote(cosines: Floats, meaning_of: NDArray[np.intp], count: int) -> Floats:
    """For a bank too large to fit: each meaning's near phrasings, the nearest counting most."""
    near = np.flatnonzero(cosines > NEAR * cosines.max(initial=0))
    votes = np.bincount(meaning_of[near], cosines[near] ** 3, count)
    return np.cbrt(votes).astype(np.float32)
