"""Bringing the tables to a revision, and telling how they differ from the models."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

import storage.models  # noqa: F401 (all tables belong to the metadata)
from storage.database import Database, Session
from storage.models.base import Table

if TYPE_CHECKING:
    import sqlite3

MIGRATIONS = Path(__file__).parent / "migrations"
# Two programs that start at once must not both migrate; the number is only a name for the lock.
POSTGRES_LOCK = 724110

__all__ = [
    "NewerTablesError",
    "UnknownRevisionError",
    "current",
    "differences",
    "downgrade",
    "head",
    "is_current",
    "is_known",
    "new_revision",
    "upgrade",
    "upgrade_within",
]


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables up to `revision`; safe when several processes start at once.

    Raises NewerTablesError.
    """
    with _locked(database) as connection:
        _require_known(connection)
        command.upgrade(_config(connection), revision)


def upgrade_within(connection: Connection) -> None:
    """The same inside the caller's transaction; PostgreSQL takes all of it back on a rollback."""
    command.upgrade(_config(connection), "head")


class UnknownRevisionError(Exception):
    """There is no revision of this name before the one that the tables are at."""


class NewerTablesError(Exception):
    """The tables are at a revision that only a newer program knows; says in Chinese what to do."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"数据库的表比这个程序新(表是 {revision}，程序只到 {head()})。"
            f"请换回新版程序；要用旧版，先用新版程序运行 ./bot.py db downgrade {head()}。"
        )


def downgrade(database: Database, revision: str) -> None:
    """Take back everything after `revision`. Raises UnknownRevisionError, NewerTablesError."""
    try:
        with _locked(database) as connection:
            _require_known(connection)
            command.downgrade(_config(connection), revision)
    except (CommandError, AssertionError) as error:  # the second for an empty name
        raise UnknownRevisionError(revision) from error


def current(database: Database) -> str | None:
    """The revision that the tables are at; None for an empty database."""
    if database.file and not database.file.exists():
        return None
    with database.reachable(), database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current(session: Session) -> bool:
    """Are the tables at the newest revision?"""
    return MigrationContext.configure(session.connection()).get_current_revision() == head()


def is_known(revision: str) -> bool:
    """Can this program bring tables at this revision up to its own?"""
    known = {each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    return revision in known


def _require_known(connection: Connection) -> None:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and not is_known(found):
        raise NewerTablesError(found)


def head() -> str:
    revision = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert revision is not None  # noqa: S101 (there is always a first migration)
    return revision


def differences(database: Database) -> list[Any]:
    """What autogenerate would still change: empty when the migrations match the models."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Table.metadata))


def new_revision(database: Database, message: str) -> None:
    """Write the migration that leads from the tables as they are to the models (for developers)."""
    with database.engine.connect() as connection:
        command.revision(_config(connection), message, autogenerate=True)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _locked(database: Database) -> Iterator[Connection]:
    database.create()
    with (
        database.reachable(),
        database.alone().connect() as connection,
        _untied(connection, database),
        connection.begin(),
    ):
        if not database.is_sqlite:
            # The other one may be migrating a large table: wait for it longer than for a row.
            connection.execute(text("SET LOCAL lock_timeout = '10min'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": POSTGRES_LOCK})
        yield connection


@contextmanager
def _untied(connection: Connection, database: Database) -> Iterator[None]:
    """SQLite alters a table by making it anew: the old one's end would take along all rows of
    other tables that refer to it. It takes this order only outside a transaction."""
    if not database.is_sqlite:
        yield
        return
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")
