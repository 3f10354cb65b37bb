"""When something that failed is tried again."""

import random
from datetime import timedelta

_DOUBLINGS_MAX = 20  # far past every `longest`; a larger power would only cost time


def back_off(attempts: int, *, first: float, longest: float) -> timedelta:
    """The wait after the attempt of this number: `first` seconds, doubled for each one more.

    At least half of it and at most all, so that what failed together does not come back together.
    """
    wait = min(longest, first * 2 ** min(max(attempts - 1, 0), _DOUBLINGS_MAX))
    return timedelta(seconds=wait * random.uniform(0.5, 1.0))  # noqa: S311 (nothing secret)
