"""What to do with a message: the bands, and where a bank's own rehearsal puts them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faq.matching.calibrator import Calibrator, entry_place
from faq.matching.evidence import KIND_AT
from faq.matching.index import ENTRY, ESCALATE, HUMAN, KINDS, NEIGHBOUR, OUTSIDE, SOCIAL
from faq.matching.sparse import Floats
from faq.matching.training import UNCOVERED, TrainingExample
from faq.matching.wishes import WISHES, Heard, heeded
from faq.understanding import Outcome

FALSE_MOST = 0.04
"""Of rehearsed questions that the bank does not cover, the share that may get an answer."""
WRONG_MOST = 0.04
"""Of rehearsed questions that it covers, the share that may get another entry's answer."""
LOST_MOST = 0.03
"""Of rehearsed questions that it covers, the share that may get no offer at all."""
LEAST_ANSWER, MOST_ANSWER = 0.3, 0.9
LEAST_OFFER, MOST_OFFER = 0.02, 0.5
SURE = 0.4
"""The share that a wish which is no entry needs; an alarm is heard a little sooner."""
ALARM = 0.35


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`answer` is the certainty from which an entry is given at once; `offer` how likely it must
    be that the bank has the answer for options to be offered."""

    answer: float = MOST_ANSWER
    offer: float = 0.5


@dataclass(frozen=True, slots=True)
class Ranking:
    """How a message stands: the certainty of the best entry, and the probability per kind
    (`KINDS`, then "nothing in the bank")."""

    certainty: float
    best_entry: float
    kinds: tuple[float, ...]

    @property
    def covered(self) -> float:
        """The probability that an entry answers it."""
        return self.kinds[ENTRY]

    @property
    def uncovered(self) -> float:
        return self.kinds[NEIGHBOUR] + self.kinds[OUTSIDE] + self.kinds[-1]


def standing(values: Floats, shares: Floats, calibrator: Calibrator) -> Ranking:
    """Sum the shares up by kind."""
    kinds = shares[:-1] @ values[:-1, KIND_AT : KIND_AT + len(KINDS)]
    summed = (*kinds.tolist(), float(shares[-1]))
    place = entry_place(values, shares)
    if place is None:
        return Ranking(0.0, 0.0, summed)
    return Ranking(calibrator.certainty(values, shares, place), float(shares[place]), summed)


def wish(stand: Ranking) -> Outcome | None:
    """A wish that is no entry and outweighs the entries."""
    wishes: tuple[tuple[Outcome, int, float], ...] = (
        ("escalate", ESCALATE, ALARM),
        ("human", HUMAN, SURE),
        ("social", SOCIAL, SURE),
    )
    for name, kind, least in wishes:
        share = stand.kinds[kind]
        if share >= least and share >= stand.best_entry and share >= stand.uncovered:
            return name
    return None


def outcome(stand: Ranking, bands: Thresholds, heard: Heard) -> Outcome:
    """The band a message falls into; alarms and wishes for a person are `heard`."""
    wanted = wish(stand)
    small_talk = wanted if wanted == "social" else None
    without = small_talk or _of_the_bank(stand, bands)
    repeats = wanted if wanted in WISHES else None
    return heeded(heard, without, repeats=repeats)


def _of_the_bank(stand: Ranking, bands: Thresholds) -> Outcome:
    if stand.certainty >= bands.answer:
        return "answer"
    return "options" if stand.covered >= bands.offer else "none"


def find_bands(
    rehearsed: Sequence[TrainingExample], shared: Sequence[Floats], certain: Sequence[float]
) -> Thresholds:
    """The lowest bands that keep the promises above on the bank's own rehearsal.

    `shared` and `certain` are the ranker's and the calibrator's opinion of each rehearsed message.
    Uncovered questions are near or far in equal parts. The near ones are those of neighbours that
    were left out, or of entries that were where a bank names no neighbours.
    """
    by: dict[str, list[float]] = {"near": [], "far": [], "absent": [], "wrong": []}
    hopes: list[float] = []
    for one, shares, certainty in zip(rehearsed, shared, certain, strict=True):
        values, kind = one.case.values, one.meaning.kind
        if kind == ENTRY and not one.absent:
            place = entry_place(values, shares)
            hopes.append(float(shares[:-1] @ values[:-1, KIND_AT + ENTRY]))
            if place is None or not one.case.right[place]:
                by["wrong"].append(certainty)
        elif kind == ENTRY:
            by["absent"].append(certainty)
        elif kind in UNCOVERED:
            by["near" if kind == NEIGHBOUR and one.absent else "far"].append(certainty)
    answer = max(
        _least_false(by["near"] or by["absent"], by["far"]),
        _least(by["wrong"], WRONG_MOST * len(hopes)),
        LEAST_ANSWER,
    )
    offer = float(np.quantile(hopes, LOST_MOST)) if hopes else MOST_OFFER
    return Thresholds(min(answer, MOST_ANSWER), min(max(offer, LEAST_OFFER), MOST_OFFER))


def _least_false(near: Sequence[float], far: Sequence[float]) -> float:
    """The lowest threshold that keeps the mean of both shares of answers at `FALSE_MOST`."""
    lots = [np.array(lot) for lot in (near, far) if lot]
    for threshold in np.arange(LEAST_ANSWER, MOST_ANSWER, 0.01):
        if lots and np.mean([np.mean(lot >= threshold) for lot in lots]) <= FALSE_MOST:
            return float(threshold)
    return MOST_ANSWER


def _least(chances: Sequence[float], most: float) -> float:
    """The lowest threshold that at most `most` of the chances reach."""
    ranked = sorted(chances, reverse=True)
    place = int(most)
    return ranked[place] + 1e-6 if place < len(ranked) else 0.0
