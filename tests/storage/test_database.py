"""What differs between SQLite and PostgreSQL, and must not be noticed by anybody."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from handlers.outbound.access_tokens import DatabaseTokenStore
from storage import database as storage_database
from storage.database import AgainError, Database, DatabaseDownError, Session, UnfitValueError
from storage.models.conversations import Conversation, ReceivedPush
from storage.queries import conversations, leases, pushes
from tests.conftest import Clock
from tests.full_stack import build_stage
from tests.installed import build_house
from tests.scale.tools import break_connections, fresh_postgres
from wechat.tokens import Token


@pytest.fixture
def own(postgres_url: str) -> Iterator[Database]:
    """A PostgreSQL database whose connections a test may break."""
    assert postgres_url
    with fresh_postgres() as url:
        database = Database(url)
        yield database
        database.close()


@pytest.mark.postgres
def test_the_pool_revives_when_the_server_drops_its_connections(own: Database) -> None:
    def ask(_number: int) -> int:
        with own.read() as session:
            return int(session.scalar(text("SELECT 1")) or 0)

    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(ask, range(16))) == [1] * 16
        assert break_connections(own) > 0


@pytest.mark.postgres
def test_a_transaction_cut_off_in_its_middle_stores_nothing_and_says_so(
    postgres: Database, clock: Clock, tmp_path: Path
) -> None:
    house = build_house(postgres, clock, tmp_path)

    def work(session: Session) -> None:
        conversations.lock(session, "oCut", clock())
        own = session.scalar(text("SELECT pg_backend_pid()"))
        with psycopg.connect(postgres.url.replace("+psycopg", "", 1)) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (own,))
        session.execute(text("SELECT 1"))

    with pytest.raises(DatabaseDownError):
        postgres.transact(work)
    with postgres.read() as session:
        assert conversations.by_openid(session, "oCut") is None
    assert house.says("保证金怎么退", openid="oCut")


@pytest.mark.postgres
def test_a_row_that_stays_locked_ends_in_database_down_and_not_in_waiting(
    own: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(storage_database.SESSION, "options", "-c lock_timeout=100")
    hasty = Database(own.url)
    with own.engine.begin() as connection:
        connection.execute(text("CREATE TABLE spot (id int)"))
    with own.write() as holder:
        holder.execute(text("LOCK TABLE spot"))
        with pytest.raises(DatabaseDownError), hasty.write() as session:
            session.execute(text("SELECT * FROM spot"))
    hasty.close()


def overtaken(postgres: Database, clock: Clock, times: int) -> list[int]:
    """The versions that work has seen which somebody overtakes so many times, until it ends."""
    with postgres.write() as session:
        conversations.lock(session, "oOne", clock())
    runs: list[int] = []

    def work(session: Session) -> None:
        session.connection(execution_options={"isolation_level": "SERIALIZABLE"})
        conversation = conversations.by_openid(session, "oOne")
        assert conversation is not None
        if len(runs) < times:
            with postgres.write() as rival:
                rival.execute(text("UPDATE conversation SET version = version + 1"))
        runs.append(conversation.version)
        conversation.version += 10

    with nullcontext() if times == 1 else pytest.raises(AgainError):
        postgres.transact(work)
    return runs


@pytest.mark.postgres
def test_a_serialization_failure_runs_the_work_again(postgres: Database, clock: Clock) -> None:
    assert overtaken(postgres, clock, times=1) == [0, 1]
    with postgres.read() as session:
        assert session.scalar(select(Conversation.version)) == 11


@pytest.mark.postgres
def test_a_serialization_failure_that_stays_is_told_after_three_tries(
    postgres: Database, clock: Clock
) -> None:
    assert overtaken(postgres, clock, times=9) == [0, 1, 2]


@pytest.mark.postgres
def test_a_deadlock_has_one_loser_who_tries_again(postgres: Database, clock: Clock) -> None:
    with postgres.write() as session:
        ids = [conversations.lock(session, name, clock()).id for name in ("oOne", "oTwo")]
    both_hold = threading.Barrier(2, timeout=10)

    def work(order: list[int]) -> int:
        tries = 0

        def lock_both(session: Session) -> None:
            nonlocal tries
            tries += 1
            conversations.lock_by_id(session, order[0])
            if tries == 1:
                both_hold.wait()
            conversations.lock_by_id(session, order[1])

        postgres.transact(lock_both)
        return tries

    with ThreadPoolExecutor(2) as pool:
        tries = list(pool.map(work, [ids, ids[::-1]]))
    assert sorted(tries) == [1, 2]


@pytest.mark.postgres
def test_a_button_that_loses_a_deadlock_is_tried_again(
    postgres: Database, clock: Clock, tmp_path: Path
) -> None:
    with build_stage(postgres, clock, tmp_path) as stage, ThreadPoolExecutor(1) as pool:
        li = stage.consultant("小李")
        stage.says("oOne", "转人工")
        with psycopg.connect(postgres.url.replace("+psycopg", "", 1)) as rival:
            rival.execute("SET deadlock_timeout = '1min'")  # so that the other one loses
            rival.execute("SELECT id FROM cases FOR UPDATE")
            pressed = pool.submit(li.post, "conversations/1/claim")
            wait_until_somebody_waits(postgres)
            rival.execute("SELECT id FROM conversation FOR UPDATE")  # the other one has lost
        assert pressed.result().status_code == 200
        assert li.get("conversations/1").json()["consultant"] == "小李"


def test_a_button_that_loses_every_time_is_told_to_press_again(
    database: Database, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with build_stage(database, clock, tmp_path) as stage:
        li = stage.consultant("小李")
        stage.says("oOne", "转人工")

        def loses(_work: object) -> None:
            raise AgainError

        with monkeypatch.context() as patched:
            patched.setattr(stage.house.database, "transact", loses)
            answer = li.post("conversations/1/claim")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "别人刚刚改动过" in answer.json()["error"]["message"]
        assert li.post("conversations/1/claim").status_code == 200


def wait_until_somebody_waits(database: Database) -> None:
    until = time.monotonic() + 10
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while time.monotonic() < until:
        with database.read() as session:
            if session.scalar(waiting):
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def test_other_errors_of_the_database_are_not_tried_again(database: Database) -> None:
    runs: list[int] = []

    def work(session: Session) -> None:
        runs.append(1)
        session.execute(text("SELECT * FROM there_is_no_such_table"))

    with pytest.raises((DBAPIError, DatabaseDownError)):
        database.transact(work)
    assert len(runs) == 1


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
def test_a_number_of_any_size_is_only_not_found(database: Database, number: int) -> None:
    try:
        with database.read() as session:
            assert conversations.get(session, number) is None
    except UnfitValueError:
        assert number >= 2**63


@pytest.mark.postgres
def test_a_text_that_does_not_fit_is_refused_as_such(postgres: Database, clock: Clock) -> None:
    with pytest.raises(UnfitValueError), postgres.write() as session:
        conversations.lock(session, "o" * 200, clock())
    with pytest.raises(UnfitValueError), postgres.read() as session:
        conversations.by_openid(session, "o\0")


def test_a_new_merchant_at_the_same_moment_has_one_conversation(
    database: Database, clock: Clock
) -> None:
    together = threading.Barrier(4)

    def lock(_number: int) -> int:
        together.wait()
        with database.write() as session:
            return conversations.lock(session, "oNew", clock()).id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(lock, range(4)))) == 1


def test_messages_of_a_known_merchant_use_up_no_conversation_ids(
    database: Database, clock: Clock
) -> None:
    def lock(openid: str) -> int:
        with database.write() as session:
            return conversations.lock(session, openid, clock()).id

    first = {lock("oFirst") for _ in range(5)}
    assert {number + 1 for number in first} == {lock("oSecond")}


def test_the_same_push_at_the_same_moment_is_recorded_once(
    database: Database, clock: Clock
) -> None:
    together = threading.Barrier(3)

    with database.write() as session:
        conversation = conversations.lock(session, "oOne", clock()).id

    def record(_number: int) -> bool:
        together.wait()
        decision = pushes.PushRecord(
            "k", conversation, "text", "answered", "", "", clock(), timedelta()
        )
        try:
            with database.write() as session:
                pushes.record(session.connection(), [decision])
        except IntegrityError:
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(record, range(3))) == [False, False, True]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(ReceivedPush)) == 1


def test_a_lease_has_one_holder(database: Database, clock: Clock) -> None:
    together = threading.Barrier(4)

    def take(number: int) -> bool:
        together.wait()
        with database.write() as session:
            return leases.take(session, "sweep", holder=str(number), now=clock(), seconds=55)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, range(4))) == 1
    clock.now += timedelta(seconds=56)
    with database.write() as session:
        assert leases.take(session, "sweep", holder="later", now=clock(), seconds=55)


def test_one_access_token_for_every_process(database: Database, clock: Clock) -> None:
    one, other = DatabaseTokenStore(database, "wx1"), DatabaseTokenStore(database, "wx1")
    until = clock() + timedelta(hours=2)
    one.put(Token("first", until))
    assert other.get() == Token("first", until)
    other.put(Token("second", until))
    assert one.get() == Token("second", until)
