"""The program itself in processes of its own, as a service manager runs it."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import requests

from tests.ports import free_port
from wechat.simulator import SimulatedAccount

ROOT = Path(__file__).parents[2]
READY_SECONDS = 180.0
STOP_SECONDS = 40.0
COMMAND_SECONDS = 280.0  # publishing computes for half a minute, at low priority

CONFIG = """\
[wechat]
app_id = "{account.app_id}"
app_secret = "{account.app_secret}"
token = "{account.token}"
encoding_aes_key = "{account.encoding_aes_key}"
original_id = "{account.original_id}"
api_base_url = "{wechat}"
[server]
port = {port}
workers = {workers}
threads = {threads}
[storage]
url = "{database}"
folder = "files"
jobs_url = "{jobs}"
[desk]
secret_key = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
[contact]
phone = "138-0013-8000"
[hours]
weekdays = ["0:00-24:00"]
saturday = ["0:00-24:00"]
sunday = ["0:00-24:00"]
holidays = false
[log]
level = "{level}"
"""


class Program:
    """`bot.py serve` with a folder, a port and a database; other commands through `run`."""

    def __init__(
        self, folder: Path, account: SimulatedAccount, *, database: str, wechat: str, **more: object
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "config.toml"
        self.config.write_text(
            CONFIG.format_map(
                {"jobs": "", "workers": 2, "threads": 16, "level": "INFO"}
                | {"account": account, "wechat": wechat, "port": self.port, "database": database}
                | more
            ),
            encoding="utf-8",
        )
        self.script: tuple[str, ...] = ("bot.py",)
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, *command: str, say: str = "") -> str:
        """A command of the program, to its end; its standard output."""
        done = subprocess.run(
            [sys.executable, "bot.py", *command, "--config", str(self.config)],
            cwd=ROOT,
            input=say,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self.script, "serve", "--config", str(self.config)],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(requests.RequestException):
                if requests.get(f"{self.url}/api/v1/openapi.json", timeout=2).ok:
                    return
            time.sleep(0.1)
        raise AssertionError(f"it did not start: {self.log()[-3000:]}")

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def log(self) -> str:
        return (self.folder / "log.txt").read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
