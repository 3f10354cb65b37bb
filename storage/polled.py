"""A value of the database that every process reads again every few seconds."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from storage.database import Database

T = TypeVar("T")
POLL_SECONDS = 2.0


class PolledValue(Generic[T]):
    """`read` fetches it from the database; `first` stands until it was read."""

    def __init__(
        self,
        read: Callable[[Database], T],
        first: T,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self.value = first

    def refresh(self, database: Database, *, at_once: bool = False) -> None:
        """Read it if that is due, or `at_once`. Call it outside a transaction."""
        if not at_once and self._clock() - self._read_at < POLL_SECONDS:
            return
        # One thread reads; meanwhile the others go on with what is known.
        if not self._lock.acquire(blocking=at_once):
            return
        try:
            self._read_at = self._clock()
            self.value = self._read(database)
        finally:
            self._lock.release()
