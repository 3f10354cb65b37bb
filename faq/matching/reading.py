"""A message as the matcher reads it: in the bank's own words."""

from dataclasses import dataclass

from faq.matching.letters import Letters
from faq.matching.normalize import tidy


@dataclass(frozen=True, slots=True)
class Reading:
    """`whole` is "" when nothing can be compared; `platforms` are names of others in it."""

    whole: str
    platforms: tuple[str, ...]


def read(text: str, letters: Letters) -> Reading:
    """Read a message of any length."""
    whole = letters.speller.read(tidy(text))
    return Reading(whole, tuple(letters.featurer.other_platforms(whole)))
