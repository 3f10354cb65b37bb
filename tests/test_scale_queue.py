"""The job queue on each of its storages: what one process puts in, any process takes out, once."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from huey import Huey

from handlers.background.queue import open_queue
from handlers.serving import background
from tests.scale_tools import fresh_postgres
from tests.test_scale_database import break_connections_of

REDIS = "redis://127.0.0.1:6379/13"
PATIENCE = 20.0
Open = Callable[[], Huey]


# On PostgreSQL, tests/test_scale_two.py does it with real processes.
@pytest.fixture(params=["sqlite", "redis"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same queue, as another process would."""
    if request.param == "redis":
        client = redis.Redis.from_url(REDIS)
        try:
            client.flushdb()
        except redis.ConnectionError:
            pytest.skip("no Redis on this machine")
        yield lambda: open_queue("sqlite:///unused.db", tmp_path, REDIS)
        client.flushdb()
        client.close()
    else:
        yield lambda: open_queue("sqlite:///unused.db", tmp_path)


def test_each_job_is_done_once_by_one_of_two_processes(opened: Open) -> None:
    done: list[int] = []
    finished = threading.Event()

    def note(number: int) -> None:
        done.append(number)
        if len(done) >= 20:
            finished.set()

    queues = [opened(), opened()]
    tasks = [queue.task(name="note")(note) for queue in queues]
    workers = [background(queue) for queue in queues]
    for worker in workers:
        worker.start()
    for number in range(20):
        tasks[number % 2](number)
    assert finished.wait(PATIENCE)
    for worker in workers:
        worker.stop(graceful=True)
    assert sorted(done) == list(range(20))


@pytest.mark.postgres
def test_two_processes_may_open_the_queue_at_the_same_moment(
    postgres_url: str, tmp_path: Path
) -> None:
    assert postgres_url
    problems: list[Exception] = []

    def start(url: str, together: threading.Barrier) -> None:
        together.wait()
        try:
            open_queue(url, tmp_path).storage.close()
        except Exception as error:  # noqa: BLE001 (whatever it is, the test shows it)
            problems.append(error)

    for _ in range(3):
        with fresh_postgres() as url:
            together = threading.Barrier(4)
            threads = [threading.Thread(target=start, args=(url, together)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert problems == []


@pytest.mark.postgres
def test_a_dropped_connection_loses_no_job(postgres_url: str, tmp_path: Path) -> None:
    assert postgres_url
    with fresh_postgres() as url:
        queue = open_queue(url, tmp_path)
        task = queue.task(name="note")(lambda number: number)
        task(1)
        assert break_connections_of(url) > 0
        task(2)
        assert len(queue) == 2
        queue.storage.close()
