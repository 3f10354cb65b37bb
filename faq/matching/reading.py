"""A message as the matcher reads it: in the bank's own words."""

from dataclasses import dataclass

from faq.matching.index import Index
from faq.matching.normalize import bare, fold, plain


@dataclass(frozen=True, slots=True)
class Reading:
    """`whole` is "" when nothing can be compared; `platforms` are names of others in it."""

    whole: str
    platforms: tuple[str, ...]


def read(text: str, library: Index) -> Reading:
    """Read a message of any length."""
    whole = library.letters.speller.read(bare(plain(fold(text))))
    return Reading(whole, tuple(library.letters.featurer.other_platforms(whole)))
