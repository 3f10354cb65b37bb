"""The phrasings as sparse vectors, and finding the near ones without looking at all of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faq.match.features import CHAR

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

WEIGHTS = (0.8, 1.0, 0.6, 0.35, 0.5, 0.6, 3.0)
"""How much each block of `faq.match.features.BLOCKS` counts."""
ENOUGH = 300_000
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


@dataclass(frozen=True)
class Space:
    """`rows` phrasings; feature f stands in `where[starts[f]:starts[f + 1]]` with `values` there.

    `idf` and `blocks` are per feature.
    """

    vocabulary: dict[str, int]
    idf: Floats
    blocks: NDArray[np.int8]
    starts: NDArray[np.int64]
    where: Ints
    values: Floats
    rows: int

    def vector(self, features: Mapping[str, int]) -> Vector:
        """A text's vector; features that no phrasing has only lengthen it."""
        get, ids, weights = self.vocabulary.get, [], []
        odd, strange = 0.0, 0
        for name, block in features.items():
            index = get(name)
            if index is None:
                odd += WEIGHTS[block] ** 2
                strange += block == CHAR
            else:
                ids.append(index)
                weights.append(WEIGHTS[block])
        odd *= self.rarest**2
        found = np.array(ids, np.int32)
        lengths = self.idf[found] * np.array(weights, np.float32)
        square = float(lengths @ lengths) + odd
        return Vector(found, lengths / np.float32(square**0.5 or 1), odd / (square or 1), strange)

    @property
    def rarest(self) -> float:
        """The weight of what no phrasing has."""
        return float(np.log(1 + 2 * self.rows))

    def similar(self, vector: Vector) -> Floats:
        """The cosine with every phrasing."""
        begins, ends = self.starts[vector.ids], self.starts[vector.ids + 1]
        if (ends - begins).sum() > ENOUGH:
            order = np.argsort(ends - begins)
            order = order[np.cumsum((ends - begins)[order]) <= ENOUGH]
        else:
            order = np.arange(len(vector.ids))
        spans = list(zip(begins[order].tolist(), ends[order].tolist(), strict=True))
        if not spans:
            return np.zeros(self.rows, np.float32)
        where = np.concatenate([self.where[a:b] for a, b in spans])
        values = np.concatenate([self.values[a:b] for a, b in spans])
        values *= np.repeat(vector.weights[order], (ends - begins)[order])
        return np.bincount(where, values, self.rows).astype(np.float32)


def build_space(texts: Sequence[Mapping[str, int]]) -> tuple[Space, list[Vector]]:
    """Make it from each phrasing's features, and give each phrasing's vector in it."""
    seen = Counter(name for text in texts for name in text)
    blocks_of = {name: block for text in texts for name, block in text.items()}
    vocabulary = {name: index for index, name in enumerate(seen)}
    counts = np.fromiter(seen.values(), np.float32, len(seen))
    idf = np.log(1 + (len(texts) - counts + 0.5) / (counts + 0.5)).astype(np.float32)
    blocks = np.fromiter((blocks_of[name] for name in seen), np.int8, len(seen))
    starts = np.zeros(len(seen) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    empty = Space(
        vocabulary, idf, blocks, starts, _ints(0), _ints(0).astype(np.float32), len(texts)
    )
    vectors = [empty.vector(text) for text in texts]
    ids = np.concatenate([_ints(0), *(vector.ids for vector in vectors)])
    values = np.concatenate([np.zeros(0, np.float32), *(vector.weights for vector in vectors)])
    rows = np.repeat(np.arange(len(texts), dtype=np.int32), [len(v.ids) for v in vectors])
    order = np.argsort(ids, kind="stable")
    return Space(vocabulary, idf, blocks, starts, rows[order], values[order], len(texts)), vectors


def _ints(count: int) -> Ints:
    return np.zeros(count, np.int32)
