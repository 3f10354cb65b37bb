"""What the entries' answers, steps and step help say, sentence by sentence.

A message often asks with the words of the answer rather than with those of any phrasing, and the
nearest sentence also says which part of an answer is asked for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from faq.bank import Entry
from faq.matching.arrays import Floats
from faq.matching.blocks import CHAR, PAIR
from faq.matching.features import Featurer
from faq.matching.normalize import fold, plain
from faq.matching.rarity import rarity

_END = re.compile(r"(?<=[。！？；!?;])|\n+")
_PLACE = re.compile(r"\{[a-z_]+\}")
SHORTEST = 4
PAIR_COUNTS = 1.5
"""How much a pair of neighbours counts beside a character that is as rare."""
FROM_BANK = 0.6
"""How much of a feature's weight depends on how many of the bank's entries have it."""
_NOBODY = np.zeros(0, np.intp)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an entry: `part` is "answer", "after", "step 2", "help 2" or "detail 2"."""

    entry: str
    part: str
    text: str


def sentences_of(entry: Entry) -> Iterator[Sentence]:
    """All that the entry tells, in order."""
    parts = [("answer", entry.answer)]
    parts += [(f"step {number}", step) for number, step in enumerate(entry.steps, 1)]
    parts += [(f"help {number}", text) for number, text in enumerate(entry.step_help, 1)]
    parts += [(f"detail {number}", text) for number, text in enumerate(entry.details, 1)]
    parts.append(("after", entry.after))
    for part, text in parts:
        for piece in _END.split(text):
            sentence = _PLACE.sub("", piece or "").strip()
            if len(sentence) >= SHORTEST:
                yield Sentence(entry.id, part, sentence)


@dataclass(frozen=True)
class Told:
    """Sentences in the order of their entries, and which features each has.

    Sentence rows `first[e]:first[e + 1]` are of the entry at place e among the index's meanings
    (entries come first). Feature f stands in the sentences `where[starts[f]:starts[f + 1]]`;
    `weights` and `lengths` are for cosines.
    """

    sentences: tuple[Sentence, ...]
    first: NDArray[np.intp]
    vocabulary: dict[str, int]
    weights: Floats
    starts: NDArray[np.int64]
    where: NDArray[np.intp]
    lengths: Floats

    @cached_property
    def owner(self) -> NDArray[np.intp]:
        """Of each sentence, the place of its entry."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    def find(self, features: Sequence[str], loads: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """The cosine of the message with every sentence, and which of its features (columns)
        any sentence of an entry (rows) has. `loads` is how much each feature weighs."""
        get = self.vocabulary.get
        known = [(column, place) for column, name in enumerate(features)
                 if (place := get(name, -1)) >= 0]  # fmt: skip
        has = np.zeros((len(self.first) - 1, len(features)), np.bool_)
        if not known:
            return np.zeros(len(self.sentences), np.float32), has
        columns, places = np.array(known).T
        begins, ends = self.starts[places], self.starts[places + 1]
        spans = zip(begins.tolist(), ends.tolist(), strict=True)
        rows = np.concatenate([self.where[a:b] for a, b in spans])
        counts = ends - begins
        found = np.repeat(loads[columns] * self.weights[places], counts)
        cosines = np.bincount(rows, found, len(self.sentences)).astype(np.float32)
        has[self.owner[rows], np.repeat(columns, counts)] = True
        cosines /= self.lengths * np.float32(float(loads @ loads) ** 0.5 or 1)
        return cosines, has

    def best(self, cosines: Floats) -> Floats:
        """Of each entry, the cosine of its nearest sentence."""
        found = np.zeros(len(self.first) - 1, np.float32)
        np.maximum.at(found, self.owner, cosines)
        return found


def weigh(names: list[str], blocks: NDArray[np.int8]) -> Floats:
    """How much each feature of a text says in general."""
    counts = np.where(blocks == PAIR, np.float32(PAIR_COUNTS), np.float32(1))
    return rarity(names, blocks) * counts


def _numbered(
    sentences: Sequence[Sentence], featurer: Featurer
) -> tuple[list[list[int]], dict[str, int], list[int]]:
    """Each sentence's features as numbers, the number of each name, and the block of each."""
    vocabulary: dict[str, int] = {}
    blocks: list[int] = []
    rows: list[list[int]] = []
    for sentence in sentences:
        features = featurer.of(plain(fold(sentence.text)))
        made = {name: block for name, block in features.items() if block in (CHAR, PAIR)}
        for name, block in made.items():
            if name not in vocabulary:
                vocabulary[name] = len(blocks)
                blocks.append(block)
        rows.append([vocabulary[name] for name in made])
    return rows, vocabulary, blocks


def build_told(entries: Sequence[Sequence[Sentence]], featurer: Featurer) -> Told:
    """Learn each entry's sentences, in the order of the entries' places."""
    sentences = tuple(each for own in entries for each in own)
    first = np.concatenate([[0], np.cumsum([len(own) for own in entries], dtype=np.intp)])
    owner = np.repeat(np.arange(len(entries)), np.diff(first))
    rows, vocabulary, blocks = _numbered(sentences, featurer)
    flat = np.array([place for row in rows for place in row], np.intp)
    row_of = np.repeat(np.arange(len(rows)), [len(row) for row in rows]).astype(np.intp)
    order = np.argsort(flat, kind="stable")
    counts = np.bincount(flat, minlength=len(blocks))
    weights = weigh(list(vocabulary), np.array(blocks, np.int8))
    pairs = np.unique(flat * max(1, len(entries)) + owner[row_of]) if len(flat) else flat
    holders = np.bincount(pairs // max(1, len(entries)), minlength=len(blocks))
    few = 1 - np.log1p(holders) / np.log(len(entries) + 2)
    weights *= ((1 - FROM_BANK) + FROM_BANK * few).astype(np.float32)
    squares = np.bincount(row_of, weights[flat] ** 2, len(rows))
    return Told(
        sentences,
        first,
        vocabulary,
        weights.astype(np.float32),
        np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]),
        row_of[order],
        np.sqrt(np.maximum(squares, 1e-6)).astype(np.float32),
    )
