"""A SQLite file that is moved away, put back, or replaced by a backup under a running program."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage import schema
from storage.database import Database, DatabaseDownError
from storage.models.conversations import ReceivedPush
from tests.conftest import Clock
from tests.installed import House, build_house

ENDS = ("", "-wal", "-shm")


@pytest.fixture
def house(sqlite: Database, clock: Clock, tmp_path: Path) -> House:
    return build_house(sqlite, clock, tmp_path)


def file(house: House) -> Path:
    assert house.database.file
    return house.database.file


def move(here: Path, there: Path) -> None:
    for end in ENDS:
        part = Path(f"{here}{end}")
        if part.exists():
            part.rename(f"{there}{end}")


def pushes(house: House) -> int:
    with house.database.read() as session:
        return session.scalar(select(func.count()).select_from(ReceivedPush)) or 0


def test_a_file_that_is_gone_is_a_failure_and_nothing_is_put_in_its_place(house: House) -> None:
    house.says("保证金怎么退")
    away = file(house).with_name("away.db")
    move(file(house), away)
    with pytest.raises(DatabaseDownError):
        house.says("转人工")
    assert not file(house).exists()
    move(away, file(house))
    assert pushes(house) == 1
    assert house.says("转人工")
    assert pushes(house) == 2


def test_a_file_that_was_replaced_is_the_one_that_is_used(house: House) -> None:
    house.says("保证金怎么退")
    house.database.close()  # so that everything is in the file itself
    backup = shutil.copy(file(house), file(house).with_name("backup.db"))
    house.says("转人工")
    assert pushes(house) == 2
    move(file(house), file(house).with_name("old.db"))
    shutil.move(backup, file(house))
    assert pushes(house) == 1
    assert house.says("转人工")
    assert pushes(house) == 2


def test_setting_up_makes_the_file_and_its_folder(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/deep/down/dianban.db")
    assert schema.current(database) is None
    schema.upgrade(database)
    assert schema.current(database) == schema.head()
    database.close()
