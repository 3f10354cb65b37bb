"""A linear model over the phrasings: which features speak for which meaning.

Ridge regression with one output per meaning, solved in the dual by visiting one phrasing at a
time (Shalev-Shwartz and Zhang, "Stochastic Dual Coordinate Ascent", 2013; for a squared loss each
step is exact). Memory and time grow with the phrasings, not with their square.
"""

from collections.abc import Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from faq.match.space import Floats, Vector

PENALTY = 0.4
ROUNDS = 5
MOST_WORK = 4_000_000
"""Phrasings x meanings: past this a bank goes without (`vote` takes the model's place)."""


def fit(
    vectors: Sequence[Vector], meanings: NDArray[np.intp], features: int, count: int
) -> Floats | None:
    """Weights, `features` x `count`, from one vector and one meaning per phrasing."""
    if not 0 < len(vectors) * count <= MOST_WORK:
        return None
    weights = np.zeros((features, count), np.float32)
    dual = np.zeros((len(vectors), count), np.float32)
    order = list(range(len(vectors)))
    dice = Random(len(vectors))  # noqa: S311 - the order of visits is no secret
    for _ in range(ROUNDS):
        dice.shuffle(order)
        for row in order:
            ids, values = vectors[row].ids, vectors[row].weights
            block = weights[ids]
            step: Floats = -(values @ block) - np.float32(PENALTY) * dual[row]
            step[meanings[row]] += 1
            step = np.divide(step, 1 + PENALTY, dtype=np.float32)
            dual[row] += step
            block = block + values[:, None] * step
            weights[ids] = block
    return weights


def vote(cosines: Floats, first: NDArray[np.intp]) -> Floats:
    """For a bank too large to fit: each meaning's near phrasings, the nearest counting most."""
    score: Floats = np.cbrt(np.add.reduceat(cosines**3, first[:-1])).astype(np.float32)
    return score
