"""A clause as features: its characters, how they sound, and what is open just now."""

from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from faq.matching.pinyin import Sounds, fuzzy

LONGEST_WHOLE = 5
"""A clause so short is a feature as a whole, also together with what is open."""
MOST_CHARACTERS = 60


@cache
def _sounds() -> Sounds:
    return Sounds.from_pypinyin()


def _pinyin(clause: str) -> list[str]:
    """The syllables of a clause in pinyin; none for other letters."""
    letters = clause.isascii() and clause.isalpha() and len(clause) > 2  # noqa: PLR2004
    return [fuzzy(one) for one in (_sounds().segment(clause) if letters else None) or ()]


def spoken(clause: str) -> list[str]:
    """Its syllables, those that southern speakers confuse made one; pinyin is cut into them."""
    of = _sounds().of
    return _pinyin(clause) or [of.get(character, character) for character in clause]


def of(clause: str, state: str) -> Iterable[str]:
    """Every feature once."""
    text = clause[:MOST_CHARACTERS]
    spelt = _pinyin(text)
    marked = "" if spelt else f"^{text}$"  # of pinyin only the sounds say anything
    found = {f"@{state}", ""}
    for size in (1, 2, 3):
        found.update(marked[at : at + size] for at in range(len(marked) - size + 1))
    sounds = ["^", *spoken(text), "$"]
    found.update(f"~{one}" for one in sounds[1:-1])
    found.update(f"~{a} {b}" for a, b in pairwise(sounds))
    if len(text) > MOST_CHARACTERS // 4:
        found.add("long")
    if (len(spelt) or len(text)) <= LONGEST_WHOLE:
        found.update((f"={text}", f"@{state}={text}", f"~={' '.join(sounds)}"))
    else:
        found.add(f"@{state}+")
    return found
