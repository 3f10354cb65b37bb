"""Waits for changes: LISTEN/NOTIFY on PostgreSQL, polling on SQLite.

SQLite tells a connection that another one committed (`PRAGMA data_version`), but only when asked;
asking costs about 10 µs. PostgreSQL calls by itself: LISTEN, NOTIFY.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from storage.database import Database, DatabaseDownError
from storage.models.desk import Presence

log = logging.getLogger(__name__)
OVERLAP = timedelta(seconds=5)
"""A transaction stamps its rows when it begins: look back as far as one may take."""
LOOK_SECONDS = 1.0  # how long a follower waits at a time, so that it can be closed
RECOVER_SECONDS = 2.0
CHANNEL = "dianban_live"
SQLITE_EVERY = 0.1
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


class Follower:
    """Calls `look` for what was committed, on a thread of its own from `start` to `close`.

    `look` gets the conversations that are known to have changed: none at the start and after the
    database was lost, when anything may have. `quiet` is called when a second brought nothing.
    """

    def __init__(
        self,
        database: Database,
        name: str,
        look: Callable[[Collection[int]], None],
        quiet: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._name = name
        self._look = look
        self._quiet = quiet
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Without waiting for it."""
        self._closed.set()

    def close(self) -> None:
        self.stop()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self.is_closed:
            try:
                self._follow()
            except DatabaseDownError:
                log.warning("%s lost the database; it tries again", self._name)
            except Exception:
                log.exception("%s failed; it begins again", self._name)
            self._closed.wait(RECOVER_SECONDS)

    def _follow(self) -> None:
        with watch(self._database) as commits:
            self._look(())
            while not self.is_closed:
                changed = commits.changed(LOOK_SECONDS)
                if changed is None:
                    self._quiet()
                else:
                    self._look(changed)


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
