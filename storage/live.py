"""Waits for changes: LISTEN/NOTIFY on PostgreSQL, polling on SQLite.

SQLite tells a connection that another one committed (`PRAGMA data_version`), but only when asked;
asking costs about 10 µs. PostgreSQL calls by itself: LISTEN, NOTIFY.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from storage.database import Database
from storage.models.desk import Presence

CHANNEL = "dianban_live"
SQLITE_EVERY = 0.2
# After the first of several notifications, wait for the others: one look serves them all.
GATHER = 0.05


class Watch(Protocol):
    def changed(self, seconds: float) -> set[int] | None:
        """Wait at most this long; None when nothing was committed meanwhile, otherwise the
        conversations that are known to have changed. Raises DatabaseDownError."""


@contextmanager
def watch(database: Database) -> Iterator[Watch]:
    """A connection of its own that notices commits, of this process and of others.

    What was committed before is not told of. Raises DatabaseDownError.
    """
    with database.reachable(), database.engine.connect() as connection:
        if database.is_sqlite:
            yield _SqliteWatch(connection)
        else:
            listening = connection.execution_options(isolation_level="AUTOCOMMIT")
            listening.exec_driver_sql(f"LISTEN {CHANNEL}")
            try:
                yield _PostgresWatch(listening)
            finally:
                # Not back into the pool: whoever had it next would go on listening unknowingly.
                listening.invalidate()


class _SqliteWatch:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen = self._version()

    def changed(self, seconds: float) -> set[int] | None:
        until = time.monotonic() + seconds
        while (version := self._version()) == self._seen:
            if time.monotonic() >= until:
                return None
            time.sleep(SQLITE_EVERY)
        self._seen = version
        return set()

    def _version(self) -> int:
        # The pragma is asked outside a transaction: inside one the answer never changes.
        cursor = self._connection.connection.cursor()
        try:
            return int(cursor.execute("PRAGMA data_version").fetchone()[0])
        finally:
            cursor.close()


class _PostgresWatch:
    def __init__(self, connection: Connection) -> None:
        self._driver = connection.connection.driver_connection

    def changed(self, seconds: float) -> set[int] | None:
        found = list(self._driver.notifies(timeout=seconds, stop_after=1))  # type: ignore[union-attr]
        if not found:
            return None
        found += self._driver.notifies(timeout=GATHER)  # type: ignore[union-attr]
        return {int(each.payload) for each in found}


def announce(session: Session, conversation_id: int) -> None:
    """Wake the watchers of other machines for a change that leaves the conversation as it is."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_notify(CHANNEL, str(conversation_id))))


def people_changed_since(session: Session, since: datetime) -> list[int]:
    """Conversations where somebody began or stopped looking or typing."""
    return list(
        session.scalars(
            select(Presence.conversation_id).where(Presence.changed_at >= since).distinct()
        )
    )
