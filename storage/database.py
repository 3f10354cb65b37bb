"""The connection to the database, and the three kinds of transaction.

A *write* locks early, so that two writers queue up instead of failing half-way: on SQLite it is
`BEGIN IMMEDIATE` (one writer at a time), on PostgreSQL rows are locked where they are read.
A *read* never blocks a writer (WAL on SQLite). A *turn* looks first and locks late.
"""

import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, cast

import psycopg
from sqlalchemy import ColumnElement, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, object_mapper

from storage import errors, sqlite_file
from storage.errors import DatabaseDownError

__all__ = [
    "CONNECT",
    "AgainError",
    "Connection",
    "DBAPIError",
    "Database",
    "DatabaseDownError",
    "GroupTransaction",
    "IntegrityError",
    "Session",
    "UnfitValueError",
    "objects",
]

T = TypeVar("T")

# A writer waits this long for others before it gives up: well inside WeChat's five seconds.
BUSY_MS = 3000
# How often a writer asks SQLite again. Its own waiting grows to 100 ms a time, and under load the
# writers of two processes took turns of seconds.
ASK_SECONDS = 0.0003
# How long to wait for readers that keep old pages in the log, and how often to look.
SCRUB_SECONDS, SCRUB_PAUSE_SECONDS = 10.0, 0.05
# A connection is held for the milliseconds of a transaction or a turn, so a few serve many
# threads. Two machines of two processes each stay far below the 100 of PostgreSQL's default.
POOL, POOL_MORE = 8, 7
# Kept open by firewalls, and given up soon when the other end is gone without a word.
CONNECT = MappingProxyType(
    {
        "connect_timeout": 3,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,  # ms
    }
)
SESSION = {
    "application_name": "dianban",
    "options": f"-c lock_timeout={BUSY_MS} -c idle_in_transaction_session_timeout=60000",
}
# PostgreSQL: serialization failure, deadlock. Both say «run the transaction again».
RETRYABLE_SQLSTATES = frozenset({"40001", "40P01"})
ATTEMPTS = 3
AGAIN_SECONDS = 0.05


class AgainError(Exception):
    """The database wants it run again, for others were at the same thing. Nothing was stored."""


class UnfitValueError(ValueError):
    """A value that this database cannot hold or look for: a number too large, a text too long."""


@dataclass(frozen=True, slots=True)
class GroupTransaction:
    """A transaction that may look before it locks anything. `until`: of the monotonic clock."""

    connection: Connection
    until: float

    def hold(self) -> None:
        """Before the first change. Until now every SELECT has seen the latest; from now on, on
        SQLite, nobody else writes. PostgreSQL locks by itself the rows that are changed."""
        if self.connection.dialect.name == "sqlite":
            driver = cast("sqlite3.Connection", self.connection.connection.driver_connection)
            if not driver.in_transaction:
                _become_writer(driver, self.until)


