"""Copying a SQLite database while it is in use, and telling whether a copy is whole."""

import sqlite3
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError

from storage.database import Database, DatabaseDownError
from storage.queries import leases


def sqlite_file(url: str) -> Path | None:
    """The file behind a database URL; None for another kind of database."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def without_password(url: str) -> str:
    """A PostgreSQL URL as its own tools take it, without the secret."""
    was = make_url(url)
    bare = URL.create(
        "postgresql", was.username, host=was.host, port=was.port, database=was.database
    )
    return bare.render_as_string()


def copy(database: Database, to: Path) -> None:
    """SQLite's online backup: one moment of the database, while others go on writing."""
    connection = database.engine.raw_connection()
    target = sqlite3.connect(to)
    try:
        source = connection.driver_connection
        assert isinstance(source, sqlite3.Connection)  # noqa: S101 (sqlite_file was asked before)
        source.backup(target)
    finally:
        target.close()
        connection.close()


def is_in_use(url: str, now: datetime) -> bool:
    """Did a running program sweep within the last minute? False for what cannot be read."""
    database = Database(url)
    try:
        with database.read() as session:
            return leases.is_held(session, "sweep", now)
    except (DatabaseDownError, DBAPIError):
        return False
    finally:
        database.close()


def media_names(path: Path) -> list[str]:
    """What the media rows of a database name as their files."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return [
            str(row[0]) for row in connection.execute("SELECT file FROM media WHERE file != ''")
        ]
    except sqlite3.DatabaseError:
        return []  # a revision without media
    finally:
        connection.close()


def is_whole(path: Path) -> bool:
    """Does SQLite find no damage in this file?"""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()
