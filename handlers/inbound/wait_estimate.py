"""How long a merchant will wait for a consultant: told only when enough is known to be honest.

One case waits as long as cases have waited, and for each merchant ahead as long as a case takes,
shared among the consultants on duty. The range goes from the usual to the slow one in five.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import NamedTuple

ENOUGH = 10
"""Fewer claimed cases tell nothing."""
PERIOD = timedelta(days=30)
LOOKED_AT = 200
_SLOW = 0.8
_LEAST_WORK = 2.0
"""Minutes that a case takes at least, even where consultants closed the past ones at once."""
_STEPS = (5, 10, 20, 30, 45, 60, 90, 120)
"""Minutes are told in these; what takes longer than the last is not foreseen at all."""


class PastCase(NamedTuple):
    """Minutes from opening to claim, and from claim to the end, or so far."""

    waited: float
    lasted: float


def wait_range(past: Sequence[PastCase], *, ahead: int, on_duty: int) -> tuple[int, int] | None:
    """From so many minutes to so many, rounded up; None when only the place can be told."""
    if len(past) < ENOUGH or on_duty < 1:
        return None
    waits = sorted(case.waited for case in past)
    work = sorted(max(case.lasted, _LEAST_WORK) for case in past)
    slow = int(_SLOW * (len(past) - 1))
    usual = median(waits) + ahead * median(work) / on_duty
    late = waits[slow] + ahead * work[slow] / on_duty
    spans = [(low, high) for low, high in pairwise(_STEPS) if usual <= low]
    if not spans or late > _STEPS[-1]:
        return None
    low, high = spans[0]
    return low, max(high, next(step for step in _STEPS if late <= step))
