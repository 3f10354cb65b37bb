"""What judges think of questions of trades that they never saw, and what follows at given bands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.linear_model import LogisticRegression

from bench import episodes
from bench.gathering import Asked
from bench.train_wishes import FoldModels
from faq.matching import ranker
from faq.matching.arbiter import QUIET, SIDES, Arbiter, signs
from faq.matching.arrays import Floats
from faq.matching.calibrator import best_places
from faq.matching.columns import COLUMN
from faq.matching.normalize import tidy
from faq.matching.thresholds import Ranking, Thresholds, kinds_of, standing
from faq.matching.trained import WORDS, Trained
from faq.understanding import Outcome

HEARD = {"escalate": 1, "human": 2, "social": 3}
"""Sorts of questions that are no question to the bank, by their place in `SIDES`."""
COUNTS = {"real": 1.0, "general": 0.3, "wish": 1.0, "harmless": 1.0, "pair": 0.5}
STRICT = 1.0
MISHEARD = {"escalate": 0.013, "human": 0.004, "social": 0.004}
"""Of the covered questions of trades that nobody saw, those that a side may take; of what only
looks like a wish (`LOOKS_LIKE`) more."""
LOOKS_LIKE = {"escalate": 0.15, "human": 0.03, "social": 1.0}


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """What a judge thought of one question; whether its first and its first three were right; its
    signs for the arbiter, None where no model could hear it unseen; whose it is found to be."""

    asked: Asked
    stand: Ranking
    first: bool
    three: bool
    signs: Floats | None
    side: Outcome = "none"

    @property
    def heard_as_wish(self) -> bool:
        return self.side != SIDES[0]

    @property
    def small(self) -> float:
        values, _ = self.asked.shown[WORDS]
        return float(values[-1, COLUMN["small"]])


def opinion(one: Asked, judge: Trained, sort: str, parts: FoldModels) -> JudgedQuestion:
    values, right = one.shown[sort]
    shares = ranker.share(values, judge.ranker)
    stand = standing(values, shares, judge.answer, judge.offer)
    best = best_places(values, shares)
    return JudgedQuestion(
        one,
        stand,
        bool(len(best)) and one.covered and right[best[0]] > 0,
        one.covered and bool(right[best].any()),
        _signs(one, judge, stand, parts),
    )


def _signs(one: Asked, judge: Trained, stand: Ranking, parts: FoldModels) -> Floats | None:
    """As `faq.matching.matcher` makes them; what is heard is heard by who never saw it."""
    heard = parts.hear(one.text)
    if heard is None:
        return None
    loud = max(heard.alarm, heard.person) >= QUIET and one.nearest
    near = parts.hear(one.nearest, one.trade) if loud else None
    words, _ = one.shown[WORDS]
    kinds = kinds_of(words, ranker.share(words, judge.wishes))
    return signs(heard, near, stand, kinds, len(tidy(one.text)))


def learn_arbiter(opinions: Sequence[JudgedQuestion]) -> Arbiter:
    """Fitted to opinions of judges and models that never saw the questions."""
    known = [one for one in opinions if one.signs is not None]
    rows = np.stack([one.signs for one in known if one.signs is not None])
    sides = np.array([HEARD.get(one.asked.sort, 0) for one in known])
    counts = [COUNTS["real" if one.asked.real else one.asked.style or "general"] for one in known]
    model = LogisticRegression(C=STRICT, max_iter=2000).fit(rows, sides, sample_weight=counts)
    weights = np.vstack([model.coef_.T, model.intercept_]).astype(np.float32)
    blank = Arbiter(weights, np.ones(len(SIDES), np.float32))
    return replace(blank, least=_least(known, blank.chances(rows)))


def _least(known: Sequence[JudgedQuestion], chances: Floats) -> Floats:
    """The lowest from which no side takes more than it may."""
    covered = np.array([one.asked.real and one.asked.sort == "in" for one in known])
    harmless = np.array([one.asked.style == episodes.HARMLESS for one in known])
    least = np.ones(len(SIDES), np.float32)
    for place, side in enumerate(SIDES[1:], 1):
        taken = chances[:, place]
        least[place] = max(
            np.quantile(taken[covered], 1 - MISHEARD[side]),
            np.quantile(taken[harmless], 1 - LOOKS_LIKE[side]) if harmless.any() else 0,
        )
    return least


def sided(opinions: Sequence[JudgedQuestion], arbiter: Arbiter) -> list[JudgedQuestion]:
    """The same, with whose each message is."""
    return [
        one
        if one.signs is None
        else replace(one, side=arbiter.side(arbiter.chances(one.signs), len(tidy(one.asked.text))))
        for one in opinions
    ]


def covered_and_not(
    opinions: Sequence[JudgedQuestion],
) -> tuple[list[JudgedQuestion], list[JudgedQuestion]]:
    """Opinions of the trade's own questions; general phrasings are no part of a measurement."""
    firm = episodes.FIRM
    real = [
        one
        for one in opinions
        if one.asked.real or (one.asked.trade == firm and one.asked.sort in ("in", "near", "gone"))
    ]
    return (
        [one for one in real if one.asked.sort == "in"],
        [one for one in real if one.asked.sort in ("near", "far")],
    )


def rates(opinions: Sequence[JudgedQuestion], bands: Sequence[Thresholds]) -> list[float]:
    """Right, in three, wrong, false, listed, misheard; `bands` are each question's."""
    inside, outside = [], []
    for one, band in zip(opinions, bands, strict=True):
        answered = not one.heard_as_wish and one.stand.certainty >= band.answer
        offered = not (one.heard_as_wish or answered) and one.stand.hope >= band.offer
        if one.asked.sort == "in":
            right = answered and one.first
            three = right or (offered and one.three)
            inside.append((right, three, answered and not one.first, one.heard_as_wish))
        else:
            outside.append((answered, offered))
    right, three, wrong, misheard = np.array(inside, float).mean(axis=0).tolist()
    false, listed = np.array(outside, float).mean(axis=0).tolist()
    return [right, three, wrong, false, listed, misheard]


def recalled(opinions: Sequence[JudgedQuestion]) -> dict[str, float]:
    """Of the examples that no model had seen, the share on the side that is right."""
    lots: dict[str, list[bool]] = {}
    for one in opinions:
        if one.signs is not None and one.asked.style in (episodes.WISH, episodes.HARMLESS):
            wished = one.asked.sort in HEARD
            name = one.asked.sort if wished else "harmless"
            good = one.side == one.asked.sort if wished else not one.heard_as_wish
            lots.setdefault(name, []).append(good)
    return {name: sum(lot) / len(lot) for name, lot in sorted(lots.items())}
