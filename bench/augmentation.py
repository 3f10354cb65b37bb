"""Phrasings as they arrive from people who type in a hurry."""

from random import Random

from faq import language
from faq.matching.spelling import Speller

_SHORTEST = 5


def augmented(text: str, speller: Speller, dice: Random) -> str:
    """A phrasing in a story, with a character lost, with two swapped, or with one that only
    sounds right."""
    kind = dice.randrange(4)
    if not kind or len(text) < _SHORTEST:
        before = dice.choice(language.words("stories", "before"))
        return before + text + dice.choice(language.words("stories", "after"))
    at = dice.randrange(len(text) - 1)
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:  # noqa: PLR2004 - one of four
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    others = sorted(speller.alike(text[at]))
    return text[:at] + dice.choice(others or [text[at]]) + text[at + 1 :]
