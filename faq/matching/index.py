"""Everything a message is compared with: the phrasings, ordered by what they mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import log
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from faq.matching import ridge
from faq.matching.arrays import Floats, Ints
from faq.matching.blocks import CHAR, PLATFORM
from faq.matching.features import Featurer, units
from faq.matching.letters import Letters
from faq.matching.lines import Lines
from faq.matching.meanings import ENTRY, Meaning, Phrasing
from faq.matching.meant import Meant
from faq.matching.normalize import tidy
from faq.matching.pinyin import Sounds
from faq.matching.sparse import SparseIndex, Vector, Words, build_space, number
from faq.matching.spelling import learn_spelling
from faq.matching.told import Sentence, Told, build_told, weigh
from faq.matching.usual import usual

FEW, MANY = 2, 40
"""Phrasings an entry: what counts as few and as many."""
_SILENT: Mapping[str, Sequence[Sentence]] = MappingProxyType({})
_NOBODY = np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True)
class KnownPhrasing:
    """A phrasing made ready once: `tidy` as it is compared, its features' numbers, and whether it
    names another platform."""

    phrasing: Phrasing
    tidy: str
    features: Ints
    named: bool


@dataclass(frozen=True)
class Index:
    """`first[m]:first[m + 1]` are the rows of meaning m; `texts` and `sounds` are per row.

    `weights` is the linear model (features x meanings, None in a bank too large for one).
    `named` says of each row whether it names another platform, `heft` what its characters weigh.
    `usual_words` and `usual_near` say how alike an entry's phrasings are (`faq.matching.usual`).
    Feature f is in phrasings of the meanings `owners[owner_starts[f]:owner_starts[f + 1]]`.
    """

    meanings: tuple[Meaning, ...]
    texts: tuple[str, ...]
    sounds: tuple[str, ...]
    first: NDArray[np.intp]
    kinds: NDArray[np.intp]
    space: SparseIndex
    weights: ridge.Halves | None
    owner_starts: NDArray[np.int64]
    owners: Ints
    named: NDArray[np.bool_]
    heft: Floats
    letters: Letters
    told: Told
    meant: Meant | None = None
    usual_words: float = 0.0
    usual_near: float = 0.0
    lines: Lines = field(default_factory=Lines)

    @cached_property
    def small(self) -> float:
        """1 where entries have two phrasings or fewer, 0 where they have forty or more."""
        entries = self.kinds == ENTRY
        if not entries.any():
            return 1.0
        mean = float(np.diff(self.first)[entries].mean())
        return min(1.0, max(0.0, (log(MANY) - log(max(1.0, mean))) / log(MANY / FEW)))

    @cached_property
    def many(self) -> float:
        """How many entries, on a scale that few banks leave."""
        return log(1 + int((self.kinds == ENTRY).sum())) / 5

    @cached_property
    def _loads(self) -> Floats:
        return weigh(list(self.space.vocabulary), self.space.blocks)

    def loads(self, features: Mapping[str, int]) -> Floats:
        """How much each of a message's features says in general (`faq.matching.rarity`)."""
        get = self.space.vocabulary.get
        places = np.array([get(name, -1) for name in features], np.intp)
        made = self._loads[places] if len(self._loads) else np.zeros(len(places), np.float32)
        if (places < 0).any():
            new = [pair for pair, at in zip(features.items(), places, strict=True) if at < 0]
            names, blocks = zip(*new, strict=True)
            made[places < 0] = weigh(list(names), np.array(blocks, np.int8))
        return made

    def direct(self, heard: Floats) -> Floats:
        """Per meaning, how much a message's vector speaks for it."""
        assert self.meant is not None  # noqa: S101 - asked only where there are vectors
        return heard @ self.meant.directions

    @cached_property
    def said(self) -> frozenset[str]:
        """The phrasings, to look one up."""
        return frozenset(self.texts)

    @cached_property
    def own(self) -> NDArray[np.bool_]:
        """Which features any phrasing of an entry has."""
        found = np.zeros(len(self.space.vocabulary), np.bool_)
        found[self._owned[self.kinds[self.owners] == ENTRY]] = True
        return found

    @property
    def _owned(self) -> NDArray[np.intp]:
        """For each of `owners`, the feature it has."""
        counts = np.diff(self.owner_starts)
        return np.repeat(np.arange(len(counts)), counts)

    @cached_property
    def _bits(self) -> NDArray[np.uint8]:
        """`owners` as one bit per feature and meaning: quicker, and small while there are few."""
        bits = np.zeros((len(self.space.vocabulary), len(self.meanings) // 8 + 1), np.uint8)
        np.bitwise_or.at(bits, (self._owned, self.owners // 8), 128 >> (self.owners % 8))
        return bits

    @cached_property
    def _meaning_of(self) -> NDArray[np.intp]:
        return np.repeat(np.arange(len(self.meanings)), np.diff(self.first))

    def linear(self, vector: Vector, cosines: Floats) -> Floats:
        """One number per meaning: the linear model's, or the near phrasings' vote."""
        if self.weights is None:
            return ridge.vote(cosines, self._meaning_of, len(self.meanings))
        return vector.weights @ self.weights[vector.ids].astype(np.float32)

    def has(self, ids: Ints, chosen: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which of the features (columns) any phrasing of the chosen meanings (rows) has."""
        if self.weights is not None:
            return np.unpackbits(self._bits[ids], axis=1).T[chosen].view(np.bool_)
        begins, ends = self.owner_starts[ids], self.owner_starts[ids + 1]
        spans = zip(begins.tolist(), ends.tolist(), strict=True)
        owners = np.concatenate([_NOBODY, *(self.owners[a:b] for a, b in spans)])
        has = np.zeros((len(self.meanings), len(ids)), np.bool_)
        has[owners, np.repeat(np.arange(len(ids)), ends - begins)] = True
        return has[chosen]


def make_ready(
    phrasings: Sequence[Phrasing], synonyms: Sequence[Sequence[str]], sounds: Sounds
) -> tuple[list[KnownPhrasing], Letters, Words]:
    """Prepare a bank's phrasings, ordered by meaning; those that say nothing are left out."""
    rows = [(one, text) for one in phrasings if (text := tidy(one.text))]
    rows.sort(key=lambda row: row[0].meaning)
    own = [text for one, text in rows if one.meaning.kind == ENTRY]
    featurer = Featurer.for_bank(sounds, synonyms, own)
    speller = learn_spelling([text for _, text in rows], sounds)
    spelt = [(one, speller.read(text)) for one, text in rows]
    features = [featurer.of(text) for _, text in spelt]
    words, numbers = number(features)
    known = [
        KnownPhrasing(one, text, own_numbers, PLATFORM in of.values())
        for (one, text), own_numbers, of in zip(spelt, numbers, features, strict=True)
    ]
    return known, Letters(speller, featurer), words


def build_library(
    known: Sequence[KnownPhrasing],
    letters: Letters,
    words: Words,
    told: Mapping[str, Sequence[Sentence]] = _SILENT,
) -> Index:
    """Learn phrasings that are ordered by meaning; `told` is what each entry says."""
    meanings = tuple(dict.fromkeys(one.phrasing.meaning for one in known))
    place = {meaning: index for index, meaning in enumerate(meanings)}
    of = np.array([place[one.phrasing.meaning] for one in known], np.intp)
    entries = [meaning.name for meaning in meanings if meaning.kind == ENTRY]
    space, rows = build_space(words, [one.features for one in known])
    owner_starts, owners = _owners(space, of, len(meanings))
    sounds = letters.featurer.sounds
    chars = np.where(space.blocks == CHAR, space.idf, 0)[rows.ids]
    made = Index(
        meanings=meanings,
        texts=tuple(one.tidy for one in known),
        sounds=tuple(sounds.string(units(one.tidy)) for one in known),
        first=np.concatenate([[0], np.cumsum(np.bincount(of, minlength=len(meanings)))]),
        kinds=np.array([meaning.kind for meaning in meanings], np.intp),
        space=space,
        weights=ridge.fit(rows, of, len(space.vocabulary), len(meanings)),
        owner_starts=owner_starts,
        owners=owners,
        named=np.array([one.named for one in known], np.bool_),
        heft=np.bincount(rows.spread(np.arange(len(known))), chars, len(known)).astype(np.float32),
        letters=letters,
        told=build_told([told.get(name, ()) for name in entries], letters.featurer),
    )

    def alike(row: int, own: slice) -> Floats:
        return space.similar(space.vector(letters.featurer.of(known[row].tidy)))[own]

    return replace(made, usual_words=usual(made.first, made.kinds == ENTRY, alike))


def _owners(space: SparseIndex, of: NDArray[np.intp], count: int) -> tuple[NDArray[np.int64], Ints]:
    """Per feature, the meanings that have it, each once."""
    features = len(space.vocabulary)
    feature_of = np.repeat(np.arange(features), np.diff(space.starts))
    pairs = np.unique(feature_of * count + of[space.where])
    starts = np.searchsorted(pairs, np.arange(features + 1) * count)
    return starts, (pairs % max(1, count)).astype(np.int32)
