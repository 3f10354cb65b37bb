"""Migrations make what the models say: on both databases, from every revision, up and down."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from storage import schema
from storage.database import Database
from storage.queries import banks
from storage.schema import MIGRATIONS
from tests.conftest import Clock
from tests.installed import build_house
from tests.ops.installation import settle
from tests.scale.tools import live_a_little

REVISIONS = [
    each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions("base", "heads")
][::-1]
EARLIER = ["base", *REVISIONS[:-1]]
TAGGED = (
    """INSERT INTO conversation
    (id, openid, name, following, memory, window_left, version, updated_at, created_at)
    VALUES (1, 'oA', '', true, '{}', 0, 0, '2026-11-30 01:00:00', '2026-11-30 01:00:00')""",
    "INSERT INTO tag (id, name, created_at) VALUES (1, '急', '2026-11-30 01:00:00')",
    "INSERT INTO conversation_tag (conversation_id, tag_id) VALUES (1, 1)",
)
"""In the tables of revision 0011."""
DATA_ONLY = {"0005", "0006"}
"""Revisions that change rows and no table."""


def test_the_revisions_are_one_line() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1
    assert sorted(REVISIONS) == REVISIONS


def test_the_tables_after_all_migrations_match_the_models(database: Database) -> None:
    assert schema.current(database) == schema.head()
    assert schema.differences(database) == []


@pytest.mark.parametrize("earlier", EARLIER)
def test_every_earlier_revision_comes_up_to_the_models(database: Database, earlier: str) -> None:
    schema.downgrade(database, earlier)
    if earlier == "base":
        assert inspect(database.engine).get_table_names() == ["alembic_version"]
    else:
        assert schema.current(database) == earlier
        later = set(REVISIONS[REVISIONS.index(earlier) + 1 :])
        assert (schema.differences(database) != []) is not later.issubset(DATA_ONLY)
    schema.upgrade(database)
    assert schema.differences(database) == []


def rows(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return {
            name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0  # noqa: S608
            for name in inspect(connection).get_table_names()
        }


def test_going_one_revision_down_and_up_keeps_what_was_said(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    house = build_house(database, clock, tmp_path)
    live_a_little(house)
    before = rows(database)
    said = [(message.author, message.text) for message in house.said("oThird")]
    for earlier in reversed(REVISIONS[1:-1]):
        schema.downgrade(database, earlier)
    schema.upgrade(database)
    assert [(message.author, message.text) for message in house.said("oThird")] == said
    assert {name: before[name] for name in ("message", "push", "cases", "delivery")} == {
        name: rows(database)[name] for name in ("message", "push", "cases", "delivery")
    }
    assert house.says("保证金怎么退", openid="oAfter")


def test_a_table_that_is_made_anew_keeps_what_refers_to_it(database: Database) -> None:
    schema.downgrade(database, "0011")
    with database.engine.begin() as connection:
        for statement in TAGGED:
            connection.execute(text(statement))
    schema.upgrade(database)
    assert rows(database)["conversation_tag"] == 1
    schema.downgrade(database, "0011")
    assert rows(database)["conversation_tag"] == 1
    schema.upgrade(database)


def test_rows_stay_tied_to_each_other_after_an_upgrade(database: Database) -> None:
    schema.downgrade(database, "0011")
    schema.upgrade(database)
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO conversation_tag (conversation_id, tag_id) VALUES (7, 7)")
        )


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    schema.upgrade(database)
    assert schema.current(database) == schema.head()


@pytest.mark.parametrize("name", ["", "9999", "nonsense"])
def test_a_revision_that_there_is_not_is_refused_and_changes_nothing(
    database: Database, name: str
) -> None:
    with pytest.raises(schema.UnknownRevisionError):
        schema.downgrade(database, name)
    assert schema.differences(database) == []


def test_going_down_to_where_the_tables_are_changes_nothing(database: Database) -> None:
    schema.downgrade(database, schema.head())  # back from a version that brought no new tables
    assert schema.differences(database) == []


@pytest.fixture
def newer(database: Database) -> Iterator[Database]:
    """Tables that a newer program has changed."""
    mark(database, "9999")
    yield database
    mark(database, schema.head())


def mark(database: Database, revision: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def test_tables_of_a_newer_program_are_left_alone(newer: Database) -> None:
    for work in (schema.upgrade, lambda them: schema.downgrade(them, REVISIONS[0])):
        with pytest.raises(schema.NewerTablesError, match=r"数据库的表比这个程序新.*db downgrade"):
            work(newer)
    assert schema.current(newer) == "9999"


@pytest.mark.parametrize("words", [("serve",), ("db", "upgrade")])
def test_the_owner_of_newer_tables_reads_a_sentence(
    newer: Database, tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = settle(tmp_path, url=newer.url).run(*words)
    assert done.exit_code == 1
    assert done.output.startswith("Error: 数据库的表比这个程序新")


def test_going_down_from_newer_tables_says_so_too(sqlite: Database, tmp_path: Path) -> None:
    mark(sqlite, "9999")
    done = settle(tmp_path, url=sqlite.url).run("db", "downgrade", "0001")
    assert done.exit_code == 1
    assert done.output.startswith("Error: 数据库的表比这个程序新")


@pytest.mark.postgres
def test_ids_have_64_bits_on_postgresql(postgres: Database, clock: Clock) -> None:
    with postgres.write() as session:
        session.execute(text("SELECT setval('bank_version_id_seq', 3000000000)"))
        version = banks.add(
            session,
            digest="d",
            content="{}",
            compiled=b"",
            sources={},
            made=banks.VersionOrigin("me", clock()),
        )
        assert version.id == 3_000_000_001
