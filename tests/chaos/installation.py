"""A whole installation in a folder of its own: settings, database, consultants, processes."""

import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import requests

from storage import schema
from storage.database import Database
from storage.queries import consultants
from wechat.simulator import SimulatedAccount

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60.0
STOP_SECONDS = 45.0
UNLIMITED = resource.RLIM_INFINITY

CONFIG = """
[wechat]
app_id = "{account.app_id}"
app_secret = "{account.app_secret}"
token = "{account.token}"
encoding_aes_key = "{account.encoding_aes_key}"
original_id = "{account.original_id}"
account = "{account.account}"
api_base_url = "{wechat}"
[server]
port = {port}
workers = 2
threads = 16
[storage]
url = "{database}"
folder = "files"
[desk]
secret_key = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
[contact]
phone = "138-0013-8000"
[log]
level = "WARNING"
"""


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is: the folder, the database's URL, the simulator's, and our own port."""

    folder: Path
    database: str
    wechat: str
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Installation:
    """`start`, `kill` and `stop` act on the whole process group, which is this one's own."""

    def __init__(self, places: Places, account: SimulatedAccount) -> None:
        places.folder.mkdir(parents=True, exist_ok=True)
        self.places = places
        self.kills = 0
        self._config = places.folder / "config.toml"
        self._offset = places.folder / "clock"
        self._process: subprocess.Popen[bytes] | None = None
        text = CONFIG.format(
            account=account, wechat=places.wechat, port=places.port, database=places.database
        )
        self._config.write_text(text, encoding="utf-8")

    def prepare(self, names: list[str]) -> dict[str, str]:
        """Tables and consultants; returns name → API token."""
        database = Database(self.places.database)
        schema.upgrade(database)
        now = datetime.now(UTC)
        with database.write() as session:
            people = [
                consultants.add(session, name=name, password="correct horse", role="admin", now=now)
                for name in names
            ]
            tokens = {each.name: consultants.new_token(session, each, now) for each in people}
        database.close()
        return tokens

    def start(self) -> None:
        """Returns when it answers; raises RuntimeError when it does not come up."""
        serve = ("serve", "--config", str(self._config))
        with (self.places.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.program", str(self._offset), *serve],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            with suppress(requests.RequestException):
                answer = requests.get(f"{self.places.url}/api/v1/openapi.json", timeout=2)
                if answer.ok:
                    return
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"it did not start: {self.log()[-2000:]}")

    def run(self, *command: str) -> str:
        """A command of the program, to its end; what it said."""
        done = subprocess.run(
            [sys.executable, "bot.py", *command, "--config", str(self._config)],
            cwd=ROOT, capture_output=True, text=True, check=True, timeout=READY_SECONDS,
        )  # fmt: skip
        return done.stdout

    def log(self) -> str:
        return (self.places.folder / "log.txt").read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """SIGKILL to every process of the group at once."""
        if self._process is not None:
            self.kills += 1
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def kill_one(self, number: int) -> None:
        """SIGKILL to one of the workers; gunicorn brings it back."""
        workers = self._workers()
        if workers:
            self.kills += 1
            with suppress(ProcessLookupError):
                os.kill(workers[number % len(workers)], signal.SIGKILL)

    def freeze(self) -> None:
        """Nothing of it runs, and its connections stay: a paused machine, a disk that hangs."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def stop(self) -> bool:
        """SIGTERM, as a service manager does; False when it had to be killed in the end."""
        process, self._process = self._process, None
        if process is None:
            return True
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return True

    def shift_clock(self, seconds: float) -> None:
        """The program's clock, not the machine's, is this much ahead from now on."""
        fresh = self._offset.with_suffix(".new")
        fresh.write_text(str(seconds), encoding="utf-8")
        fresh.replace(self._offset)  # the program reads it at any moment, and must find a number

    def limit_files(self, size: int = UNLIMITED) -> None:
        """No file of these processes may grow beyond `size` bytes: a full disk, as they see it."""
        if self._process is not None:
            for pid in [self._process.pid, *self._workers()]:
                with suppress(ProcessLookupError):
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, UNLIMITED))

    def _workers(self) -> list[int]:
        if self._process is None:
            return []
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        with suppress(FileNotFoundError):
            return [int(pid) for pid in children.read_text(encoding="ascii").split()]
        return []
