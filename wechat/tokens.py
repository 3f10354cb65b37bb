"""One access token for everybody who calls WeChat, wherever they run."""

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Token:
    """`expires_at` is aware. The value stays out of the repr, and so out of logs."""

    value: str = field(repr=False)
    expires_at: datetime


class TokenStore(Protocol):
    """Where the token lives between calls; a shared one keeps two processes from fetching two."""

    def get(self) -> Token | None:
        """The last one put, whether or not it has expired; None when there was none."""

    def put(self, token: Token) -> None:
        """Replace it."""

    def lock(self) -> AbstractContextManager[object]:
        """Held while a new one is fetched (seconds): whoever waits finds the new one inside."""


class MemoryTokenStore:
    """For a single process: tests, the command line."""

    def __init__(self) -> None:
        self._token: Token | None = None
        self._lock = threading.Lock()

    def get(self) -> Token | None:
        return self._token

    def put(self, token: Token) -> None:
        self._token = token

    def lock(self) -> AbstractContextManager[object]:
        return self._lock
