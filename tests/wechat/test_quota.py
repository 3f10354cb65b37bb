"""What WeChat still lets us send: five after a message, three after a tap, never added up."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from wechat.quota import CLOSED, Window, corrected, left, opened, returned, spent

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
MOMENTS = st.integers(min_value=0, max_value=200_000).map(lambda s: NOW + timedelta(seconds=s))
HAPPENINGS = st.lists(
    st.tuples(
        MOMENTS, st.sampled_from(["message", "tap", "spent", "returned", "45047", "45015", "40001"])
    ),
    max_size=40,
).map(sorted)


def after(happenings: list[tuple[datetime, str]]) -> Window:
    window = CLOSED
    for now, what in happenings:
        if what == "message":
            window = opened(window, "message", now)
        elif what == "tap":
            window = opened(window, "tap", now)
        elif what == "spent":
            window = spent(window, now)
        elif what == "returned":
            window = returned(window, now)
        else:
            window = corrected(window, int(what), now)
    return window


def test_a_message_opens_five_for_48_hours() -> None:
    window = opened(CLOSED, "message", NOW)
    assert window == Window(5, NOW + timedelta(hours=48), "message")
    assert left(window, NOW + timedelta(hours=47, minutes=59)) == 5
    assert left(window, NOW + timedelta(hours=48)) == 0


def test_a_tap_opens_three_for_a_minute() -> None:
    window = opened(CLOSED, "tap", NOW)
    assert left(window, NOW + timedelta(seconds=59)) == 3
    assert left(window, NOW + timedelta(seconds=60)) == 0


def test_a_tap_takes_nothing_from_an_open_message_window() -> None:
    window = opened(opened(CLOSED, "message", NOW), "tap", NOW + timedelta(hours=1))
    assert window == Window(5, NOW + timedelta(hours=48), "message")


def test_a_tap_late_in_a_used_up_window_lets_three_more_out() -> None:
    window = Window(1, NOW + timedelta(hours=3), "message")
    assert opened(window, "tap", NOW) == Window(3, NOW + timedelta(hours=3), "message")


def test_counts_of_a_window_that_has_closed_are_forgotten() -> None:
    stale = Window(5, NOW - timedelta(seconds=1), "message")
    assert left(opened(stale, "tap", NOW), NOW) == 3


def test_wechats_word_overrules_the_ledger() -> None:
    window = opened(CLOSED, "message", NOW)
    assert left(corrected(window, 45047, NOW), NOW) == 0
    assert corrected(window, 45047, NOW).expires_at == window.expires_at
    assert corrected(window, 45015, NOW) == Window(0, NOW, "closed")
    assert corrected(window, 40001, NOW) == window


def test_what_did_not_go_out_is_given_back() -> None:
    window = opened(CLOSED, "message", NOW)
    assert returned(spent(window, NOW), NOW) == window
    assert returned(window, NOW) == window
    assert returned(CLOSED, NOW) == CLOSED
    assert left(returned(window, NOW), NOW + timedelta(hours=48)) == 0


@given(HAPPENINGS, MOMENTS)
def test_it_is_never_negative_and_never_more_than_five(
    happenings: list[tuple[datetime, str]], now: datetime
) -> None:
    assert 0 <= left(after(happenings), now) <= 5


@given(HAPPENINGS, MOMENTS)
def test_a_message_always_gives_five_afresh(
    happenings: list[tuple[datetime, str]], later: datetime
) -> None:
    now = later + timedelta(days=3)
    assert opened(after(happenings), "message", now) == Window(
        5, now + timedelta(hours=48), "message"
    )


@given(HAPPENINGS, MOMENTS)
def test_sending_uses_exactly_one_while_there_is_one(
    happenings: list[tuple[datetime, str]], later: datetime
) -> None:
    window, now = after(happenings), later + timedelta(days=3)
    assert left(spent(window, now), now) == max(0, left(window, now) - 1)
    fresh = opened(window, "message", now)
    for sent in range(1, 8):
        fresh = spent(fresh, now)
        assert left(fresh, now) == max(0, 5 - sent)
