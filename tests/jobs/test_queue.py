"""The job queue on each of its storages: what one process puts in, any process takes out, once."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huey import Huey, MemoryHuey

from handlers.jobs.queue import open_queue
from handlers.jobs.schedule import Jobs
from handlers.ops.server import background
from storage.queries import leases
from tests.full_stack import Stage, with_case
from tests.installed import House
from tests.ops.tools import WHO
from tests.scale.tools import break_connections_of, fresh_postgres, own_redis

PATIENCE = 20.0
Open = Callable[[], Huey]


# On PostgreSQL, tests/scale/test_two_machines.py does it with real processes.
@pytest.fixture(params=["sqlite", "redis"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same queue, as another process would."""
    if request.param == "redis":
        with own_redis(tmp_path) as url:
            yield lambda: open_queue("sqlite:///unused.db", tmp_path, url)
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


def test_a_queue_that_is_away_keeps_no_words_from_going_out(stage: Stage, tmp_path: Path) -> None:
    """The process that was asked to send does it itself."""
    li = with_case(stage, "小李", WHO)
    queue = open_queue("sqlite://", tmp_path, "redis://127.0.0.1:9/0")  # nothing listens there
    jobs = Jobs(queue, lambda: stage.house.context, "here")
    assert li.post("conversations/1/messages", {"text": "您好", "key": "k"}).status_code == 201
    jobs.enqueue_delivery(1)
    jobs._own.shutdown(wait=True)
    assert stage.arrived(WHO) == ["您好"]


def test_a_process_that_stops_gives_the_lease_of_the_sweep_back(house: House) -> None:
    def is_held() -> bool:
        with house.database.read() as session:
            return leases.is_held(session, "sweep", house.context.now())

    jobs, other = (
        Jobs(MemoryHuey(immediate=True), lambda: house.context, name) for name in ("one", "other")
    )
    jobs.sweep()
    assert is_held()
    other.give_back()
    assert is_held()
    jobs.give_back()
    assert not is_held()
