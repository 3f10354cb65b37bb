"""Starting the contestants and shooting at them, one after another."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.ports import free_port
from tests.scale.running import ROOT

READY_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Score:
    """One run. Latencies in seconds, sorted."""

    name: str
    seconds: float
    latencies: list[float] = field(repr=False)
    statuses: dict[str, int] = field(default_factory=dict)
    bodies: dict[str, int] = field(default_factory=dict)
    cpu: float = 0.0
    """Seconds of processor time that the server took for all of it, its database included."""

    @property
    def cost(self) -> float:
        """Processor time for one message, in milliseconds. Unlike the rate, it hardly changes when
        others use the machine."""
        return self.cpu / max(1, self.statuses.get("200", 0)) * 1000

    @property
    def rate(self) -> float:
        """Messages answered with 200, a second."""
        return self.statuses.get("200", 0) / self.seconds

    def at(self, share: float) -> float:
        """The latency that this share of the messages stayed below, in milliseconds."""
        place = min(len(self.latencies) - 1, int(share * len(self.latencies)))
        return self.latencies[place] * 1000 if self.latencies else float("nan")


@dataclass(frozen=True, slots=True)
class Target:
    """A server that is running: its port, its process group, and its database's name if any."""

    port: int
    group: int
    database: str = ""

    def cpu(self) -> float:
        """Seconds of processor time until now."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                if self._is_ours(stat):
                    after = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
                    ticks += int(after[11]) + int(after[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def _is_ours(self, stat: Path) -> bool:
        if os.getpgid(int(stat.parent.name)) == self.group:
            return True
        command = (stat.parent / "cmdline").read_bytes().decode(errors="replace")
        return bool(self.database) and command.startswith("postgres:") and self.database in command


@contextmanager
def contestant(name: str, folder: Path) -> Iterator[Target]:
    """One of bench/contestant.py's, running."""
    port = free_port()
    command = ["-m", "bench.contestant", name, "--port", str(port), "--folder", str(folder)]
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL
    )
    try:
        _wait(process, port)
        yield Target(port, process.pid)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(requests.RequestException):
            requests.post(f"http://127.0.0.1:{port}/wechat", timeout=2)
            return
        time.sleep(0.1)
    raise RuntimeError("it did not start")


def shoot(name: str, file: Path, target: Target, **how: float) -> Score:
    """Run the load generator to its end."""
    before = target.cpu()
    options = [part for key, value in how.items() for part in (f"--{key}", str(value))]
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", str(file), "--port", str(target.port), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    said["latencies"].sort()
    return Score(name, **said, cpu=target.cpu() - before)
