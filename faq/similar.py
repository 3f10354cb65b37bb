"""Which questions are like this one, by the characters they share."""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

from faq.matching.normalize import key


def similar(text: str, others: Mapping[int, str], limit: int) -> list[int]:
    """The most similar of `others` by their numbers, best first; those that share nothing are left
    out."""
    mine = _pieces(text)
    scored = [(_share(mine, _pieces(other)), number) for number, other in others.items()]
    scored.sort(key=lambda one: (-one[0], one[1]))
    return [number for score, number in scored[:limit] if score > 0]


def _pieces(text: str) -> Counter[str]:
    """Single characters and pairs; a pair weighs as much as two."""
    row = key(text)
    pieces = Counter(row)
    for pair in pairwise(row):
        pieces["".join(pair)] += 2
    return pieces


def _share(one: Counter[str], other: Counter[str]) -> float:
    both = sum((one & other).values())
    return 2 * both / (sum(one.values()) + sum(other.values()) or 1)
