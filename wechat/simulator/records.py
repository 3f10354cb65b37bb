"""What the simulator is told and what it remembers, as plain values."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class SimulatedAccount:
    """The account that the simulator plays, and where it pushes to.

    `timeout` and `pause` are seconds: WeChat waits 5 for an answer and tries 3 times; after an
    HTTP error it pauses, after a lost connection it tries again at once.
    """

    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    original_id: str = "gh_simulator000"
    webhook: str = "http://127.0.0.1:8000/wechat"
    mode: Literal["safe", "plain"] = "safe"
    account: Literal["verified", "passive"] = "verified"
    timeout: float = 5.0
    attempts: int = 3
    pause: float = 1.0


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One thing on a phone. `sender` is "phone", "reply" (passive), "api" or "wechat" (a notice).

    `raw` is the plain XML or JSON as it was sent; `push` the number of the push that it
    belongs to, 0 for none.
    """

    n: int
    sender: Literal["phone", "reply", "api", "wechat"]
    kind: str
    text: str
    at: datetime
    raw: str
    media_id: str = ""
    push: int = 0


PushOutcome = Literal["reply", "success", "malformed", "status", "timeout", "broken"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST to the webhook. `status` is None when no answer came."""

    outcome: PushOutcome
    status: int | None
    seconds: float


@dataclass(slots=True)
class Pushed:
    """One push, with all its attempts; every attempt had the same `args` and `body`."""

    n: int
    at: datetime
    openid: str
    kind: str
    event: str
    msg_id: str
    text: str
    xml: str
    args: dict[str, str]
    body: bytes = field(repr=False)
    attempts: list[Attempt] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    """The plain XML of each passive reply; retries must all have the same."""

    @property
    def reply(self) -> str:
        """The reply that the phone shows, "" for none."""
        return self.replies[0] if self.replies else ""

    @property
    def outcome(self) -> str:
        """How the last attempt ended; "pending" before the first has."""
        return self.attempts[-1].outcome if self.attempts else "pending"


@dataclass(frozen=True, slots=True)
class Called:
    """One API call. `code` is what it would answer, `cut` whether the caller never heard."""

    n: int
    at: datetime
    path: str
    code: int
    openid: str = ""
    kind: str = ""
    text: str = ""
    media_id: str = ""
    cut: str = ""

    @property
    def delivered(self) -> bool:
        """Did this put something on a phone?"""
        return self.code == 0 and self.path.endswith("custom/send") and self.cut != "before"


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` calls whose path ends with `path` ("" for all).

    `code` answers with an error, `stall` waits seconds first, `cut` closes the connection
    "before" the call has any effect or "after" it had, `status` answers with that HTTP status,
    `drip` lets so many seconds pass after each byte of the answer.
    """

    path: str = ""
    times: int = 1
    code: int = 0
    stall: float = 0.0
    cut: Literal["", "before", "after"] = ""
    status: int = 0
    drip: float = 0.0
