"""The phrasings as sparse vectors, and finding the near ones without looking at all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np
from numpy.typing import NDArray

from faq.matching.arrays import Floats, Ints
from faq.matching.blocks import CHAR

WEIGHTS = (0.8, 1.0, 0.5, 0.6, 3.0)
"""How much each block of `faq.matching.blocks.BLOCKS` counts."""
_NOWHERE = np.zeros(0, np.intp)
ENOUGH = 60_000
"""Postings looked at per text: the rarest features first, so a huge bank stays quick."""


@dataclass(frozen=True, slots=True)
class Vector:
    """A text of unit length: feature ids with weights.

    `unknown` is the share of its squared length that no phrasing has, `strange` how many of its
    characters no phrasing has.
    """

    ids: Ints
    weights: Floats
    unknown: float
    strange: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Vectors one after another: row r has `ids[starts[r]:starts[r + 1]]` with `weights` there."""

    starts: NDArray[np.int64]
    ids: Ints
    weights: Floats

    def spread(self, per_row: NDArray[np.intp]) -> NDArray[np.intp]:
        """A number of each row, repeated for each of its features."""
        return np.repeat(per_row, np.diff(self.starts))


@dataclass(frozen=True)
class SparseIndex:
    """The phrasings: feature f stands in those at `where[starts[f]:starts[f + 1]]`.

    `idf` and `blocks` are per feature, `lengths` (of its vector) per phrasing.
    """

    vocabulary: dict[str, int]
    idf: Floats
    blocks: NDArray[np.int8]
    starts: NDArray[np.int64]
    where: NDArray[np.intp]
    lengths: Floats

    @cached_property
    def _weights(self) -> Floats:
        return self.idf * np.array(WEIGHTS, np.float32)[self.blocks]

    def vector(self, features: Mapping[str, int]) -> Vector:
        """A text's vector; features that no phrasing has only lengthen it."""
        get = self.vocabulary.get
        places = list(map(get, features))
        odd, strange = 0.0, 0
        if None in places:
            for place, block in zip(places, features.values(), strict=True):
                if place is None:
                    odd += WEIGHTS[block] ** 2
                    strange += block == CHAR
            odd *= self.rarest**2
            places = [place for place in places if place is not None]
        ids = np.array(places, np.int32)
        weights = self._weights[ids]
        square = float(weights @ weights) + odd
        return Vector(ids, weights / np.float32(square**0.5 or 1), odd / (square or 1), strange)

    @cached_property
    def rarest(self) -> float:
        """The weight of what no phrasing has."""
        return log(1 + 2 * len(self.lengths))

    def similar(self, vector: Vector) -> Floats:
        """The cosine with every phrasing, as far as the rarer features tell."""
        begins, ends = self.starts[vector.ids], self.starts[vector.ids + 1]
        counts, weights = ends - begins, vector.weights * self._weights[vector.ids]
        if counts.sum() > ENOUGH:
            rare = np.argsort(counts, kind="stable")
            rare = rare[np.cumsum(counts[rare]) <= ENOUGH]
            begins, ends, counts, weights = begins[rare], ends[rare], counts[rare], weights[rare]
        spans = zip(begins.tolist(), ends.tolist(), strict=True)
        where = np.concatenate([_NOWHERE, *[self.where[a:b] for a, b in spans]])
        found = np.zeros(len(self.lengths), np.float32)
        np.add.at(found, where, weights.repeat(counts))
        found /= self.lengths
        return found


@dataclass(frozen=True, slots=True)
class Words:
    """All features of a bank, numbered once: `names` with their `blocks`."""

    names: tuple[str, ...]
    blocks: NDArray[np.int8]


def number(texts: Sequence[Mapping[str, int]]) -> tuple[Words, list[Ints]]:
    """Number the features of all texts; each text's numbers, in its own order."""
    numbers: dict[str, int] = {}
    blocks: list[int] = []
    made = []
    for text in texts:
        for name, block in text.items():
            if name not in numbers:
                numbers[name] = len(blocks)
                blocks.append(block)
        made.append(np.fromiter(map(numbers.__getitem__, text), np.int32, len(text)))
    return Words(tuple(numbers), np.array(blocks, np.int8)), made


def build_space(words: Words, texts: Sequence[Ints]) -> tuple[SparseIndex, Rows]:
    """Make it from each phrasing's numbered features, and give each phrasing's vector in it."""
    flat = np.concatenate([np.zeros(0, np.int32), *texts])
    counts = np.bincount(flat, minlength=len(words.names))
    kept = np.flatnonzero(counts)
    renumbered = np.zeros(len(counts), np.int32)
    renumbered[kept] = np.arange(len(kept), dtype=np.int32)
    ids, counts = renumbered[flat], counts[kept]
    idf = np.log(1 + (len(texts) - counts + 0.5) / (counts + 0.5)).astype(np.float32)
    blocks = words.blocks[kept]
    weights = (idf * np.array(WEIGHTS, np.float32)[blocks])[ids]
    row_of = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    squares = np.bincount(row_of, weights * weights, len(texts))
    lengths = np.sqrt(np.maximum(squares, 1e-9)).astype(np.float32)
    weights /= lengths[row_of]
    order = np.argsort(ids, kind="stable")
    space = SparseIndex(
        vocabulary={words.names[place]: index for index, place in enumerate(kept.tolist())},
        idf=idf,
        blocks=blocks,
        starts=_starts(counts),
        where=row_of[order],
        lengths=lengths,
    )
    return space, Rows(_starts(np.array([len(text) for text in texts], np.int64)), ids, weights)


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
