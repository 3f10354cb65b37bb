"""Which line of an entry answers a follow-up to it: 那公司的呢, 周末算吗, 换一张卡行不行.

What merchants write after an answer is short and takes its subject from it, so that the bank as a
whole cannot tell what is meant; the lines of that one entry can. A conditional logit shares one
probability among them and "none of these". `bench.train_within` learns it.
"""

import re
from functools import cache, lru_cache
from importlib.resources import files
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.matching.arrays import Floats
from faq.matching.blocks import CHAR, PAIR
from faq.matching.lines import Line, Lines
from faq.matching.meant import SCALE, Bytes
from faq.matching.normalize import fold, plain
from faq.matching.told import weigh
from faq.understanding import TopicLine

FILE = "within.npz"
KINDS = ("detail", "help", "step")
LIKENESSES = ("meaning", "words", "keys")
"""The cosine with the line and its keys as vectors; the share of the message's characters that the
line has, and that one of its keys has."""
FEATURES = (*LIKENESSES, *(f"{name} lead" for name in LIKENESSES), "named", *KINDS)
"""A lead is over the best of the other lines; named: all parts of one key stand in the message."""
Numbers = NDArray[np.floating[Any]]
_NOT_WORD = re.compile(r"[^0-9a-z\u3400-\u9fff]")


@cache
def _weights(sort: str) -> Floats:
    """As `FEATURES`, then what speaks for no line at all, and how much more with many lines."""
    with (files(__package__) / FILE).open("rb") as file, np.load(file) as arrays:
        weights: Floats = arrays[sort].astype(np.float32)
        return weights


def choose(lines: Lines, entry: str, text: str, heard: Floats | None) -> tuple[TopicLine, ...]:
    """An entry's lines, the likeliest first. `heard` is the message's vector, None without a
    model. The shares leave room for "none of these"."""
    place = lines.of(entry)
    own = lines.lines[place]
    if not own:
        return ()
    weights = _weights("vectors" if heard is not None else "words")
    shares = shares_of(evidence(lines, entry, text, heard), weights)
    order = np.argsort(-shares[:-1], kind="stable").tolist()
    return tuple(TopicLine(own[at].text, float(shares[at])) for at in order)


def shares_of(seen: Numbers, weights: Numbers) -> Numbers:
    """What each line gets, and last what none gets: the more lines, the likelier one is alike by
    chance."""
    none = weights[-2] + weights[-1] * np.log(len(seen))
    scores = np.append(seen @ weights[:-2], none)
    powers = np.exp(scores - scores.max())
    shares: Numbers = powers / powers.sum()
    return shares


def evidence(lines: Lines, entry: str, text: str, heard: Floats | None) -> Floats:
    """Lines x `FEATURES`."""
    place = lines.of(entry)
    own = lines.lines[place]
    said = grams(text)
    likenesses = [
        _cosines(lines.vectors[place], heard, len(own)),
        np.array([_held(said, line.text) for line in own], np.float32),
        np.array([_by_keys(said, line) for line in own], np.float32),
    ]
    folded = fold(text)
    named = np.array([_is_named(folded, line) for line in own], np.float32)
    kinds = [np.array([line.kind == kind for line in own], np.float32) for kind in KINDS]
    return np.stack([*likenesses, *map(_leads, likenesses), named, *kinds], axis=1)


def _cosines(rows: Bytes, heard: Floats | None, count: int) -> Floats:
    if heard is None:
        return np.zeros(count, np.float32)
    found: Floats = rows.astype(np.float32) @ heard / SCALE
    return found


def _leads(likeness: Floats) -> Floats:
    """Over the best of the others; of a single line over nothing."""
    if len(likeness) == 1:
        return likeness
    second, best = np.partition(likeness, -2)[-2:]
    others = np.where(likeness == best, second, best)
    leads: Floats = likeness - others
    return leads


def grams(text: str) -> frozenset[str]:
    """The characters of a text and its pairs of neighbours."""
    row = _NOT_WORD.sub("", plain(fold(text)))
    return frozenset(row) | {row[at : at + 2] for at in range(len(row) - 1)}


# Lines of the guides, of which there are few, and never a merchant's words.
_known_grams = lru_cache(maxsize=8192)(grams)


def _held(said: frozenset[str], text: str) -> float:
    """How much of a message a text of the guide has, by what its characters say in general."""
    whole = _load(said)
    return _load(said & _known_grams(text)) / whole if whole else 0.0


def _by_keys(said: frozenset[str], line: Line) -> float:
    return max((_held(said, key) for key in line.keys), default=0.0)


def _load(names: frozenset[str]) -> float:
    return fsum(map(_weight, names))  # the same in any order


@lru_cache(maxsize=16384)
def _weight(name: str) -> float:
    block = CHAR if len(name) == 1 else PAIR
    return float(weigh([name], np.array([block], np.int8))[0])


def _is_named(folded: str, line: Line) -> bool:
    return any(all(part in folded for part in key.split("+")) for key in line.keys)
