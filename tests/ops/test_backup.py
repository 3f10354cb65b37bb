"""A backup made while the program runs can be restored, and a restore never surprises."""

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.ops import backup, backup_places
from storage import schema
from storage.database import Database
from storage.queries import leases, upkeep
from tests.conftest import Clock
from tests.installed import House, build_house
from tests.ops.installation import Place, settle
from tests.pictures import PNG

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def house_of(place: Place, clock: Clock) -> House:
    database = Database(f"sqlite:///{place.data}/dianban.db")
    schema.upgrade(database)
    return build_house(database, clock, place.data)


@pytest.fixture
def place(tmp_path: Path, clock: Clock) -> Place:
    """An installation with a merchant and a picture."""
    place = settle(tmp_path / "here")
    house = house_of(place, clock)
    house.says("保证金怎么退")
    house.database.close()
    (place.data / "media").mkdir()
    (place.data / "media" / "a.png").write_bytes(PNG)
    return place


def said(place: Place, clock: Clock) -> list[str]:
    house = house_of(place, clock)
    lines = [message.text for message in house.said() if message.author == "merchant"]
    house.database.close()
    return lines


def test_a_backup_restored_elsewhere_has_everything(
    place: Place, tmp_path: Path, clock: Clock
) -> None:
    saved = tmp_path / "saved"
    done = place.run("backup", str(saved))
    assert "1 个图片或文件" in done.output
    elsewhere = settle(tmp_path / "elsewhere")
    done = elsewhere.run("restore", str(saved))
    assert done.exit_code == 0, done.output
    assert said(elsewhere, clock) == ["保证金怎么退"]
    assert (elsewhere.data / "media" / "a.png").read_bytes() == PNG


def test_a_backup_under_load_is_whole(place: Place, tmp_path: Path, clock: Clock) -> None:
    house = house_of(place, clock)
    stop = threading.Event()

    def chat() -> None:
        number = 0
        while not stop.is_set():
            house.says("你好", openid=f"o{number}")
            number += 1

    thread = threading.Thread(target=chat)
    thread.start()
    try:
        backup.save(house.database.url, place.data / "media", tmp_path / "saved", NOW)
    finally:
        stop.set()
        thread.join()
    house.database.close()
    elsewhere = settle(tmp_path / "elsewhere")
    assert elsewhere.run("restore", str(tmp_path / "saved")).exit_code == 0
    assert said(elsewhere, clock) == ["保证金怎么退"]


def test_a_restore_does_not_touch_data_without_being_told(
    place: Place, tmp_path: Path, clock: Clock
) -> None:
    saved = tmp_path / "saved"
    place.run("backup", str(saved))
    house = house_of(place, clock)
    house.says("后来又说了一句")
    house.database.close()
    refused = place.run("restore", str(saved))
    assert refused.exit_code == 1
    assert "--replace" in refused.output
    assert len(said(place, clock)) == 2
    done = place.run("restore", str(saved), "--replace")
    assert done.exit_code == 0, done.output
    assert said(place, clock) == ["保证金怎么退"]
    assert (place.data / "dianban.db.before-restore").exists()


def test_a_restore_under_a_running_program_is_refused(
    place: Place, tmp_path: Path, clock: Clock
) -> None:
    saved = tmp_path / "saved"
    place.run("backup", str(saved))
    house = house_of(place, clock)
    with house.database.write() as session:
        now = datetime.now(UTC) + timedelta(minutes=5)
        leases.take(session, "sweep", holder="me", now=now, seconds=55)
    house.database.close()
    refused = place.run("restore", str(saved), "--replace")
    assert refused.exit_code == 1
    assert "还在运行" in refused.output


