"""What to do with a message: how it stands, and the band it falls into."""

from dataclasses import dataclass

import numpy as np

from faq.matching.arrays import Floats
from faq.matching.calibrator import Calibrator, best_places, view, wide_view
from faq.matching.columns import KIND_AT
from faq.matching.meanings import KINDS
from faq.understanding import Outcome


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`answer` is the certainty from which an entry is given at once; `offer` how likely it must
    be that one of the best three answers for options to be offered."""

    answer: float
    offer: float


@dataclass(frozen=True, slots=True)
class Bands:
    """Thresholds by how few phrasings a bank's entries have (`Index.small`, rising): the same
    certainty is right less often where a bank says less."""

    small: Floats
    answer: Floats
    offer: Floats

    def at(self, small: float) -> Thresholds:
        """Between two sizes the thresholds lie between theirs."""
        answer, offer = (
            float(np.interp(small, self.small, each)) for each in (self.answer, self.offer)
        )
        return Thresholds(answer, offer)


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
    places = best_places(values, shares)
    if not len(places):
        return Ranking(0.0, 0.0, kinds)
    certainty = float(answer.certainties(view(values, shares, int(places[0]))[None, :])[0])
    hope = float(offer.certainties(wide_view(values, shares, places)[None, :])[0])
    return Ranking(certainty, max(certainty, hope), kinds)


def kinds_of(values: Floats, shares: Floats) -> tuple[float, ...]:
    """The probability per kind (`KINDS`, then "nothing in the bank")."""
    kinds = shares[:-1] @ values[:-1, KIND_AT : KIND_AT + len(KINDS)]
    return (*kinds.tolist(), float(shares[-1]))


def outcome(stand: Ranking, bands: Thresholds) -> Outcome:
    """The band that a message falls into which asks the bank."""
    if stand.certainty >= bands.answer:
        return "answer"
    return "options" if stand.hope >= bands.offer else "none"
