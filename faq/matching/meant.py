"""Phrasings and sentences as vectors of what they mean, in 8 bits, and how near a message is."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from faq.matching.arrays import Floats

Bytes = NDArray[np.int8]
SCALE = np.float32(127 * 3)
"""A vector of length 1 in some hundreds of dimensions has no number past a third."""
PENALTY = 0.3


class Encoder(Protocol):
    """Turns texts into vectors of length 1. `name` tells one model's vectors from another's."""

    name: str

    def encode(self, texts: list[str]) -> Floats: ...

    def encode_one(self, text: str) -> Floats: ...


def to_bytes(vectors: Floats) -> Bytes:
    made: Bytes = np.rint(vectors * SCALE).clip(-127, 127).astype(np.int8)
    return made


def from_bytes(rows: Bytes) -> Floats:
    made: Floats = rows.astype(np.float32) / SCALE
    return made


@dataclass(frozen=True)
class Meant:
    """`phrasings` per row of the index, `told` per sentence, `linear` (dimensions x meanings) a
    ridge regression that says which directions speak for which meaning."""

    model: str
    phrasings: Bytes
    told: Bytes
    linear: NDArray[np.float16]

    @cached_property
    def directions(self) -> Floats:
        """`linear` in the numbers that are multiplied fastest."""
        return self.linear.astype(np.float32)

    def vector(self, row: int) -> Floats:
        """That of a phrasing, as it was kept."""
        return from_bytes(self.phrasings[row])

    def near(self, rows: Bytes, heard: Floats) -> Floats:
        """The cosine of a message's vector with some of the kept ones."""
        found: Floats = rows.astype(np.float32) @ heard / SCALE
        return found


def build_meant(
    encoder: Encoder, texts: list[str], meanings: NDArray[np.intp], count: int, told: list[str]
) -> Meant:
    """Encode everything that a bank says, and learn the directions."""
    vectors = encoder.encode(texts)
    own = to_bytes(vectors)
    return Meant(
        encoder.name, own, to_bytes(encoder.encode(told)), fit_linear(vectors, meanings, count)
    )


def fit_linear(vectors: Floats, meanings: NDArray[np.intp], count: int) -> NDArray[np.float16]:
    """Ridge regression in the primal: its cost depends on the dimensions, not on the bank."""
    sums = np.zeros((count, vectors.shape[1]), np.float32)
    np.add.at(sums, meanings, vectors)
    sizes = np.bincount(meanings, minlength=count).astype(np.float32)
    square = vectors.T @ vectors
    # Every meaning counts alike, however many phrasings it has: for one against the others, a
    # large one would be all that is learned.
    square[np.diag_indices_from(square)] += np.float32(PENALTY * len(vectors) / 100 + 0.1)
    solved = np.linalg.solve(square, sums.T / np.sqrt(np.maximum(sizes, 1)))
    return (solved * np.float32(1)).astype(np.float16)
