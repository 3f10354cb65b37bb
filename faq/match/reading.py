"""A message as the matcher reads it: the whole of it and its clauses, in the bank's own words."""

from dataclasses import dataclass

from faq.match.library import Library
from faq.match.normalise import bare, clauses, fold, plain

MOST_CLAUSES = 8
LONG_CLAUSE = 24
"""Characters past which a clause is read in overlapping stretches: speech has no commas."""
STRETCH, STRIDE = 16, 8


@dataclass(frozen=True, slots=True)
class Reading:
    """`whole` is "" when nothing can be compared; `parts` is empty when there is one clause."""

    whole: str
    parts: tuple[str, ...]
    platforms: tuple[str, ...]


def read(text: str, library: Library) -> Reading:
    """Read a message of any length."""
    folded = fold(text)
    correct = library.letters.speller.read
    whole = correct(bare(plain(folded)))
    parts: list[str] = []
    for clause in clauses(folded):
        part = correct(bare(plain(clause)))
        if len(part) > LONG_CLAUSE:
            parts += [part[at : at + STRETCH] for at in range(0, len(part) - STRIDE, STRIDE)]
        elif len(part) > 1:
            parts.append(part)
    # The question stands at the end more often than at the beginning.
    few = tuple(dict.fromkeys(parts[-MOST_CLAUSES:])) if len(parts) > 1 else ()
    return Reading(whole, few, tuple(library.letters.featurer.other_platforms(whole)))
