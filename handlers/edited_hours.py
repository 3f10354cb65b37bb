"""Opening hours as they were edited at the desk, in force in every process within seconds.

The settings' `[hours]` are the first values: until somebody edits them at the desk they stand, from
then on the desk goes before them. The row in the database is looked at every few seconds at most.
"""

import threading
import time
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from handlers.opening_hours import OpeningHours
from storage.queries import desk_settings

if TYPE_CHECKING:
    from storage.database import Database, Session

NAME = "opening_hours"
LOOK_EVERY_SECONDS = 2.0


class EditedHours:
    """What this process knows of the edited hours."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._edited: OpeningHours | None = None

    def instead_of(self, first: OpeningHours) -> OpeningHours:
        """The edited hours, or where nobody edited them the first ones."""
        return self._edited or first

    def refresh(self, database: "Database", *, at_once: bool = False) -> None:
        """Look whether they were edited. Call it outside a transaction."""
        if not at_once and self._clock() - self._looked_at < LOOK_EVERY_SECONDS:
            return
        # One thread looks; meanwhile the others go on with what is known.
        if not self._lock.acquire(blocking=at_once):
            return
        try:
            self._looked_at = self._clock()
            with database.read() as session:
                self._edited = stored(session)
        finally:
            self._lock.release()


def stored(session: "Session") -> OpeningHours | None:
    value = desk_settings.value(session, NAME)
    return from_value(value) if value is not None else None


def from_value(value: dict[str, Any]) -> OpeningHours:
    return OpeningHours.parse(
        weekdays=value["weekdays"],
        saturday=value["saturday"],
        sunday=value["sunday"],
        holidays=value["holidays"],
        closed=frozenset(date.fromisoformat(day) for day in value["closed"]),
    )
