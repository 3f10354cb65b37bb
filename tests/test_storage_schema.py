"""Migrations make what the models say: on both databases, from every revision, up and down."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from storage import banks, schema
from storage.database import Database
from storage.schema import MIGRATIONS
from tests.conftest import Clock
from tests.houses import build_house
from tests.scale_tools import live_a_little

REVISIONS = [
    each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions("base", "heads")
][::-1]
EARLIER = ["base", *REVISIONS[:-1]]


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
        assert schema.differences(database) != []
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


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    schema.upgrade(database)
    assert schema.current(database) == schema.head()


@pytest.mark.postgres
def test_ids_have_64_bits_on_postgresql(postgres: Database, clock: Clock) -> None:
    with postgres.write() as session:
        session.execute(text("SELECT setval('bank_version_id_seq', 3000000000)"))
        version = banks.publish(
            session, digest="d", content="{}", compiled=b"", by="me", now=clock()
        )
        assert version.id == 3_000_000_001
