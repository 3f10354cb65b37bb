"""Sharing one probability among the candidates and "nothing in the bank".

A conditional logit over `faq.matching.columns.NAMES`, fitted to judged messages.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faq.matching.arrays import Floats
from faq.matching.columns import NAMES, SHOWN

ROUNDS = 25
SHRINK = 2.0
SIGN = dict.fromkeys(SHOWN, 1) | {"rarest_missing": -1}
"""Which way each kind of evidence counts: more of it never speaks the other way."""
_STILL = 1e-2


@dataclass(frozen=True, slots=True)
class RankingExample:
    """A judged message: its candidates' evidence, which of them are right, how much it counts.

    The last row of `values` and `right` is "nothing in the bank".
    """

    values: Floats
    right: Floats
    weight: float = 1.0


def share(values: Floats, weights: Floats, bonus: Floats | None = None) -> Floats:
    """One probability per row, adding up to 1. `bonus` (log-odds) is added before."""
    raised = values @ weights
    if bonus is not None:
        raised = raised + bonus
    raised = np.exp(raised - raised.max())
    shares: Floats = raised / raised.sum()
    return shares


def learn(cases: Sequence[RankingExample]) -> Floats:
    """One weight per column, fitted to judged messages."""
    return _learn_shares([case for case in cases if case.weight and case.right.any()])


def _learn_shares(cases: Sequence[RankingExample]) -> Floats:
    """Fit the ranker, then again without what would count the wrong way round, until nothing does.

    A rehearsal shows too little of some things that happen, such as a phrasing word for word; a
    weight of the wrong sign, harmless on the rehearsal, would turn those upside down.
    """
    if not cases:
        return np.zeros(len(NAMES), np.float32)
    # Every message has as many candidates: the general meanings alone are more than enough.
    values = np.stack([case.values for case in cases])
    right = np.stack([case.right for case in cases])
    counts = np.array([case.weight for case in cases], np.float32)
    signs = np.array([SIGN.get(name, 0) for name in NAMES])
    weights = np.zeros(len(NAMES), np.float32)
    while True:
        weights = _newton(values, right, counts, weights)
        wrong = weights * signs < 0
        if not wrong.any():
            return weights
        values[:, :, wrong] = 0
        weights[wrong] = 0


def _newton(values: Floats, right: Floats, counts: Floats, weights: Floats) -> Floats:
    """Newton steps (Fisher scoring) on the shrunk conditional log-likelihood.

    `values` is messages x candidates x columns, `right` messages x candidates.
    """
    width = values.shape[2]
    for _ in range(ROUNDS):
        raised = values @ weights
        raised = np.exp(raised - raised.max(axis=1, keepdims=True))
        share = raised / raised.sum(axis=1, keepdims=True)
        wanted = share * right
        wanted /= np.maximum(wanted.sum(axis=1, keepdims=True), np.float32(1e-9))
        pull = (counts[:, None] * (wanted - share)).reshape(-1)
        slope = pull @ values.reshape(-1, width) - np.float32(SHRINK) * weights
        around = values - (share[:, None, :] @ values)
        scaled = around * np.sqrt(counts[:, None] * share)[:, :, None]
        flat = scaled.reshape(-1, width)
        step = np.linalg.solve(flat.T @ flat + SHRINK * np.eye(width), slope).astype(np.float32)
        weights = weights + step
        if np.abs(step).max() < _STILL:
            break
    return weights
