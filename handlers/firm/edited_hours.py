"""Opening hours as they were edited at the desk.

The settings' `[hours]` are the first values: until somebody edits them at the desk they stand, from
then on the desk goes before them.
"""

from datetime import date
from typing import Any

from handlers.firm.opening_hours import OpeningHours
from storage.database import Database
from storage.queries import desk_settings

NAME = "opening_hours"


def read(database: Database) -> OpeningHours | None:
    """None where nobody edited them."""
    with database.read() as session:
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
