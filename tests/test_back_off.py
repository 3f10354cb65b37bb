"""Tries that failed come again later and later, and not all at once."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from handlers.back_off import back_off


@given(st.integers(min_value=0, max_value=10_000))
def test_a_wait_doubles_and_stays_within_its_bounds(attempts: int) -> None:
    full = min(300.0, 2.0 * 2 ** min(max(attempts - 1, 0), 100))
    wait = back_off(attempts, first=2.0, longest=300.0)
    assert timedelta(seconds=full / 2) <= wait <= timedelta(seconds=full)


def test_two_that_failed_together_do_not_come_back_together() -> None:
    assert len({back_off(5, first=2.0, longest=300.0) for _ in range(20)}) > 1
