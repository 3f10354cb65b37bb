"""A multinomial logistic model over features of text, learned by stochastic gradient steps.

An example says which label a text has, or which it has not: of the latter the label's own
probability is shared out among the others. Steps are scaled per feature (AdaGrad, Duchi et al.
2011), so rare and frequent features learn alike.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

ROUNDS = 7
STEP = 0.5
SHRINK = 2e-6
LEAST_SEEN = 2
"""A feature that only one example has teaches nothing about others."""
SEED = 20_240_501
"""Any number: the same examples must always give the same model."""


@dataclass(frozen=True, slots=True)
class Example:
    """Features of one text with its label; `wrong`: the text has any label but this one."""

    features: tuple[str, ...]
    label: str
    wrong: bool = False
    weight: float = 1.0


@dataclass(frozen=True)
class MoveModel:
    """`weights` is features x labels."""

    labels: tuple[str, ...]
    features: tuple[str, ...]
    weights: Floats

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.features)}

    def shares(self, features: Iterable[str]) -> Floats:
        """The probability of each label."""
        get = self._places.get
        places = [place for place in map(get, features) if place is not None]
        raised = self.weights[places].sum(axis=0, dtype=np.float32)
        raised = np.exp(raised / _length(len(places)) - (raised / _length(len(places))).max())
        shares: Floats = raised / raised.sum()
        return shares


def _length(count: int) -> np.float32:
    """Long texts have more features, not more certainty."""
    return np.float32(max(count, 1) ** 0.5)


def learn(examples: Sequence[Example]) -> MoveModel:
    """Fit the model; the same examples give the same weights."""
    labels = tuple(sorted({one.label for one in examples}))
    seen_in = Counter(name for one in examples for name in one.features)
    names = tuple(sorted(name for name, count in seen_in.items() if count >= LEAST_SEEN))
    places = {name: place for place, name in enumerate(names)}
    rows = [
        np.array([places[name] for name in one.features if name in places], np.int32)
        for one in examples
    ]
    target = [labels.index(one.label) for one in examples]
    weights = np.zeros((len(names), len(labels)), np.float32)
    seen = np.full(weights.shape, 1e-3, np.float32)
    marks = [" ".join((one.label, *one.features)).encode() for one in examples]
    for turn in range(ROUNDS):
        for at in _order(marks, turn):
            _visit(weights, seen, rows[at], target[at], examples[at])
    return MoveModel(labels, names, weights)


def _order(marks: Sequence[bytes], turn: int) -> list[int]:
    """Where each example comes in a round: by chance, and the same whatever others there are, so
    that one more teaches what it says and nothing else."""
    salt = crc32(f"{SEED} {turn}".encode())
    return sorted(range(len(marks)), key=lambda at: crc32(marks[at], salt))


def _visit(
    weights: Floats, seen: Floats, ids: NDArray[np.int32], target: int, example: Example
) -> None:
    scale = 1 / _length(len(ids))
    block = weights[ids]
    raised = block.sum(axis=0) * scale
    raised = np.exp(raised - raised.max())
    shares = raised / raised.sum()
    pull = shares.copy()
    if example.wrong:
        rest = max(1 - float(shares[target]), 1e-6)
        pull -= shares / rest
        pull[target] = shares[target]
    else:
        pull[target] -= 1
    pull *= scale * example.weight
    past = seen[ids] + pull * pull
    seen[ids] = past
    weights[ids] = block - STEP * (pull / np.sqrt(past) + SHRINK * block)
