"""What WeChat still lets us send to one merchant: a ledger of plain functions.

Source: Tencent, "客服消息": after a message from the merchant 5 messages within 48 h; after a menu
tap (click, scancode), a follow or a QR scan 3 within a minute. Counts refresh, they do not add up.
Passive replies, the answer to the push itself, cost nothing and never come here.

What a tap does to a window that is still open is not documented. We take the larger count and the
later end: a ledger that hopes too much costs one refused call (45047, then `corrected`), one that
hopes too little lets a merchant wait for an answer that could have gone out.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

Opener = Literal["message", "tap"]

_GRANTS: dict[Opener, tuple[int, timedelta]] = {
    "message": (5, timedelta(hours=48)),
    "tap": (3, timedelta(minutes=1)),
}


@dataclass(frozen=True, slots=True)
class Window:
    """`left` messages until `expires_at` (aware; None when it never opened).

    `kind` is what opened it last, or "closed".
    """

    left: int = 0
    expires_at: datetime | None = None
    kind: Literal["message", "tap", "closed"] = "closed"


CLOSED = Window()


def opened(window: Window, by: Opener, now: datetime) -> Window:
    """After the merchant did something that opens a window (`Push.opens_window`)."""
    count, lasts = _GRANTS[by]
    until = now + lasts
    if window.expires_at is not None and window.expires_at > until:
        return replace(window, left=max(left(window, now), count))
    return Window(max(left(window, now), count), until, by)


def spent(window: Window, now: datetime) -> Window:
    """After one message went out by the API, or may have gone out."""
    return replace(window, left=max(0, left(window, now) - 1))


def returned(window: Window, now: datetime) -> Window:
    """After all the message did not go out: refused or not sent, never when uncertain.

    With a refusal, before `corrected`: WeChat's own word comes last. Where nobody kept what
    opened the window, a message's grant is the most.
    """
    if window.expires_at is None or now >= window.expires_at:
        return window
    most, _ = _GRANTS["tap" if window.kind == "tap" else "message"]
    return replace(window, left=min(most, window.left + 1))


def corrected(window: Window, errcode: int, now: datetime) -> Window:
    """After WeChat refused: 45047 means none left until the next message, 45015 that it closed."""
    if errcode == 45047:  # noqa: PLR2004 - WeChat's number is its name
        return replace(window, left=0)
    if errcode in {45015, 43004}:
        return Window(0, now, "closed")
    return window


def left(window: Window, now: datetime) -> int:
    """How many more may be sent at `now`."""
    open_now = window.expires_at is not None and now < window.expires_at
    return window.left if open_now else 0
