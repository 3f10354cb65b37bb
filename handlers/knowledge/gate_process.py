"""Compiling and replaying, in a process of its own at low priority.

Fitting a bank computes for seconds: within a web process it would hold Python's one lock, and
merchants would wait. The parent writes one JSON file and reads progress as lines.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faq.matching import vectors
from handlers.knowledge.gate_files import JOB, NEW, OLD
from handlers.knowledge.labelled import Labelled

ROOT = Path(__file__).parents[2]
SECONDS = 900
# More threads than one would take the processor from the requests, and wait for each other.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class GateError(Exception):
    """The process broke; nothing was published."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to compile and to compare with. `old` is (content, compiled), None at the first time."""

    sources: Mapping[str, str]
    old: tuple[str, bytes] | None
    pinned: Sequence[Labelled]
    real: Sequence[tuple[int, str]]
    fit_only: bool = False


@dataclass(frozen=True, slots=True)
class GateResult:
    """`problems` when the files cannot be published; else the bank, fitted, and the report."""

    problems: list[dict[str, Any]]
    content: str = ""
    compiled: bytes = b""
    report: Mapping[str, Any] | None = None


def run(task: Task, progress: Callable[[str, int], None]) -> GateResult:
    """Do it in a child, and tell of its progress (phase, percent) as it goes.

    Raises GateError when the child breaks or takes too long.
    """
    with tempfile.TemporaryDirectory(prefix="dianban-gate-") as folder:
        place = Path(folder)
        _hand_over(task, place)
        with _child(place) as child:
            assert child.stdout is not None  # noqa: S101 (it is a pipe)
            last: dict[str, Any] = {}
            for line in child.stdout:
                last = json.loads(line)
                if "phase" in last:
                    progress(last["phase"], last["percent"])
        if child.returncode != 0 or "problems" not in last:
            raise GateError(f"the gate ended with {child.returncode}")
        if last["problems"]:
            return GateResult(last["problems"])
        compiled = (place / NEW).read_bytes()
        return GateResult([], last["content"], compiled, last["report"])


def _hand_over(task: Task, place: Path) -> None:
    old = task.old
    if old:
        (place / OLD).write_bytes(old[1])
    job = {
        "sources": dict(task.sources),
        "old": old[0] if old else None,
        "pinned": [
            {"text": each.text, "message": each.message, **each.expected.as_json()}
            for each in task.pinned
            if each.expected
        ],
        "real": list(task.real),
        "fit_only": task.fit_only,
        "vectors": vectors.chosen(),
    }
    (place / JOB).write_text(json.dumps(job, ensure_ascii=False), encoding="utf-8")


@contextmanager
def _child(place: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "handlers.knowledge.gate_child", str(place)]
    child = subprocess.Popen(  # noqa: S603 (our own program)
        command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    killer = threading.Timer(SECONDS, child.kill)
    killer.start()
    try:
        with child:
            yield child
    finally:
        killer.cancel()
        if child.poll() is None:
            child.kill()


def _environment() -> dict[str, str]:
    return {**os.environ, **ONE_THREAD, "PYTHONUTF8": "1"}  # noqa: TID251 (handed on, not read)
