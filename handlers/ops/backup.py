"""Backup and restore of a SQLite installation. Backups gather in one folder, each in a folder of
its own that is named by its time:

    dianban.db   one moment of the database, copied while it is in use
    media/       every file that the database names (and perhaps a few that came later)
    about.json   when it was made, the revision of its tables, how many files
"""

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from handlers.media_files import is_media_name
from storage import backup, schema
from storage.database import Database
from storage.queries import leases

DATABASE, MEDIA, ABOUT = "dianban.db", "media", "about.json"
SIDES = ("", "-wal", "-shm")
NAMED = "%Y%m%d-%H%M%S"  # UTC
BEFORE = ".before-restore"


class BackupError(Exception):
    """It was not done; the text says why and what to do, in Chinese."""


@dataclass(frozen=True, slots=True)
class BackupManifest:
    made_at: str
    revision: str
    files: int


def save(database_url: str, media: Path, gathered: Path, now: datetime) -> Path:
    """Make a backup inside `gathered`, safe while the program runs; returns its folder.

    Raises KeepingError. A backup that broke off has a name ending in `.part`.
    """
    to = gathered / now.strftime(NAMED)
    if backup.sqlite_file(database_url) is None:
        raise BackupError(_how_on_postgresql(database_url, media, to))
    if to.exists():
        raise BackupError(f"{to} 已经存在，请过一秒再试。")
    part = to.with_name(to.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    database = Database(database_url)
    try:
        # The database first: every file that it names is there already, or was erased meanwhile.
        backup.copy(database, part / DATABASE)
        revision = schema.current(database) or ""
    finally:
        database.close()
    files = _copy_files(media, part / MEDIA)
    made = BackupManifest(now.isoformat(timespec="seconds"), revision, files)
    (part / ABOUT).write_text(json.dumps(asdict(made), indent=2) + "\n")
    part.rename(to)
    return to


def about(folder: Path) -> BackupManifest:
    """What a backup is. Raises KeepingError for anything else."""
    try:
        return BackupManifest(**json.loads((folder / ABOUT).read_text()))
    except (OSError, ValueError, TypeError):
        raise BackupError(f"{folder} 不是店伴的备份：里面没有能读的 {ABOUT}。") from None


def all_in(gathered: Path) -> list[Path]:
    """The backups in this folder, oldest first."""
    return sorted(path.parent for path in gathered.glob(f"*/{ABOUT}"))


def prune(gathered: Path, keep: int) -> int:
    """Delete all but the newest `keep` backups. Returns how many were deleted."""
    old = all_in(gathered)[:-keep]
    for folder in old:
        shutil.rmtree(folder)
    return len(old)


def load(
    database_url: str, media: Path, source: Path, now: datetime, *, replace: bool
) -> BackupManifest:
    """Put a backup in place of what is there: `source`, or the newest of those gathered in it.

    Raises KeepingError, and then nothing was changed.

    What was there stays beside it, its name ending in `.before-restore`.
    """
    live = backup.sqlite_file(database_url)
    if live is None:
        raise BackupError("PostgreSQL 请用 pg_restore 恢复，见 docs/operations.md。")
    if not (source / ABOUT).exists():
        source = next(reversed(all_in(source)), source)
    found = _read(source)
    if live.exists():
        if backup.is_in_use(database_url, now):
            raise BackupError("程序好像还在运行。请先停掉它，等一分钟再恢复。")
        if not replace:
            raise BackupError(
                f"{live} 已经有数据。确定要用备份换掉它，请加 --replace（原来的会改名留在旁边）。"
            )
    live.parent.mkdir(parents=True, exist_ok=True)
    incoming = live.with_name(live.name + ".incoming")
    shutil.copyfile(source / DATABASE, incoming)
    for side in SIDES:
        _put_aside(live.with_name(live.name + side))
    incoming.rename(live)
    _put_aside(media)
    _copy_files(source / MEDIA, media)
    database = Database(database_url)
    schema.upgrade(database)
    database.transact(partial(leases.end_all, now=now))
    database.close()
    return found


def _read(source: Path) -> BackupManifest:
    found = about(source)
    if not schema.is_known(found.revision):
        raise BackupError("这个备份是更新的版本做的，请先升级程序再恢复。")
    if not (source / DATABASE).is_file() or not backup.is_whole(source / DATABASE):
        raise BackupError("备份里的数据库损坏了，没有动现在的数据。请换一份备份。")
    for path in (source / ABOUT, source / DATABASE, source / MEDIA, *(source / MEDIA).glob("*")):
        if path.is_symlink() or not (path.is_file() or path == source / MEDIA):
            raise BackupError(f"备份里的 {path.name} 不是普通文件，没有动现在的数据。")
    if not all(is_media_name(name) for name in backup.media_names(source / DATABASE)):
        raise BackupError("备份里有图片的文件名不对，可能被人改过，没有动现在的数据。")
    return found


def _copy_files(source: Path, to: Path) -> int:
    to.mkdir(parents=True, exist_ok=True)
    count = 0
    for path in sorted(source.glob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            shutil.copy2(path, to / path.name)
            (to / path.name).chmod(0o600)
        except FileNotFoundError:  # past its time, or erased, since the list was made
            continue
        count += 1
    return count


def _put_aside(path: Path) -> None:
    aside = path.with_name(path.name + BEFORE)
    if aside.is_dir():
        shutil.rmtree(aside)
    else:
        aside.unlink(missing_ok=True)
    if path.exists():
        path.rename(aside)


def _how_on_postgresql(url: str, media: Path, to: Path) -> str:
    address = backup.without_password(url)
    return (
        "数据库在 PostgreSQL 上，请用它自己的工具备份（运行时也安全）：\n"
        f"  pg_dump --format=custom --file={to}.dump '{address}'\n"
        f"  cp -a {media} {to}.media\n"
        "先备份数据库，再复制图片。恢复的办法见 docs/operations.md。"
    )
