"""The connection to the database, and the two kinds of transaction.

A *write* locks early, so that two writers queue up instead of failing half-way: on SQLite it is
`BEGIN IMMEDIATE` (one writer at a time), on PostgreSQL rows are locked where they are read.
A *read* never blocks a writer (WAL on SQLite).
"""

import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from storage import sqlite_file

__all__ = [
    "CONNECT",
    "Connection",
    "DBAPIError",
    "Database",
    "DatabaseDownError",
    "IntegrityError",
    "Session",
    "UnfitValueError",
    "objects",
]

S = TypeVar("S")
T = TypeVar("T")

# A writer waits this long for others before it gives up: well inside WeChat's five seconds.
BUSY_MS = 3000
# How often a writer asks SQLite again. Its own waiting grows to 100 ms a time, and under load the
# writers of two processes took turns of seconds.
ASK_SECONDS = 0.001
# A connection is held for the milliseconds of a transaction, so a few serve many threads. Two
# machines of two processes each stay far below the 100 connections of PostgreSQL's default.
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


class DatabaseDownError(Exception):
    """The database cannot be reached, or is too busy to answer in time. Nothing was stored."""


class UnfitValueError(ValueError):
    """A value that this database cannot hold or look for: a number too large, a text too long."""


class Database:
    """One engine, opened once per process.

    `url` is `sqlite:///path` or `postgresql+psycopg://…`. A SQLite file is made by `create` only:
    one that is missing later has been moved, and an empty one in its place would hide it.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.url = url
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.file = Path(parsed.database) if self.is_sqlite and parsed.database else None
        self.engine = self._open()
        # On SQLite `_begin_sqlite` begins nothing for it; `write_until` has it wait for the lock.
        self._looking = self.engine.execution_options(
            **({"looks": True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"})
        )
        self._writing = threading.Semaphore(1 if self.is_sqlite else sys.maxsize)

    def _open(self) -> Engine:
        if not self.is_sqlite:
            # A connection that died with a restarted server is noticed before it is used.
            return create_engine(
                self.url, pool_size=POOL, max_overflow=POOL_MORE, pool_pre_ping=True,
                pool_timeout=BUSY_MS / 1000, pool_use_lifo=True,
                connect_args={**CONNECT, **SESSION},
            )  # fmt: skip
        engine = create_engine(
            self.url, pool_size=POOL, max_overflow=POOL_MORE, pool_timeout=BUSY_MS / 1000,
            connect_args={"timeout": BUSY_MS / 1000},
        )  # fmt: skip
        if self.file:
            sqlite_file.watch(engine, self.file)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

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
    def look(self) -> Iterator[Connection]:
        """For plain statements that only look, each of them a transaction of its own."""
        with self.reachable(), self._looking.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that commits at the end of the block, or not at all."""
        with (
            self._in_turn() as bind,
            Session(bind, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """The same for plain statements, which cost less; `objects` brings objects into it."""
        with self._in_turn() as bind, bind.begin() as connection:
            yield connection

    def transact(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a write and commit; run it again when the database asks for that."""
        return self._try(self.write, work)

    def execute(self, work: Callable[[Connection], T]) -> T:
        """The same for plain statements."""
        return self._try(self.begin, work)

    @staticmethod
    def _try(begin: Callable[[], AbstractContextManager[S]], work: Callable[[S], T]) -> T:
        for left in reversed(range(ATTEMPTS)):
            try:
                with begin() as inside:
                    return work(inside)
            except DBAPIError as error:
                if not left or getattr(error.orig, "sqlstate", None) not in RETRYABLE_SQLSTATES:
                    raise
        raise AssertionError("unreachable")

    @contextmanager
    def _in_turn(self) -> Iterator[Engine]:
        """SQLite has one writer. This process's writers queue up here, in order and woken at once;
        SQLite itself would have them sleep and try again, and the unlucky ones give up."""
        until = time.monotonic() + BUSY_MS / 1000
        if not self._writing.acquire(timeout=BUSY_MS / 1000):
            raise DatabaseDownError("another writer is busy")
        try:
            with self.reachable():
                yield self.engine.execution_options(write_until=until)
        finally:
            self._writing.release()

    @contextmanager
    def reachable(self) -> Iterator[None]:
        """Around whatever uses the engine: errors of the connection become DatabaseDownError."""
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            if getattr(error.orig, "sqlstate", None) in RETRYABLE_SQLSTATES:
                raise
            # The text of the error may hold parameters, that is, a merchant's words: leave it out.
            raise DatabaseDownError(type(error.orig).__name__) from None
        except PoolTimeoutError:
            raise DatabaseDownError("every connection is busy") from None
        except (DataError, OverflowError) as error:
            raise UnfitValueError(type(error).__name__) from None

    def close(self) -> None:
        self.engine.dispose()


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
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("looks"):
        return  # a single SELECT is a transaction by itself
    until = options.get("write_until")
    if until is None:
        connection.exec_driver_sql("BEGIN")
        return
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while not _is_writer(connection, last=time.monotonic() >= until):
            time.sleep(ASK_SECONDS)
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_MS}")


def _is_writer(connection: Connection, *, last: bool) -> bool:
    """Begin as the writer; False while another process is that. The last try raises."""
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF  # also busy with a recovery
        if last or code != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
