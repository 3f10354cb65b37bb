"""The file of a SQLite database, which can be moved away and put back under a running program.

SQLite by itself makes an empty file where it finds none, and goes on writing into one that has
been moved or replaced. Here a missing file is an error until it is back, and a connection to a
file that is not the one at this path any more is given up.
"""

import sqlite3
from pathlib import Path

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection


def create(path: Path) -> None:
    """An empty file, if there is none: only when an installation is set up."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def watch(engine: Engine, path: Path) -> None:
    """From now on `engine` opens only the file that is at `path`."""
    address = f"{path.absolute().as_uri()}?mode=rw"

    def connect(
        _dialect: Dialect,
        _entry: ConnectionPoolEntry,
        _positional: list[str],
        options: dict[str, float],
    ) -> sqlite3.Connection:
        return sqlite3.connect(
            address, timeout=options["timeout"], check_same_thread=False, uri=True
        )

    def opened(_connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info["file"] = _identity(path)

    def taken(
        _connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        if entry.info.get("file") != _identity(path):
            raise DisconnectionError("the file was moved or replaced")

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "connect", opened)
    event.listen(engine, "checkout", taken)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
