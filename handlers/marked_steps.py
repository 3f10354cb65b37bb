"""The steps that may have changed, as every process knows them within seconds."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from storage.queries import drift

if TYPE_CHECKING:
    from storage.database import Database

LOOK_EVERY_SECONDS = 2.0


class MarkedSteps:
    """(entry, key of the step's text) of each step that is marked."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self.known: frozenset[tuple[str, str]] = frozenset()

    def refresh(self, database: "Database") -> None:
        """Look for marks, at most every few seconds. Call it outside a transaction."""
        if self._clock() - self._looked_at < LOOK_EVERY_SECONDS:
            return
        # One thread looks; meanwhile the others go on with what is known.
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._looked_at = self._clock()
            with database.read() as session:
                marks = drift.open_marks(session)
            self.known = frozenset((mark.entry, mark.step_key) for mark in marks)
        finally:
            self._lock.release()