class Database:
    """One engine, opened once per process.

    `url` is `sqlite:///path` or `postgresql+psycopg://…`. A SQLite file is made by `create` only:
    one that is missing later has been moved, and an empty one in its place would hide it.
    `setting` is where the owner wrote the URL.
    """

    def __init__(self, url: str, setting: str = "storage.url") -> None:
        parsed = make_url(url)
        self.url = url
        self.setting = setting
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.file = Path(parsed.database) if self.is_sqlite and parsed.database else None
        self.engine = self._open()
        # The same connections without listeners, whom SQLAlchemy would ask at every statement.
        self._plain = create_engine(self.url, pool=self.engine.pool)
        self._writing = threading.Semaphore(1 if self.is_sqlite else sys.maxsize)

    def _open(self) -> Engine:
        if not self.is_sqlite:
            # A connection that died with a restarted server is noticed before it is used.
            engine = create_engine(
                self.url, pool_size=POOL, max_overflow=POOL_MORE, pool_pre_ping=True,
                pool_timeout=BUSY_MS / 1000, pool_use_lifo=True,
                connect_args={**CONNECT, **SESSION},
            )  # fmt: skip
            # First of all, for SQLAlchemy's own questions break in other encodings.
            event.listen(engine, "connect", self._require_utf8, insert=True)
            return engine
        engine = create_engine(
            self.url, pool_size=POOL, max_overflow=POOL_MORE, pool_timeout=BUSY_MS / 1000,
            connect_args={"timeout": BUSY_MS / 1000},
        )  # fmt: skip
        if self.file:
            sqlite_file.watch(engine, self.file)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _require_utf8(self, connection: psycopg.Connection, _record: object) -> None:
        if not errors.is_utf8(connection):
            connection.close()
            raise DatabaseDownError("not in UTF8", "encoding", self.setting)

    def create(self) -> None:
        """Make the empty file of a new SQLite installation, if there is none."""
        if self.file:
            sqlite_file.create(self.file)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only looks."""
        with self.reachable(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that commits at the end of the block, or not at all.

        Raises AgainError when the database wants it run again; `transact` does that by itself.
        """
        until = self.patience()
        with self.reachable(), self._in_line(until):
            bind = self.engine.execution_options(write_until=until)
            with Session(bind, expire_on_commit=False) as session, session.begin():
                yield session

    @contextmanager
    def turn(self, until: float) -> Iterator[GroupTransaction]:
        """To look, decide, `hold` and store, in plain statements; `objects` brings objects in.

        Commits at the end of the block; on SQLite what is written before `hold` is not taken back
        by an error. On SQLite no other writer of this process runs meanwhile, so call neither
        `write` nor `transact` inside. `until`: the `patience` of who has waited longest.
        Raises AgainError when the database wants it run again.
        """
        with (
            self.reachable(),
            self._in_line(until),
            self._plain.connect() as connection,
            connection.begin(),
        ):
            yield GroupTransaction(connection, until)

    def transact(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a write and commit; run it again when the database asks for that."""
        for left in reversed(range(ATTEMPTS)):
            try:
                with self.write() as session:
                    return work(session)
            except AgainError:
                if not left:
                    raise
                # Whoever won has yet to wake up: tried at once, the same deadlock comes again.
                time.sleep(AGAIN_SECONDS)
        raise AssertionError("unreachable")

    def alone(self) -> Engine:
        """An engine whose next transaction is, on SQLite, the only writer until it ends."""
        return self.engine.execution_options(write_until=self.patience())

    @staticmethod
    def patience() -> float:
        """Until when a writer who comes now waits for others, by the monotonic clock."""
        return time.monotonic() + BUSY_MS / 1000

    @contextmanager
    def _in_line(self, until: float) -> Iterator[None]:
        """SQLite has one writer. This process's writers queue up here, in order and woken at once;
        SQLite itself would have them sleep and try again, and the unlucky ones give up."""
        if not self._writing.acquire(timeout=max(0.0, until - time.monotonic())):
            raise DatabaseDownError("another writer is busy")
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def reachable(self) -> Iterator[None]:
        """Around whatever uses the engine: errors of the connection become DatabaseDownError,
        and AgainError those after which the transaction may be run again."""
        try:
            yield
        except (OperationalError, InterfaceError, ProgrammingError) as error:
            self._translate(error)
            raise
        except (sqlite3.OperationalError, psycopg.OperationalError) as error:
            if self._is_others(error):
                raise
            raise DatabaseDownError(type(error).__name__, errors.why(error), self.setting) from None
        except PoolTimeoutError:
            raise DatabaseDownError("every connection is busy", setting=self.setting) from None
        except (DataError, OverflowError, UnicodeEncodeError) as error:
            raise UnfitValueError(type(error).__name__) from None

    def _is_others(self, error: BaseException | None) -> bool:
        """Of the other database of a move, whose own block tells of it."""
        return isinstance(error, psycopg.Error if self.is_sqlite else sqlite3.Error)

    def _translate(self, error: DBAPIError) -> None:
        """Raise what the error means, unless it is the other database's of a move or our bug."""
        if self._is_others(error.orig):
            return
        if _is_retryable(error):
            raise AgainError from None
        why = errors.why(error.orig)
        if isinstance(error, ProgrammingError) and why != "rights":
            return
        # The text of the error may hold parameters, that is, a merchant's words: leave it out.
        raise DatabaseDownError(type(error.orig).__name__, why, self.setting) from None

    def scrub(self, *, whole: bool) -> bool:
        """What was deleted is in no file any more. Returns whether that is certain.

        SQLite keeps old pages in its log until that is emptied, which others that read may delay.
        `whole` also rewrites the database, for what was deleted before pages were overwritten.
        """
        if not self.is_sqlite:
            if whole:
                self._vacuum()
            return True
        driver = self.engine.raw_connection()
        try:
            cursor = driver.cursor()
            try:
                give_up = time.monotonic() + (SCRUB_SECONDS if whole else 0)
                while not (done := _emptied(cursor, whole=whole)) and time.monotonic() < give_up:
                    time.sleep(SCRUB_PAUSE_SECONDS)
            finally:
                cursor.close()
        finally:
            driver.close()
        return done

    def _vacuum(self) -> None:
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM"))

    def close(self) -> None:
        self.engine.dispose()


@event.listens_for(Session, "before_flush")
def _fit(session: Session, *_more: object) -> None:
    """SQLite takes what PostgreSQL refuses: a name that is too long, a NUL. Here neither does, so
    that no installation meets it when it moves."""
    for each in (*session.new, *session.dirty):
        for attribute in object_mapper(each).column_attrs:
            value = each.__dict__.get(attribute.key)
            if isinstance(value, str) and not _fits(value, attribute.columns[0]):
                raise UnfitValueError(attribute.key)


def _fits(value: str, column: ColumnElement[Any]) -> bool:
    length = getattr(column.type, "length", None)
    return "\x00" not in value and (length is None or len(value) <= length)


@contextmanager
def objects(connection: Connection) -> Iterator[Session]:
    """Objects in the transaction of this connection; they are written when the block ends."""
    with Session(connection, expire_on_commit=False) as session:
        yield session
        session.flush()


def _prepare_sqlite(connection: object, _record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # we say BEGIN ourselves
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode = WAL")
    # NORMAL survives a killed process; only a power cut may cost the last moments, and WeChat
    # pushes again what it got no answer for.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # who is erased stands in no free page
    cursor.close()


def _emptied(cursor: DBAPICursor, *, whole: bool) -> bool:
    try:
        if whole:
            cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        row = cursor.fetchone()
    except sqlite3.OperationalError:
        return False
    return row is not None and row[0] == 0


def _begin_sqlite(connection: Connection) -> None:
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    until = connection.get_execution_options().get("write_until")
    if until is None:
        driver.execute("BEGIN")
    else:
        _become_writer(driver, until)


def _become_writer(driver: sqlite3.Connection, until: float) -> None:
    """Begin as the one writer. Raises sqlite3.OperationalError if another process is that till
    then, or something else is wrong."""
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                code = error.sqlite_errorcode & 0xFF  # also busy with a recovery
                if code != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                    raise
                time.sleep(ASK_SECONDS)
            else:
                return
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_MS}")


def _is_retryable(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in RETRYABLE_SQLSTATES