def test_what_a_running_program_held_ends_with_the_restore(
    place: Place, tmp_path: Path, clock: Clock
) -> None:
    """A backup is made under a running program, whose leases nobody holds once it is put back."""
    house, now = house_of(place, clock), datetime.now(UTC)
    with house.database.write() as session:
        leases.take(session, "sweep", holder="gone", now=now, seconds=3600)
    house.database.close()
    saved, elsewhere = tmp_path / "saved", settle(tmp_path / "elsewhere")
    place.run("backup", str(saved))
    assert elsewhere.run("restore", str(saved)).exit_code == 0
    house = house_of(elsewhere, clock)
    with house.database.write() as session:
        assert leases.take(session, "sweep", holder="new", now=datetime.now(UTC), seconds=55)
    house.database.close()


def test_a_damaged_backup_is_refused_before_anything_changes(
    place: Place, tmp_path: Path, clock: Clock
) -> None:
    saved = tmp_path / "saved"
    place.run("backup", str(saved))
    [made] = backup.all_in(saved)
    content = bytearray((made / "dianban.db").read_bytes())
    content[8192:12288] = b"\xff" * 4096
    (made / "dianban.db").write_bytes(content)
    refused = place.run("restore", str(saved), "--replace")
    assert refused.exit_code == 1
    assert "损坏" in refused.output
    assert said(place, clock) == ["保证金怎么退"]


@pytest.mark.parametrize("about", [None, "{}", '{"made_at": "x", "revision": "9999", "files": 0}'])
def test_what_is_no_backup_of_ours_is_refused(
    place: Place, tmp_path: Path, about: str | None
) -> None:
    saved = tmp_path / "saved"
    place.run("backup", str(saved))
    [made] = backup.all_in(saved)
    if about is None:
        (made / "about.json").unlink()
    else:
        (made / "about.json").write_text(about)
    assert place.run("restore", str(saved), "--replace").exit_code == 1


def test_backups_gather_and_the_oldest_go(place: Place, tmp_path: Path) -> None:
    saved, media = tmp_path / "saved", place.data / "media"
    url = f"sqlite:///{place.data}/dianban.db"
    made = [backup.save(url, media, saved, NOW + timedelta(hours=hour)).name for hour in range(3)]
    assert [path.name for path in backup.all_in(saved)] == made
    done = place.run("backup", str(saved), "--keep", "2")
    assert "删掉了 2 份" in done.output
    assert len(list(saved.iterdir())) == 2


def test_the_newest_is_restored(place: Place, tmp_path: Path, clock: Clock) -> None:
    saved, media = tmp_path / "saved", place.data / "media"
    url = f"sqlite:///{place.data}/dianban.db"
    backup.save(url, media, saved, NOW)
    house = house_of(place, clock)
    house.says("后来的")
    house.database.close()
    backup.save(url, media, saved, NOW + timedelta(hours=1))
    elsewhere = settle(tmp_path / "elsewhere")
    assert elsewhere.run("restore", str(saved)).exit_code == 0
    assert said(elsewhere, clock) == ["保证金怎么退", "后来的"]


def test_on_postgresql_it_says_how_and_shows_no_password(tmp_path: Path) -> None:
    place = settle(tmp_path, url="postgresql+psycopg://me:hunter2@db.example/dianban")
    refused = place.run("backup", str(tmp_path / "saved"))
    assert refused.exit_code == 1
    assert "pg_dump" in refused.output
    assert "postgresql://me@db.example/dianban" in refused.output
    assert "hunter2" not in refused.output


def test_forget_asks_erases_and_says_what(place: Place, clock: Clock) -> None:
    assert place.run("forget", "oMerchant").exit_code == 1
    assert said(place, clock) == ["保证金怎么退"]
    done = place.run("forget", "oMerchant", "--yes")
    assert done.exit_code == 0
    assert "2 条消息" in done.output
    assert said(place, clock) == []
    assert place.run("forget", "oMerchant", "--yes").exit_code == 1


def hostile(place: Place, saved: Path) -> Path:
    done = place.run("backup", str(saved))
    assert done.exit_code == 0, done.output
    return backup.all_in(saved)[0]


