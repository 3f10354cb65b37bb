"""The job queue: beside the database, or in the Redis that the settings name."""

import fcntl
import json
import logging
import sqlite3
from datetime import datetime
from pathlib import Path

import psycopg
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import PostgresStorage
from psycopg import conninfo
from redis import ConnectionPool

from storage.database import CONNECT

log = logging.getLogger(__name__)
NAME = "dianban"
BUSY_SECONDS = 1.0
# Only a name for the lock under which the queue's tables are made.
POSTGRES_LOCK = 724111
# Seconds; longer than Huey's own blocking read of one.
REDIS: dict[str, int] = {
    "socket_timeout": 3,
    "socket_connect_timeout": 3,
    "health_check_interval": 30,
}


class JsonJobs(Serializer):  # type: ignore[misc]  # Huey ships no types
    """Jobs as JSON: who can write to the queue can name one of our tasks, and run nothing else.

    What an older version left there is no JSON; it is logged and dropped, and the sweep finds what
    it was about.
    """

    def _serialize(self, message: Message) -> bytes:
        fields = message._asdict()
        if isinstance(message.eta, datetime):
            fields["eta"] = message.eta.isoformat()
        return json.dumps(fields).encode()

    def _deserialize(self, data: bytes) -> Message:
        fields = json.loads(data)
        if fields.get("eta"):
            fields["eta"] = datetime.fromisoformat(fields["eta"])
        return Message(**fields)


class ReconnectingStorage(PostgresStorage):  # type: ignore[misc]  # Huey ships no types
    """Huey notices a connection that the server dropped only by failing on it once."""

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        """The second try has a new connection. A job that is enqueued twice does no harm."""
        try:
            super().enqueue(data, priority)
        except psycopg.OperationalError:
            super().enqueue(data, priority)


class ReconnectingHuey(PostgresHuey):  # type: ignore[misc]
    storage_class = ReconnectingStorage


def open_queue(database_url: str, folder: Path, jobs_url: str = "") -> Huey:
    """A queue that every process of this installation shares.

    SQLite: a file of its own in `folder`, so that jobs never wait for the database's one writer.
    """
    if jobs_url:
        pool = ConnectionPool.from_url(jobs_url, **REDIS)
        return RedisHuey(NAME, connection_pool=pool, results=False, serializer=JsonJobs())
    if database_url.startswith("postgresql"):
        return _on_postgres(database_url.replace("+psycopg", "", 1))
    folder.mkdir(parents=True, exist_ok=True)
    return _on_sqlite(folder / "jobs.db")


def _on_sqlite(file: Path) -> Huey:
    """An unreadable file is set aside: jobs are only hints, the rows say what is due."""
    with file.with_suffix(".lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # the processes that start together do this in turn
        try:
            return _open_file(file)
        except sqlite3.OperationalError:
            raise  # locked, or no room: the next start may find it in order
        except sqlite3.DatabaseError:
            log.exception("the job queue's file is broken; a new one is made")
            for end in ("", "-wal", "-shm"):
                part = Path(f"{file}{end}")
                if part.exists():
                    part.replace(f"{file}{end}.broken")
            return _open_file(file)


def _open_file(file: Path) -> Huey:
    # Jobs are enqueued within a request, which must not wait long for a locked file.
    how = {"filename": str(file), "results": False, "timeout": BUSY_SECONDS}
    return SqliteHuey(NAME, serializer=JsonJobs(), **how)


def _on_postgres(dsn: str) -> Huey:
    # CREATE TABLE IF NOT EXISTS fails for the second of two processes that start together.
    with psycopg.connect(conninfo.make_conninfo(dsn, **CONNECT), autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", (POSTGRES_LOCK,))
        return ReconnectingHuey(NAME, dsn=dsn, results=False, serializer=JsonJobs(), **CONNECT)
