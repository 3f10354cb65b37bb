"""Weighing evidence with two small models whose probabilities mean what they say.

The judge shares one probability among the candidates and "nothing in the bank" (a conditional
logit over `faq.match.evidence.NAMES`). The doubter then says how likely the best entry is right,
all things seen together; its curve may bend, since evidence does not count evenly everywhere
(a logistic additive model on hinges).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faq.match.evidence import KIND_AT, MESSAGE_AT, NAMES, SHOWN
from faq.match.library import ENTRY, KINDS
from faq.match.space import Floats

Doubles = NDArray[np.float64]
ROUNDS = 25
SHRINK = 2.0
DOUBT_SHRINK = 20.0
KNOTS = (0.2, 0.4, 0.6, 0.8)
SIGN = dict.fromkeys(SHOWN, 1) | {"rarest_missing": -1}
"""Which way each kind of evidence counts: more of it never speaks the other way."""
_STILL = 1e-2
_WIDTH = 2 * len(SHOWN) + 3 + len(KINDS) + len(NAMES) - MESSAGE_AT - 1


@dataclass(frozen=True, slots=True)
class Case:
    """A judged message: its candidates' evidence, which of them are right, how much it counts.

    The last row of `values` and `right` is "nothing in the bank".
    """

    values: Floats
    right: Floats
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Judge:
    """`weights` per column of the evidence; the doubter's scale, hinges and weights."""

    weights: Floats
    centre: Floats
    spread: Floats
    knots: Floats
    doubts: Floats

    def share(self, values: Floats, bonus: Floats | None = None) -> Floats:
        """One probability per row, adding up to 1. `bonus` (log-odds) is added before."""
        raised = values @ self.weights
        if bonus is not None:
            raised = raised + bonus
        raised = np.exp(raised - raised.max())
        shares: Floats = raised / raised.sum()
        return shares

    def certainty(self, values: Floats, shares: Floats) -> float:
        """The probability that the likeliest entry is right, 0 when no candidate is an entry."""
        view = _view(values, shares)
        if view is None:
            return 0.0
        return float(1 / (1 + np.exp(-(self._bend(view[None, :]) @ self.doubts)[0])))

    def _bend(self, views: Floats) -> Floats:
        return _hinges((views - self.centre) / self.spread, self.knots)


def entry_place(values: Floats, shares: Floats) -> int | None:
    """The row of the likeliest entry."""
    entries = values[:-1, KIND_AT + ENTRY] > 0
    if not entries.any():
        return None
    return int(np.where(entries, shares[:-1], -1).argmax())


def _view(values: Floats, shares: Floats) -> Floats | None:
    """What the doubter looks at: the best entry, its strongest rivals, the message."""
    place = entry_place(values, shares)
    if place is None:
        return None
    rivals = values[:-1, : len(SHOWN)].copy()
    rivals[place] = -1
    ranked = np.sort(shares)
    kinds = values[:-1, KIND_AT : KIND_AT + len(KINDS)]
    return np.concatenate(
        [
            values[place, : len(SHOWN)],
            rivals.max(axis=0),
            [shares[place], ranked[-2], shares[-1]],
            shares[:-1] @ kinds,
            values[-1, MESSAGE_AT + 1 :],
        ],
        dtype=np.float32,
    )


def _hinges(scaled: Floats, knots: Floats) -> Floats:
    """Each column by itself and past each of its knots, and a constant."""
    past = np.maximum(scaled[:, :, None] - knots[None, :, :], 0).reshape(len(scaled), -1)
    return np.concatenate([scaled, past, np.ones((len(scaled), 1), np.float32)], axis=1)


