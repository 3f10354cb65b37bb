"""What every test may ask for: databases of both kinds, always real ones."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import make_url, text

from storage import schema
from storage.database import Database
from storage.models.base import Table
from tests.desk.fixtures import Office, open_office
from tests.full_stack import Stage, build_stage
from tests.installed import House, build_house

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "")
# .ci/run sets it: there a missing server or browser fails instead of skipping.
REQUIRE_ALL = os.environ.get("DIANBAN_REQUIRE_ALL") == "1"


LONG = "they take long"
DO_NOT_WAIT_FOR_THE_DISK = "SET synchronous_commit = off"
"""No test cuts the power of the PostgreSQL server."""
RESTART_IDS = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
FROM pg_sequences WHERE last_value IS NOT NULL
"""
HOW_TO_RUN = {
    LONG: "make test T=--slow",
    "TEST_POSTGRES_URL is not set": "set TEST_POSTGRES_URL to a server where databases may be made",
    "Chromium is missing": "run .venv/bin/playwright install chromium",
    "redis-server is missing": "install redis-server",
    "nginx is missing": "install nginx",
    "systemd-analyze is missing": "install systemd",
    "docker compose is missing": "install Docker's compose plugin",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="Run what takes long, too")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What takes long is for those who ask for it, and for .ci/run."""
    slow = any(item.iter_markers("slow")) or any(item.iter_markers("chaos"))
    if slow and not (REQUIRE_ALL or item.config.getoption("slow")):
        pytest.skip(LONG)


def need(what: str) -> NoReturn:
    """Skip for want of it; where everything is required, fail."""
    if REQUIRE_ALL:
        pytest.fail(what)
    pytest.skip(what)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for all that was skipped, instead of one for each test."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    if reasons:
        told = (f"{count} ({HOW_TO_RUN.get(why, why)})" for why, count in reasons.most_common())
        terminalreporter.write_line(f"skipped, and how to run them: {', '.join(told)}")


class Clock:
    """A time that only tests move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday, ten in the morning in China

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **units: float) -> datetime:
        self.now += timedelta(**units)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database; copying it is far quicker than migrating for every test."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "dianban.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A database of this run's own on the server that TEST_POSTGRES_URL names."""
    if not POSTGRES:
        need("TEST_POSTGRES_URL is not set")
    name = f"dianban_test_{os.getpid()}"
    server = Database(POSTGRES).engine.execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        connection.execute(text(f'ALTER DATABASE "{name}" {DO_NOT_WAIT_FOR_THE_DISK}'))
    yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    server.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    schema.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def postgres(postgres_template: Database) -> Database:
    """Empty, with ids from 1. TRUNCATE would take a hundred times as long as these few rows."""
    with postgres_template.engine.begin() as connection:
        for table in reversed(Table.metadata.sorted_tables):
            connection.execute(table.delete())
        connection.execute(text(RESTART_IDS))
    return postgres_template


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """The test runs once on each kind of database."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def house(database: Database, clock: Clock, tmp_path: Path) -> House:
    return build_house(database, clock, tmp_path)


@pytest.fixture
def stage(database: Database, clock: Clock, tmp_path: Path) -> Iterator[Stage]:
    with build_stage(database, clock, tmp_path) as built:
        yield built


@pytest.fixture
def office(house: House) -> Office:
    return open_office(house)
