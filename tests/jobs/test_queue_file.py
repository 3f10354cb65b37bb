"""The job queue's file is only a row of bells: broken or busy, it costs no message."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from handlers.jobs.queue import open_queue
from handlers.jobs.schedule import Jobs
from storage.database import Database
from tests.conftest import Clock
from tests.installed import build_house


def test_a_broken_file_is_set_aside_and_a_new_one_made(tmp_path: Path) -> None:
    (tmp_path / "jobs.db").write_bytes(b"this is no database, " * 500)
    huey = open_queue("sqlite://", tmp_path)
    huey.storage.enqueue(b"bell")
    assert huey.storage.queue_size() == 1
    assert (tmp_path / "jobs.db.broken").exists()


def test_a_file_in_order_keeps_what_is_in_it(tmp_path: Path) -> None:
    open_queue("sqlite://", tmp_path).storage.enqueue(b"bell")
    assert open_queue("sqlite://", tmp_path).storage.queue_size() == 1


def test_a_file_that_somebody_holds_keeps_nobody_from_answering(
    sqlite: Database, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = build_house(sqlite, clock, tmp_path)
    jobs = Jobs(open_queue("sqlite://", tmp_path), lambda: house.context, holder="a")
    with closing(sqlite3.connect(tmp_path / "jobs.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        jobs.enqueue_delivery(1)
    assert "the job queue took nothing" in caplog.text