def learn(cases: Sequence[Case]) -> Judge:
    """Fit both models to judged messages."""
    weights = _learn_shares([case for case in cases if case.weight and case.right.any()])
    nobody = np.zeros((_WIDTH, len(KNOTS)), np.float32)
    blank = np.zeros(_WIDTH, np.float32)
    judge = Judge(weights, blank, blank + 1, nobody, np.zeros(1, np.float32))
    views, right, counts = [], [], []
    for case in cases:
        shares = judge.share(case.values)
        view = _view(case.values, shares)
        if view is not None:
            views.append(view)
            right.append(case.right[entry_place(case.values, shares) or 0] > 0)
            counts.append(case.weight)
    if not views or not any(right):
        never = _hinges(blank[None, :], nobody)[0] * 0
        never[-1] = -9
        return Judge(weights, blank, blank + 1, nobody, never)
    seen = np.stack(views)
    centre, spread = seen.mean(axis=0), seen.std(axis=0) + np.float32(1e-3)
    scaled = (seen - centre) / spread
    knots = np.quantile(scaled, KNOTS, axis=0).T.astype(np.float32)
    doubts = _learn_doubts(_hinges(scaled, knots), np.array(right), np.array(counts))
    return Judge(weights, centre, spread, knots, doubts)


def _learn_shares(cases: Sequence[Case]) -> Floats:
    """Fit the judge, then again without what would count the wrong way round, until nothing does.

    A rehearsal shows too little of some things that happen, such as a phrasing word for word; a
    weight of the wrong sign, harmless on the rehearsal, would turn those upside down.
    """
    if not cases:
        return np.zeros(len(NAMES), np.float32)
    # Every message has as many candidates: the general meanings alone are more than enough.
    values = np.stack([case.values for case in cases]).astype(np.float64)
    right = np.stack([case.right for case in cases]).astype(np.float64)
    counts = np.array([case.weight for case in cases])
    signs = np.array([SIGN.get(name, 0) for name in NAMES])
    weights = np.zeros(len(NAMES))
    while True:
        weights = _newton(values, right, counts, weights)
        wrong = weights * signs < 0
        if not wrong.any():
            return weights.astype(np.float32)
        values[:, :, wrong] = 0
        weights[wrong] = 0


def _newton(values: Doubles, right: Doubles, counts: Doubles, weights: Doubles) -> Doubles:
    """Newton steps (Fisher scoring) on the shrunk conditional log-likelihood.

    `values` is messages x candidates x columns, `right` messages x candidates.
    """
    width = values.shape[2]
    for _ in range(ROUNDS):
        raised = values @ weights
        raised = np.exp(raised - raised.max(axis=1, keepdims=True))
        share = raised / raised.sum(axis=1, keepdims=True)
        wanted = share * right
        wanted /= np.maximum(wanted.sum(axis=1, keepdims=True), 1e-9)
        pull = (counts[:, None] * (wanted - share)).reshape(-1)
        slope = pull @ values.reshape(-1, width) - SHRINK * weights
        around = values - (share[:, None, :] @ values)
        scaled = around * np.sqrt(counts[:, None] * share)[:, :, None]
        flat = scaled.reshape(-1, width)
        step = np.linalg.solve(flat.T @ flat + SHRINK * np.eye(width), slope)
        weights = weights + step
        if np.abs(step).max() < _STILL:
            break
    return weights


def _learn_doubts(seen: Floats, right: NDArray[np.bool_], counts: Doubles) -> Floats:
    """Newton steps on the shrunk logistic log-likelihood; the constant is not shrunk."""
    values = seen.astype(np.float64)
    shrink = np.full(values.shape[1], DOUBT_SHRINK)
    shrink[-1] = 1e-6
    weights = np.zeros(values.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(values @ weights, -30, 30)))
        slope = values.T @ (counts * (right - chance)) - shrink * weights
        curve = (values * (counts * chance * (1 - chance) + 1e-9)[:, None]).T @ values
        step = np.linalg.solve(curve + np.diag(shrink), slope)
        weights += step
        if np.abs(step).max() < _STILL:
            break
    return weights.astype(np.float32)
