"""Everything a message is compared with: the phrasings, ordered by what they mean."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faq.match import ridge
from faq.match.features import PLATFORM, Featurer, units
from faq.match.normalise import bare, fold, plain
from faq.match.sound import Sounds
from faq.match.space import Floats, Space, build_space
from faq.match.spell import Speller, learn_spelling

KINDS = ("entry", "neighbour", "outside", "human", "escalate", "social")
ENTRY, NEIGHBOUR, OUTSIDE, HUMAN, ESCALATE, SOCIAL = range(len(KINDS))
_PRIVATE_USE = 0xE000


@dataclass(frozen=True, slots=True, order=True)
class Meaning:
    """What a phrasing means: `kind` indexes `KINDS`, `name` is an id or a kind of alarm."""

    kind: int
    name: str


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One example of how a meaning is said."""

    text: str
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Known:
    """A phrasing made ready once: `tidy` as it is compared, and its features."""

    phrasing: Phrasing
    tidy: str
    features: dict[str, int]


@dataclass(frozen=True, slots=True)
class Letters:
    """What turns texts into features and mends their spelling; the whole bank has one."""

    speller: Speller
    featurer: Featurer


@dataclass(frozen=True)
class Library:
    """`first[m]:first[m + 1]` are the rows of meaning m; `texts` and `sounds` are per row.

    `weights` is the linear model (features x meanings, None in a bank too large for one).
    `named` says of each row whether it names another platform.
    `owned` holds m * features + f, sorted, for every feature f that meaning m's phrasings have.
    """

    meanings: tuple[Meaning, ...]
    texts: tuple[str, ...]
    sounds: tuple[str, ...]
    first: NDArray[np.intp]
    kinds: NDArray[np.intp]
    space: Space
    weights: Floats | None
    owned: NDArray[np.int64]
    named: NDArray[np.bool_]
    letters: Letters


def tidy(text: str) -> str:
    """A phrasing as it is compared."""
    return bare(plain(fold(text)))


def sound_string(text: str, sounds: Sounds) -> str:
    """A text as one private character per fuzzy syllable, for rapidfuzz to compare."""
    numbers = sounds.numbers
    return "".join(
        chr(_PRIVATE_USE + numbers[sounds.of[unit]]) if unit in sounds.of else unit
        for unit in units(text)
    )


def make_ready(
    phrasings: Sequence[Phrasing], synonyms: Sequence[Sequence[str]], sounds: Sounds
) -> tuple[list[Known], Letters]:
    """Prepare a bank's phrasings, ordered by meaning; those that say nothing are left out."""
    rows = [(one, text) for one in phrasings if (text := tidy(one.text))]
    rows.sort(key=lambda row: row[0].meaning)
    own = [text for one, text in rows if one.meaning.kind == ENTRY]
    featurer = Featurer.for_bank(sounds, synonyms, own)
    speller = learn_spelling([text for _, text in rows], sounds)
    spelt = [(one, speller.read(text)) for one, text in rows]
    known = [Known(one, text, featurer.of(text)) for one, text in spelt]
    return known, Letters(speller, featurer)


def build_library(known: Sequence[Known], letters: Letters) -> Library:
    """Learn phrasings that are ordered by meaning."""
    meanings = tuple(dict.fromkeys(one.phrasing.meaning for one in known))
    place = {meaning: index for index, meaning in enumerate(meanings)}
    of = np.array([place[one.phrasing.meaning] for one in known], np.intp)
    space, vectors = build_space([one.features for one in known])
    feature_of = np.repeat(np.arange(len(space.vocabulary)), np.diff(space.starts))
    sounds = letters.featurer.sounds
    return Library(
        meanings=meanings,
        texts=tuple(one.tidy for one in known),
        sounds=tuple(sound_string(one.tidy, sounds) for one in known),
        first=np.concatenate([[0], np.cumsum(np.bincount(of, minlength=len(meanings)))]),
        kinds=np.array([meaning.kind for meaning in meanings], np.intp),
        space=space,
        weights=ridge.fit(vectors, of, len(space.vocabulary), len(meanings)),
        owned=np.unique(of[space.where] * len(space.vocabulary) + feature_of),
        named=np.array([PLATFORM in one.features.values() for one in known], np.bool_),
        letters=letters,
    )