@pytest.mark.parametrize("name", ["../../config.toml", "/etc/passwd", "..", "a/b.png"])
def test_a_backup_that_names_another_file_as_a_picture_is_refused(
    place: Place, tmp_path: Path, name: str
) -> None:
    made = hostile(place, tmp_path / "saved")
    with closing(sqlite3.connect(made / backup.DATABASE)) as database:
        database.execute(
            "INSERT INTO media (conversation_id, wechat_id, kind, state, file, content_type, size,"
            " attempts, due_at, error, created_at)"
            " VALUES (1, '', 'image', 'ready', ?, '', 1, 0, '2026-01-01', '', '2026-01-01')",
            (name,),
        )
        database.commit()
    done = settle(tmp_path / "elsewhere").run("restore", str(tmp_path / "saved"))
    assert done.exit_code == 1
    assert "文件名不对" in done.output


def test_a_link_in_a_backup_is_refused(place: Place, tmp_path: Path) -> None:
    made = hostile(place, tmp_path / "saved")
    (made / backup.MEDIA / "b.png").symlink_to("/etc/passwd")
    done = settle(tmp_path / "elsewhere").run("restore", str(tmp_path / "saved"))
    assert done.exit_code == 1
    assert "不是普通文件" in done.output


def test_what_is_made_is_its_owners_alone(place: Place, tmp_path: Path) -> None:
    made = hostile(place, tmp_path / "saved")
    readable = [path for path in (made, *made.rglob("*")) if path.stat().st_mode & 0o077]
    assert readable == []


def test_a_backup_is_copied_elsewhere_by_the_owners_command(place: Place, tmp_path: Path) -> None:
    away = tmp_path / "another disk"
    place.add(f'[backup]\ncommand = "cp -R {{backup}} \\"{away}\\""\n')
    done = place.run("backup", str(tmp_path / "saved"))
    assert done.exit_code == 0, done.output
    assert "抄到别处" in done.output
    assert (away / backup.DATABASE).is_file()
    assert all(moments(place))


@pytest.mark.parametrize(
    ("command", "said"),
    [("false {backup}", "返回了 1"), ("no-such-program {backup}", "运行不了 no-such-program")],
)
def test_a_copy_that_fails_is_told_and_the_backup_stays(
    place: Place, tmp_path: Path, command: str, said: str
) -> None:
    place.add(f'[backup]\ncommand = "{command}"\n')
    done = place.run("backup", str(tmp_path / "saved"))
    assert done.exit_code == 1
    assert "没有抄到别处" in done.output
    assert said in done.output
    assert len(backup.all_in(tmp_path / "saved")) == 1
    made, elsewhere = moments(place)
    assert made is not None
    assert elsewhere is None


def test_old_backups_go_although_no_copy_gets_elsewhere(place: Place, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    older = backup.save(f"sqlite:///{place.data}/dianban.db", place.data / "media", saved, NOW)
    place.add('[backup]\ncommand = "false {backup}"\n')
    assert place.run("backup", "--keep", "1", str(saved)).exit_code == 1
    assert not older.exists()
    assert len(backup.all_in(saved)) == 1


def test_what_something_else_has_made_is_noted_unless_it_is_empty(
    place: Place, tmp_path: Path
) -> None:
    dump = tmp_path / "a.dump"
    dump.touch()
    assert "空的" in place.run("backup", "--made", str(dump)).output
    assert moments(place) == (None, None)
    dump.write_bytes(b"PGDMP")
    assert place.run("backup", "--made", str(dump)).exit_code == 0
    assert moments(place)[0] is not None


def moments(place: Place) -> tuple[datetime | None, datetime | None]:
    database = Database(f"sqlite:///{place.data}/dianban.db")
    with database.read() as session:
        names = (backup_places.MADE, backup_places.ELSEWHERE)
        made, elsewhere = (upkeep.moment(session, name) for name in names)
    database.close()
    return made, elsewhere
