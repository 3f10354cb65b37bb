"""What to do with a message: how it stands, and the band it falls into."""

from dataclasses import dataclass

from faq.matching.arrays import Floats
from faq.matching.calibrator import Calibrator, entry_place, view
from faq.matching.columns import KIND_AT
from faq.matching.meanings import ENTRY, ESCALATE, HUMAN, KINDS, NEIGHBOUR, OUTSIDE, SOCIAL
from faq.matching.wishes import WISHES, Heard, heeded
from faq.understanding import Outcome

SURE = 0.4
"""The share that a wish which is no entry needs; an alarm is heard a little sooner."""
ALARM = 0.3
SOONER = 1.4
"""An alarm that an entry or nothing outweighs by less is heard all the same."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`answer` is the certainty from which an entry is given at once; `offer` how likely it must
    be that one of the best three answers for options to be offered."""

    answer: float
    offer: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """How a message stands: the certainty of the best entry, that one of three is right, and the
    probability per kind (`KINDS`, then "nothing in the bank")."""

    certainty: float
    hope: float
    kinds: tuple[float, ...]


def standing(values: Floats, shares: Floats, answer: Calibrator, offer: Calibrator) -> Ranking:
    """How sure the judge is of the entries."""
    kinds = kinds_of(values, shares)
    place = entry_place(values, shares)
    if place is None:
        return Ranking(0.0, 0.0, kinds)
    seen = view(values, shares, place)[None, :]
    certainty, hope = float(answer.certainties(seen)[0]), float(offer.certainties(seen)[0])
    return Ranking(certainty, max(certainty, hope), kinds)


def kinds_of(values: Floats, shares: Floats) -> tuple[float, ...]:
    """The probability per kind (`KINDS`, then "nothing in the bank")."""
    kinds = shares[:-1] @ values[:-1, KIND_AT : KIND_AT + len(KINDS)]
    return (*kinds.tolist(), float(shares[-1]))


def wish(values: Floats, shares: Floats) -> Outcome | None:
    """A wish that is no entry and outweighs the entries."""
    kinds = kinds_of(values, shares)
    best = float((shares[:-1] * values[:-1, KIND_AT + ENTRY]).max(initial=0))
    uncovered = kinds[NEIGHBOUR] + kinds[OUTSIDE] + kinds[-1]
    wishes: tuple[tuple[Outcome, int, float], ...] = (
        ("escalate", ESCALATE, ALARM),
        ("human", HUMAN, SURE),
        ("social", SOCIAL, SURE),
    )
    for name, kind, least in wishes:
        sooner = SOONER if kind == ESCALATE else 1.0
        if kinds[kind] >= max(least, best / sooner, uncovered / sooner):
            return name
    return None


def outcome(
    stand: Ranking, bands: Thresholds, heard: Heard, repeats: Outcome | None = None
) -> Outcome:
    """The band a message falls into; alarms and wishes for a person are `heard`, or repeat an
    example of one."""
    repeated = repeats if repeats in WISHES else None
    return heeded(heard, _of_the_bank(stand, bands), hope=stand.hope, repeats=repeated)


def _of_the_bank(stand: Ranking, bands: Thresholds) -> Outcome:
    """The band a message that is no wish falls into."""
    if stand.certainty >= bands.answer:
        return "answer"
    return "options" if stand.hope >= bands.offer else "none"
