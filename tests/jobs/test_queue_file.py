"""The job queue's file is only a row of bells: broken or busy, it costs no message."""

import json
import pickle
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
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
    huey.storage.enqueue(b"a message")
    assert huey.storage.queue_size() == 1
    assert (tmp_path / "jobs.db.broken").exists()


def test_a_file_in_order_keeps_what_is_in_it(tmp_path: Path) -> None:
    open_queue("sqlite://", tmp_path).storage.enqueue(b"a message")
    assert open_queue("sqlite://", tmp_path).storage.queue_size() == 1


def test_jobs_are_json_and_what_is_none_runs_nothing(tmp_path: Path) -> None:
    huey = open_queue("sqlite://", tmp_path)
    ran: list[int] = []
    task = huey.task(name="note")(ran.append)
    task(7)
    task.schedule((8,), delay=3600)
    assert [json.loads(kept)["args"] for kept in huey.storage.enqueued_items()] == [[7], [8]]
    huey.execute(huey.dequeue())
    huey.execute(huey.dequeue())
    assert ran == [7]
    (later,) = huey.scheduled()
    assert later.eta > datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=50)
    huey.storage.flush_all()
    huey.storage.enqueue(pickle.dumps(FileOnUnpickle(tmp_path / "ran")))
    with pytest.raises(ValueError, match="utf-8"):
        huey.dequeue()
    assert not (tmp_path / "ran").exists()


class FileOnUnpickle:
    """Makes a file when somebody unpickles it."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self._place,)


def test_a_file_that_somebody_holds_keeps_nobody_from_answering(
    sqlite: Database, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = build_house(sqlite, clock, tmp_path)
    jobs = Jobs(open_queue("sqlite://", tmp_path), lambda: house.context, holder="a")
    with closing(sqlite3.connect(tmp_path / "jobs.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        jobs.enqueue_delivery(1)
    assert "the job queue took nothing" in caplog.text
