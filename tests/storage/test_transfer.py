"""Moving up from SQLite to PostgreSQL: all rows, the same rows, or nothing at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, inspect, select, text

from storage import schema
from storage.database import Database
from storage.models.base import Table as Model
from storage.models.conversations import BankVersion, Conversation, Message
from storage.queries import banks, conversations, leases
from storage.transfer import MoveError, move
from tests.conftest import Clock
from tests.installed import build_house
from tests.ops.installation import settle
from tests.scale.tools import fresh_postgres, live_a_little

pytestmark = pytest.mark.postgres
AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def empty(postgres_url: str) -> Iterator[Database]:
    assert postgres_url  # skips, or fails in CI, where there is no server
    with fresh_postgres() as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture
def lived_in(sqlite: Database, clock: Clock, tmp_path: Path) -> Database:
    live_a_little(build_house(sqlite, clock, tmp_path))
    with sqlite.write() as session:
        banks.add(
            session,
            digest="d",
            content="{}",
            compiled=b"\0\xff",
            sources={},
            made=banks.VersionOrigin("me", AT),
        )
        banks.put_access_token(session, "wx1", "token", AT)
    return sqlite


def counts(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Model.metadata.sorted_tables
        }


def test_every_row_of_every_table_arrives_and_is_the_same(
    lived_in: Database, empty: Database
) -> None:
    said: list[str] = []
    moved = move(lived_in, empty, report=said.append)
    assert {each.table: each.rows for each in moved} == counts(lived_in) == counts(empty)
    assert len(said) == len(moved)
    assert schema.differences(empty) == []
    with lived_in.read() as old, empty.read() as new:
        before = old.execute(select(Message.__table__).order_by(Message.id)).all()
        after = new.execute(select(Message.__table__).order_by(Message.id)).all()
        assert [tuple(row) for row in after] == [tuple(row) for row in before]
        assert new.scalars(select(BankVersion.compiled)).one() == b"\0\xff"
        memories = select(Conversation.memory).order_by(Conversation.id)
        assert new.scalars(memories).all() == old.scalars(memories).all()


def test_nobody_writes_into_the_old_one_while_it_is_copied(
    lived_in: Database, empty: Database
) -> None:
    refused: list[str] = []

    def write(_line: str) -> None:
        with closing(sqlite3.connect(str(lived_in.file), timeout=0)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                refused.append(str(error))

    moved = move(lived_in, empty, report=write)
    assert refused == ["database is locked"] * len(moved)


def test_a_dry_run_keeps_nobody_from_writing_and_is_about_one_moment(
    lived_in: Database, empty: Database, clock: Clock
) -> None:
    other = Database(lived_in.url)

    def write(_line: str) -> None:
        with other.write() as session:
            conversation = conversations.lock(session, "oWrites", clock.now)
            conversations.touch(session, conversation, clock.now)

    move(lived_in, empty, dry_run=True, report=write)
    other.close()


def test_the_moved_installation_goes_on_where_it_was(
    lived_in: Database, empty: Database, clock: Clock, tmp_path: Path
) -> None:
    move(lived_in, empty)
    house = build_house(empty, clock, tmp_path)
    assert house.says("上一步")  # the walk is remembered
    assert house.says("保证金怎么退", openid="oNewcomer")  # new ids follow the old ones
    assert house.state("oOther") == "waiting"


def test_a_dry_run_leaves_nothing(lived_in: Database, empty: Database) -> None:
    moved = move(lived_in, empty, dry_run=True)
    assert sum(each.rows for each in moved) > 10
    assert inspect(empty.engine).get_table_names() == []
    move(lived_in, empty)


def test_a_target_with_content_is_refused_and_untouched(
    lived_in: Database, empty: Database, clock: Clock, tmp_path: Path
) -> None:
    schema.upgrade(empty)
    build_house(empty, clock, tmp_path).says("保证金怎么退", openid="oThere")
    before = counts(empty)
    with pytest.raises(MoveError, match="不是空的"):
        move(lived_in, empty)
    assert counts(empty) == before


def test_a_prepared_but_empty_target_is_fine(lived_in: Database, empty: Database) -> None:
    schema.upgrade(empty)
    move(lived_in, empty)
    assert counts(empty) == counts(lived_in)


def test_what_postgresql_cannot_hold_is_named_and_nothing_is_moved(
    lived_in: Database, empty: Database
) -> None:
    with lived_in.write() as session:
        # By SQL: the program itself refuses such a name, and an older one did not.
        session.execute(
            text("UPDATE conversation SET name = :name WHERE openid = 'oThird'"),
            {"name": "海" * 65},
        )
        session.execute(text("UPDATE note SET text = 'x'"))
        session.execute(
            text("UPDATE message SET text = 'a' || char(0) || 'b' WHERE id = :id"), {"id": 1}
        )
    with pytest.raises(MoveError, match=r"conversation.*name 超过 64 个字"):
        move(lived_in, empty)
    assert inspect(empty.engine).get_table_names() == []
    with lived_in.write() as session:
        session.execute(text("UPDATE conversation SET name = ''"))
    with pytest.raises(MoveError, match=r"message 第 1 行的 text 含有空字符"):
        move(lived_in, empty)


def test_only_from_sqlite_to_postgresql_and_only_from_the_newest_revision(
    lived_in: Database, empty: Database
) -> None:
    with pytest.raises(MoveError, match="只能从 SQLite"):
        move(empty, lived_in)
    schema.downgrade(lived_in, "0001")
    with pytest.raises(MoveError, match="db upgrade"):
        move(lived_in, empty)


def test_a_copy_that_differs_is_noticed_and_taken_back(lived_in: Database, empty: Database) -> None:
    schema.upgrade(empty)
    with empty.engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN NEW.text = NEW.text || '!'; RETURN NEW; END $$"
            )
        )
        connection.execute(
            text(
                "CREATE TRIGGER meddling BEFORE INSERT ON message FOR EACH ROW "
                "WHEN (NEW.id = 2) EXECUTE FUNCTION meddle()"
            )
        )
    with pytest.raises(MoveError, match="表 message 的内容和原来不一样"):
        move(lived_in, empty)
    assert sum(counts(empty).values()) == 0


def test_a_move_is_refused_while_the_program_runs(
    lived_in: Database, empty: Database, tmp_path: Path
) -> None:
    place = settle(tmp_path / "place", url=lived_in.url)
    now = datetime.now(UTC)
    with lived_in.write() as session:
        leases.take(session, "sweep", holder="running", now=now, seconds=55)
    refused = place.run("db", "move", "--to", empty.url)
    assert refused.exit_code == 1
    assert "还在运行" in refused.output
    assert place.run("db", "move", "--dry-run", "--to", empty.url).exit_code == 0
    with lived_in.write() as session:
        leases.give_back(session, "sweep", holder="running", now=now)
    moved = place.run("db", "move", "--to", empty.url)
    assert moved.exit_code == 0, moved.output
    assert counts(empty)["message"] == counts(lived_in)["message"]
