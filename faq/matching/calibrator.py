"""How likely the best entry is right, all things seen together.

Its curve may bend, since evidence does not count evenly everywhere: a logistic additive model on
hinges.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faq.matching.arrays import Floats
from faq.matching.columns import KIND_AT, MESSAGE_AT, SHOWN
from faq.matching.meanings import ENTRY, KINDS

Doubles = NDArray[np.float64]
ROUNDS = 25
SHRINK = 20.0
KNOTS = (0.2, 0.4, 0.6, 0.8)
_STILL = 1e-2
OPTIONS = 3
"""Entries that a merchant is offered at most."""


@dataclass(frozen=True, slots=True)
class Calibrator:
    """The scale, the hinges and the weights of what it looks at."""

    centre: Floats
    spread: Floats
    knots: Floats
    weights: Floats

    def certainties(self, views: Floats) -> Floats:
        """The probability that the likeliest entry is right, of many views at once."""
        hinges = _hinges((views - self.centre) / self.spread, self.knots)
        raised = hinges @ self.weights[:-1] + self.weights[-1]
        chances: Floats = 1 / (1 + np.exp(-raised.clip(-30, 30)))
        return chances


def entry_place(values: Floats, shares: Floats) -> int | None:
    """The row of the likeliest entry, None when no candidate is one."""
    entries = values[:-1, KIND_AT + ENTRY] > 0
    place = int(np.where(entries, shares[:-1], -1).argmax())
    return place if entries[place] else None


def best_places(values: Floats, shares: Floats) -> NDArray[np.intp]:
    """The rows of the likeliest entries, as many as are offered."""
    entries = values[:-1, KIND_AT + ENTRY] > 0
    order = np.argsort(-np.where(entries, shares[:-1], -1), kind="stable")[:OPTIONS]
    return order[entries[order]]


def wide_view(values: Floats, shares: Floats, places: NDArray[np.intp]) -> Floats:
    """What is looked at before options are offered: the view, and the second and third entry."""
    others = np.zeros((OPTIONS - 1, len(SHOWN) + 1), np.float32)
    for row, place in enumerate(places[1:].tolist()):
        others[row, :-1] = values[place, : len(SHOWN)]
        others[row, -1] = shares[place]
    return np.concatenate([view(values, shares, int(places[0])), others.reshape(-1)])


def view(values: Floats, shares: Floats, place: int) -> Floats:
    """What the calibrator looks at: the entry at `place`, its strongest rivals, the message."""
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
    """Each column by itself and past each of its knots."""
    past = np.maximum(scaled[:, :, None] - knots, 0).reshape(len(scaled), -1)
    return np.concatenate([scaled, past], axis=1)


def _never(width: int) -> Calibrator:
    blank = np.zeros(width, np.float32)
    knots = np.zeros((width, len(KNOTS)), np.float32)
    weights = np.zeros(width * (1 + len(KNOTS)) + 1, np.float32)
    weights[-1] = -9
    return Calibrator(blank, blank + 1, knots, weights)


def fit(shown: Floats, right: NDArray[np.bool_], counts: Doubles) -> Calibrator:
    """Fitted to what messages showed and whether each was right, each counting so much."""
    if not right.any():
        return _never(shown.shape[1])
    centre, spread = shown.mean(axis=0), shown.std(axis=0) + np.float32(1e-3)
    scaled = (shown - centre) / spread
    knots = np.quantile(scaled, KNOTS, axis=0).T.astype(np.float32)
    return Calibrator(centre, spread, knots, _weights(_hinges(scaled, knots), right, counts))


def _weights(seen: Floats, right: NDArray[np.bool_], counts: Doubles) -> Floats:
    """Newton steps on the shrunk logistic log-likelihood; the constant is not shrunk."""
    values = np.column_stack([seen, np.ones(len(seen))]).astype(np.float64)
    shrink = np.full(values.shape[1], SHRINK)
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
