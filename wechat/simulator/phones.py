"""The merchants' phones: who follows, what they may be sent, what they show."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from wechat.simulator.credentials import Refusal
from wechat.simulator.records import ShownLine

_TAPS = frozenset({"click", "scancode_push", "scancode_waitmsg", "subscribe", "scan"})
_TYPING = timedelta(seconds=15)
_INTERACTED = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Grant:
    left: int
    ends: datetime


@dataclass(slots=True)
class Phone:
    """One merchant's. The quota is kept as WeChat's documents read: a message and a tap each grant
    their own count and time, and while both are open the larger count holds, not their sum."""

    following: bool = True
    lines: list[ShownLine] = field(default_factory=list)
    typing_until: datetime | None = None
    _grants: dict[str, _Grant] = field(default_factory=dict)
    _last_act: datetime | None = None

    def wrote(self, now: datetime, *, tapped: bool) -> None:
        self._open("tap" if tapped else "message", now)

    def happened(self, event: str, now: datetime) -> None:
        if event == "unsubscribe":
            self.following = False
            self._grants.clear()
        elif event == "subscribe":
            self.following = True
        if event in _TAPS:
            self._open("tap", now)

    def left(self, now: datetime) -> int | None:
        """How many more may be sent; None when no window is open."""
        return max((grant.left for grant in self._open_grants(now).values()), default=None)

    def check(self, now: datetime) -> None:
        """Raises the Refusal that a message to this phone gets now."""
        if not self.following:
            raise Refusal(43004, "require subscribe")
        left = self.left(now)
        if left is None:
            raise Refusal(45015, "response out of time limit or subscription is canceled")
        if left <= 0:
            raise Refusal(45047, "out of response count limit")

    def spend(self, now: datetime) -> None:
        for name, grant in self._open_grants(now).items():
            self._grants[name] = replace(grant, left=grant.left - 1)
        self.typing_until = None

    def type(self, now: datetime, command: str) -> None:
        """Raises the Refusal that the typing call gets now."""
        if command == "CancelTyping":
            self.typing_until = None
        elif command != "Typing":
            raise Refusal(45072, "invalid command")
        elif self.typing_until and now < self.typing_until:
            raise Refusal(45081, "already typing")
        elif self._last_act is None or now - self._last_act > _INTERACTED:
            raise Refusal(45080, "no interaction in 30 seconds")
        else:
            self.typing_until = now + _TYPING

    def _open(self, by: str, now: datetime) -> None:
        self._last_act = now
        if by == "message":
            self._grants[by] = _Grant(5, now + timedelta(hours=48))
        else:
            self._grants[by] = _Grant(3, now + timedelta(minutes=1))

    def _open_grants(self, now: datetime) -> dict[str, _Grant]:
        return {name: grant for name, grant in self._grants.items() if now < grant.ends}
