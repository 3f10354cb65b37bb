"""A merchant is erased everywhere, and what is past its time goes by itself."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, inspect, select, text

from handlers import cases
from handlers.jobs import sweep
from handlers.media_files import media_folder
from handlers.ops import erasure
from storage.database import Database
from storage.models.conversations import (
    Case,
    Conversation,
    Delivery,
    Media,
    Message,
    ReceivedPush,
)
from storage.models.upkeep import Erasure
from storage.queries import notes
from tests.conftest import Clock
from tests.inbound.test_hang_ups import running
from tests.installed import House, build_house
from tests.ops.tools import WHO, claim, conversation, media
from tests.pictures import PNG
from tests.scale.tools import fresh_postgres

WORDS = "海风小铺的保证金怎么退"


def everything(database: Database) -> str:
    """All rows of all tables, as one text."""
    with database.engine.connect() as connection:
        names = inspect(connection).get_table_names()
        return "\n".join(
            repr(row)
            for name in names
            for row in connection.execute(text(f'SELECT * FROM "{name}"'))  # noqa: S608
        )


def count(
    house: House, table: type[Message | Conversation | ReceivedPush | Delivery | Media | Case]
) -> int:
    with house.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def known(house: House, clock: Clock) -> House:
    """A merchant of whom everything is known that can be."""
    house.says(WORDS)
    house.says("", kind="image", media_id="MEDIA_OF_THEIRS")
    house.says("转人工")
    li = house.consultant("小李")
    claim(house, li)
    with house.database.write() as session:
        found = conversation(session)
        found.name = "海风小铺"
        notes.add(
            session, conversation_id=found.id, consultant_id=li.id, text="海风的老板很急",
            now=clock.now,
        )  # fmt: skip
        kept = session.scalars(select(Media)).one()
        kept.file, kept.state = "picture.png", "ready"
        cases.resolve(session, found, li, now=clock.now)
    folder = media_folder(house.context.firm)
    folder.mkdir()
    (folder / "picture.png").write_bytes(PNG)
    house.says("海风小铺谢谢", openid="oOther")
    return house


def test_forgetting_leaves_nothing_of_the_merchant_and_everything_of_others(known: House) -> None:
    others = known.said("oOther")
    assert WHO in everything(known.database)
    erased = erasure.forget(known.context, WHO)
    assert erased is not None
    left = everything(known.database)
    for trace in (WHO, "MEDIA_OF_THEIRS", "picture.png", "老板很急", "保证金怎么退"):
        assert trace not in left
    assert list(media_folder(known.context.firm).iterdir()) == []
    assert [message.text for message in known.said("oOther")] == [line.text for line in others]


def test_forgetting_says_what_it_did_and_keeps_a_trace_without_a_name(
    known: House, clock: Clock
) -> None:
    erased = erasure.forget(known.context, WHO)
    assert erased is not None
    assert erased.in_words().endswith("1 条备注")
    assert "1 个图片或文件" in erased.in_words()
    with known.database.read() as session:
        trace = session.scalars(select(Erasure)).one()
        assert (trace.at, trace.why, trace.counts) == (clock.now, "asked", erased.counts)
        assert trace.counts["message"] > 0
    assert erasure.forget(known.context, WHO) is None


def test_on_sqlite_the_words_are_gone_from_the_file_too(
    sqlite: Database, clock: Clock, tmp_path: Path
) -> None:
    house = build_house(sqlite, clock, tmp_path)
    house.says(WORDS)
    erasure.forget(house.context, WHO)
    with sqlite.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert WORDS.encode() not in (tmp_path / "dianban.db").read_bytes()


def test_who_unsubscribes_is_erased_when_the_settings_say_so(house: House) -> None:
    house.with_firm(erase_on_unsubscribe=True)
    house.says(WORDS)
    push = house.push(kind="unsubscribe")
    assert house.receives(push) == "success"
    assert house.receives(push) == "success"
    assert WHO not in everything(house.database)
    with house.database.read() as session:
        assert session.scalars(select(Erasure.why)).all() == ["unsubscribed"]


def test_who_unsubscribes_is_kept_when_the_settings_say_so(house: House) -> None:
    house.says(WORDS)
    house.says("", kind="unsubscribe")
    assert len(house.said()) == 3


def test_old_pictures_go_first_and_the_message_stays(known: House, clock: Clock) -> None:
    known.with_firm(media_days=180)
    clock.forward(days=179)
    sweep.sweep(known.context, "a")
    assert count(known, Media) == 1
    clock.forward(days=2)
    messages = count(known, Message)
    sweep.sweep(known.context, "b")
    assert count(known, Media) == 0
    assert count(known, Message) == messages
    assert list(media_folder(known.context.firm).iterdir()) == []


def test_old_messages_go_with_all_that_belongs_to_them(known: House, clock: Clock) -> None:
    known.with_firm(message_days=30)
    clock.forward(days=31)
    known.says("我回来了", openid="oOther")
    sweep.sweep(known.context, "a")
    with known.database.read() as session:
        assert session.scalars(select(Conversation.openid)).all() == ["oOther"]
    assert next(message.text for message in known.said("oOther")) == "我回来了"
    assert (count(known, Media), count(known, Case)) == (0, 0)
    assert count(known, ReceivedPush) == 1


def test_what_is_still_being_worked_on_is_not_dropped(house: House, clock: Clock) -> None:
    house.with_firm(message_days=30)
    house.says("转人工")
    clock.forward(days=31)
    sweep.sweep(house.context, "a")
    assert len(house.said()) == 2


def test_nothing_is_dropped_when_everything_is_kept(known: House, clock: Clock) -> None:
    clock.forward(days=10_000)
    before = count(known, Message)
    sweep.sweep(known.context, "a")
    assert (count(known, Message), count(known, Media)) == (before, 1)


def test_a_file_that_no_row_names_is_cleared_away_after_a_day(known: House, clock: Clock) -> None:
    folder = media_folder(known.context.firm)
    (folder / "orphan.png").write_bytes(PNG)
    erasure._drop_orphans(known.context, clock.now - timedelta(days=10_000))
    assert len(list(folder.iterdir())) == 2
    erasure._drop_orphans(known.context, clock.now + timedelta(days=10_000))
    assert [path.name for path in folder.iterdir()] == [media(known).file]


def test_who_was_forgotten_stands_in_no_file_beside_a_running_program(
    sqlite: Database, clock: Clock, tmp_path: Path
) -> None:
    house = build_house(sqlite, clock, tmp_path)
    for number in range(30):
        house.says(f"{WORDS}{number}", openid="oForgetMe")
        house.says("你好", openid="oAnother")
    running = Database(f"sqlite:///{sqlite.file}")
    with running.read() as session:
        session.scalar(select(func.count()).select_from(Message))
    erased = erasure.forget(house.context, "oForgetMe")
    assert erased is not None
    assert erased.thorough
    left = [
        path.name
        for path in tmp_path.rglob("*")
        if path.is_file()
        and any(word.encode() in path.read_bytes() for word in ("oForgetMe", WORDS))
    ]
    running.close()
    assert left == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_the_command_leaves_nothing_beside_a_program_that_works(kind: str, tmp_path: Path) -> None:
    kept = fresh_postgres() if kind == "postgres" else nullcontext("")
    with kept as url, running(tmp_path, "verified", url) as (platform, program):
        for number in range(20):
            platform.say("oForgetMe", f"{WORDS}{number}")
        with ThreadPoolExecutor() as others:
            busy = others.submit(lambda: [platform.say("oAnother", "你好") for _ in range(30)])
            assert "已删除" in program.run("forget", "oForgetMe", "--yes")
            files = [path for path in tmp_path.rglob("*") if path.is_file()]
            for trace in ("oForgetMe", WORDS):
                assert [path.name for path in files if trace.encode() in path.read_bytes()] == []
            busy.result()
        if url:
            database = Database(url)
            left = everything(database)
            with database.read() as session:
                vacuumed = session.scalar(text(VACUUMED))
            database.close()
            assert "oForgetMe" not in left
            assert vacuumed


VACUUMED = "SELECT last_vacuum IS NOT NULL FROM pg_stat_user_tables WHERE relname = 'message'"
