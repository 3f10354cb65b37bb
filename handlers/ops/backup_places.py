"""What becomes of a backup that was made: noted for the operations page, and copied elsewhere.

A backup on the same disk is half of one. The owner's command copies it; its end says whether it
did.
"""

import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from handlers.ops.backup import BackupError
from storage.database import Database
from storage.queries import upkeep

MADE, ELSEWHERE = "backup_made_at", "backup_elsewhere_at"
"""Under these names the last good one is noted."""
HOURS = 3
SAID = 300


def note(command: str, made: Path, database_url: str) -> None:
    """Note that `made` is a good backup, and run the owner's command on it, if there is one.

    Raises KeepingError when there is nothing in it or the command fails; the backup stays.
    """
    if not made.exists() or (made.is_file() and not made.stat().st_size):
        raise BackupError(f"{made} 不在，或者是空的，不能算一份备份。")
    database = Database(database_url)
    try:
        _note(database, MADE)
        if command:
            _run(command, made)
            _note(database, ELSEWHERE)
    finally:
        database.close()


def _note(database: Database, name: str) -> None:
    now = datetime.now(UTC)
    database.transact(lambda session: upkeep.note_moment(session, name, now))


def _run(command: str, made: Path) -> None:
    words = [word.replace("{backup}", str(made.absolute())) for word in shlex.split(command)]
    try:
        done = subprocess.run(  # noqa: S603 (the owner's own command, without a shell)
            words, capture_output=True, text=True, errors="replace", check=False,
            stdin=subprocess.DEVNULL, timeout=HOURS * 3600,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise BackupError(_failed(f"{HOURS} 小时还没有结束")) from None
    except OSError as error:
        raise BackupError(_failed(f"运行不了 {words[0]}：{error.strerror}")) from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-SAID:]
        raise BackupError(_failed(f"返回了 {done.returncode}：{said}"))


def _failed(why: str) -> str:
    return f"备份做好了，但没有抄到别处。backup.command {why}"
