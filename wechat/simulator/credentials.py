"""The simulator's access tokens, with the rules of both of WeChat's endpoints."""

import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

LIFETIME = timedelta(seconds=7200)
_OVERLAP = timedelta(seconds=300)
"""How long before its end a stable token is replaced, and how long the old one stays good."""


class Refusal(Exception):  # noqa: N818 - an answer with an errcode, not a failure of the simulator
    """Answer with `code`."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.noted = False
        """Is the call in the log already?"""


class Credentials:
    def __init__(self, app_id: str, secret: str, clock: Callable[[], datetime]) -> None:
        self._app_id = app_id
        self._secret = secret
        self._clock = clock
        self._lock = threading.Lock()
        self._stable = ""
        self._classic = ""
        self._ends: dict[str, datetime] = {}
        self.fetched = 0
        """How many times somebody asked, for the auditor."""

    def stable(self, app_id: object, secret: object, *, force: bool) -> dict[str, object]:
        """The same token until its last five minutes; `force` kills the old one at once."""
        self._identify(app_id, secret)
        now = self._clock()
        with self._lock:
            self.fetched += 1
            ends = self._ends.get(self._stable, now)
            if force:
                self._ends.pop(self._stable, None)
            if force or ends - now <= _OVERLAP:
                self._stable = self._new(now)
            return self._shown(self._stable, now)

    def classic(self, app_id: object, secret: object) -> dict[str, object]:
        """A new one each time; the one before stays good for five minutes."""
        self._identify(app_id, secret)
        now = self._clock()
        with self._lock:
            self.fetched += 1
            if self._classic in self._ends:
                self._ends[self._classic] = min(self._ends[self._classic], now + _OVERLAP)
            self._classic = self._new(now)
            return self._shown(self._classic, now)

    def check(self, token: str) -> None:
        """Raises the Refusal that WeChat answers a missing, unknown or expired token with."""
        if not token:
            raise Refusal(41001, "access_token missing")
        ends = self._ends.get(token)
        if ends is None:
            raise Refusal(40001, "invalid credential, access_token is invalid or not latest")
        if ends <= self._clock():
            raise Refusal(42001, "access_token expired")

    def forget(self) -> None:
        """Every token given out so far becomes invalid (40001), as after a reset in the console."""
        with self._lock:
            self._ends.clear()
            self._stable = self._classic = ""

    def _identify(self, app_id: object, secret: object) -> None:
        if app_id != self._app_id:
            raise Refusal(40013, "invalid appid")
        if secret != self._secret:
            raise Refusal(40125, "invalid appsecret")

    def _new(self, now: datetime) -> str:
        token = f"simulator-{secrets.token_urlsafe(48)}"
        self._ends[token] = now + LIFETIME
        return token

    def _shown(self, token: str, now: datetime) -> dict[str, object]:
        return {
            "access_token": token,
            "expires_in": int((self._ends[token] - now).total_seconds()),
        }
