"""Whether a message asks the bank, or is an alarm, a wish for a person or small talk.

What is heard in it (`faq.matching.wishes`), what its nearest phrasing sounds like, how well the
bank answers it and which examples it resembles are weighed on one scale: a multinomial logistic
model, learned over trades that its parts never saw. A trade's own questions may speak of death,
money and quarrels; its bank knows them better than what is heard in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from faq.matching.arrays import Floats
from faq.matching.meanings import ESCALATE, HUMAN, SOCIAL
from faq.matching.thresholds import Ranking
from faq.matching.wishes import FRAGMENT, HeardWish
from faq.understanding import Outcome

SIDES: tuple[Outcome, ...] = ("none", "escalate", "human", "social")
"""The first is the bank's: an answer, options or none."""
SIGNS = (
    "alarm", "person", "near_alarm", "near_person", "certainty", "hope",
    "like_alarm", "like_person", "like_social", "like_entry", "like_nothing", "length",
)  # fmt: skip
"""Log-odds of what is heard in the message and in its nearest phrasing and of the bank's answer,
logarithms of the ranker's shares, and of the message's length."""
FLOOR = 6.0
"""Log-odds and logarithms go so far and no further."""
QUIET = 0.03
"""What sounds less like a wish is not compared with what the nearest phrasing sounds like."""


def signs(
    heard: HeardWish, near: HeardWish | None, stand: Ranking, kinds: Sequence[float], length: int
) -> Floats:
    """The row of `SIGNS`. `kinds` are the shares per kind, the last one of nothing; `near` is what
    the nearest phrasing sounds like, None where nobody listened."""
    chances = (
        heard.alarm, heard.person,
        near.alarm if near else 0.0, near.person if near else 0.0,
        stand.certainty, stand.hope,
    )  # fmt: skip
    shares = (kinds[ESCALATE], kinds[HUMAN], kinds[SOCIAL], kinds[0], kinds[-1])
    logs = (max(-FLOOR, log(share + 1e-9)) for share in shares)
    return np.array([*map(_odds, chances), *logs, log(1 + length)], np.float32)


def _odds(chance: float) -> float:
    chance = min(1 - 1e-9, max(1e-9, chance))
    return max(-FLOOR, min(FLOOR, log(chance / (1 - chance))))


@dataclass(frozen=True, slots=True)
class Arbiter:
    """`weights` are signs x sides, the last row constant; `least` is the chance from which a side
    that is not the bank's has the message."""

    weights: Floats
    least: Floats

    def chances(self, rows: Floats) -> Floats:
        """The probability of each side, for one row of signs or many."""
        raised = rows @ self.weights[:-1] + self.weights[-1]
        raised = np.exp(raised - raised.max(axis=-1, keepdims=True))
        made: Floats = raised / raised.sum(axis=-1, keepdims=True)
        return made

    def side(self, chances: Floats, length: int) -> Outcome:
        """Whose a message of so many characters is."""
        over = chances / self.least
        place = 1 + int(over[1:].argmax())
        likely = length > FRAGMENT or chances[place] >= chances[0]
        return SIDES[place] if over[place] >= 1 and likely else SIDES[0]
