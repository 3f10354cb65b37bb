"""Learning from the bank itself when to answer: it is asked its own phrasings, unprepared.

The phrasings are cut into folds, each meaning's in blocks, since neighbouring lines are alike.
For each fold a library is built without it and asked the fold's phrasings, as they are and worn
by use (a character lost, two swapped, a story around). In each fold some neighbours, outside
subjects and entries are left out whole: their phrasings must then find nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from faq import language
from faq.matching.evidence import Evidence, gather
from faq.matching.index import (
    ENTRY,
    NEIGHBOUR,
    OUTSIDE,
    Index,
    KnownPhrasing,
    Letters,
    Meaning,
    build_library,
)
from faq.matching.ranker import RankingExample
from faq.matching.reading import read
from faq.matching.sparse import Words
from faq.matching.spelling import Speller

MOST_KNOWN = 12_000
"""Phrasings known in a rehearsal: a larger bank rehearses with some of its entries."""
MOST_ASKED = 3_500
"""Questions asked in all folds together."""
FOLDS_FEW, FOLDS_MANY = 6, 3
TURNS_FEW = 4
"""A small bank rehearses four times, with other entries left out: once says too little."""
MANY = 12
ABSENT_ENTRY = 0.5
"""How much a phrasing of an entry that is left out counts: its siblings make it a hard case."""
UNCOVERED = (NEIGHBOUR, OUTSIDE)
MOST_FACTOR = 8.0
AS_WRITTEN = 0.6
WORD_FOR_WORD = 0.12
"""Merchants also write just what the bank has: so many questions are asked of what is known."""
_SHORTEST_WORN = 5


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """One question asked: what it showed and what it should have found (None: nothing)."""

    case: RankingExample
    meaning: Meaning
    absent: bool


def rehearse(
    phrasings: Sequence[KnownPhrasing], letters: Letters, words: Words, dice: Random
) -> list[TrainingExample]:
    """Ask every fold of the bank's phrasings, which are ordered by meaning."""
    of: dict[Meaning, list[KnownPhrasing]] = defaultdict(list)
    for one in phrasings:
        of[one.phrasing.meaning].append(one)
    groups = _affordable(list(of.values()), dice)
    entries = [len(group) for group in groups if _kind(group) == ENTRY]
    folds = FOLDS_MANY if not entries or np.mean(entries) >= MANY else FOLDS_FEW
    chance = MOST_ASKED / max(1, sum(map(len, groups)))
    done: list[TrainingExample] = []
    absent: list[set[Meaning]] = []
    for turn in range(folds * (TURNS_FEW if folds == FOLDS_FEW else 1)):
        fold = turn % folds
        if not fold:
            absent = _absent([group[0].phrasing.meaning for group in groups], folds, dice)
        known, asked = _split(groups, fold, folds, absent[fold])
        library = build_library(known, letters, words)
        some = [one for one in asked if dice.random() < chance]
        some += dice.sample(known, min(len(known), int(WORD_FOR_WORD * len(some))))
        done += _ask(library, some, absent[fold], dice)
    return _balanced(done)


def _balanced(done: list[TrainingExample]) -> list[TrainingExample]:
    """Let a small bank's entries weigh as much as all that any bank is told besides."""
    own = [one for one in done if one.meaning.kind == ENTRY and not one.absent]
    factor = min(max((len(done) - len(own)) / max(1, len(own)), 1.0), MOST_FACTOR)
    return [
        replace(one, case=replace(one.case, weight=one.case.weight * factor))
        if one.meaning.kind == ENTRY
        else one
        for one in done
    ]


def _kind(group: list[KnownPhrasing]) -> int:
    return group[0].phrasing.meaning.kind


def _affordable(groups: list[list[KnownPhrasing]], dice: Random) -> list[list[KnownPhrasing]]:
    if sum(map(len, groups)) <= MOST_KNOWN:
        return groups
    entries = [group for group in groups if _kind(group) == ENTRY]
    rest = [group for group in groups if _kind(group) != ENTRY]
    dice.shuffle(entries)
    left = max(MOST_KNOWN - sum(map(len, rest)), MOST_KNOWN // 4)
    kept: list[list[KnownPhrasing]] = []
    for group in entries:
        left -= len(group)
        if left < 0 and kept:
            break
        kept.append(group)
    return [*kept, *rest]


def _absent(meanings: list[Meaning], folds: int, dice: Random) -> list[set[Meaning]]:
    """Per fold, the meanings it does not know at all: half of the uncovered, some entries."""
    uncovered = [meaning for meaning in meanings if meaning.kind in UNCOVERED]
    entries = [meaning for meaning in meanings if meaning.kind == ENTRY]
    every = 1 if folds == FOLDS_FEW else 3
    dice.shuffle(uncovered)
    dice.shuffle(entries)
    return [
        {*uncovered[fold :: 2 * folds], *entries[fold :: every * folds][: len(entries) // 2]}
        for fold in range(folds)
    ]


def _split(
    groups: list[list[KnownPhrasing]], fold: int, folds: int, absent: set[Meaning]
) -> tuple[list[KnownPhrasing], list[KnownPhrasing]]:
    """What this fold knows, and what it is asked."""
    known: list[KnownPhrasing] = []
    asked: list[KnownPhrasing] = []
    for group in groups:
        out = group[0].phrasing.meaning in absent
        for index, one in enumerate(group):
            whole = out and (folds == FOLDS_FEW or _kind(group) in UNCOVERED)
            if whole or index * folds // len(group) == fold:
                asked.append(one)
            elif not out:
                known.append(one)
    return known, asked


def _ask(
    library: Index, asked: list[KnownPhrasing], absent: set[Meaning], dice: Random
) -> Iterator[TrainingExample]:
    for phrasing in (one.phrasing for one in asked):
        out = phrasing.meaning in absent
        text = (
            phrasing.text
            if dice.random() < AS_WRITTEN
            else worn(phrasing.text, library.letters.speller, dice)
        )
        reading = read(text, library)
        if reading.whole:
            evidence = gather(reading, library)
            yield _judged(evidence, library, phrasing.meaning, absent=out)


def _judged(
    evidence: Evidence, library: Index, meaning: Meaning, *, absent: bool
) -> TrainingExample:
    right = np.zeros(len(evidence.values), np.float32)
    if absent or meaning.kind in UNCOVERED:
        right[:-1] = np.isin(library.kinds[evidence.meanings], UNCOVERED)
        right[-1] = 1
    else:
        place = library.meanings.index(meaning) if meaning in library.meanings else -1
        right[:-1] = evidence.meanings == place
    weight = ABSENT_ENTRY if absent and meaning.kind == ENTRY else 1.0
    return TrainingExample(RankingExample(evidence.values, right, weight), meaning, absent)


def worn(text: str, speller: Speller, dice: Random) -> str:
    """A phrasing as it arrives: in a story, with a character lost, with two swapped, or with one
    that only sounds right."""
    kind = dice.randrange(4)
    if not kind or len(text) < _SHORTEST_WORN:
        before = dice.choice(language.words("stories", "before"))
        return before + text + dice.choice(language.words("stories", "after"))
    at = dice.randrange(len(text) - 1)
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:  # noqa: PLR2004 - one of four
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    others = sorted(speller.alike(text[at]))
    return text[:at] + dice.choice(others or [text[at]]) + text[at + 1 :]
