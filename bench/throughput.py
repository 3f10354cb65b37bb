"""Messages a second through the whole path, against an empty route and WeRoBot.

All on the same gunicorn settings (2 processes of 48 threads), one after another, several rounds in
turn, the middle round counts. The load generator shares the machine with them, and PostgreSQL too.
"""

import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from bench import ammunition
from bench.ammunition import MerchantSample
from bench.arena import Score, Target, contestant, shoot
from bench.contestant import CONTESTANTS, THREADS, WORKERS
from bench.places import KINDS, empty
from tests.scale.running import Program

WARM_UP, SHOTS, SECONDS, ROUNDS, CONNECTIONS = 2000, 24_000, 8.0, 3, 64
OURS = tuple(f"dianban-{kind.lower()}" for kind in KINDS)
WRITTEN = "-written"
"""What people write, instead of mostly what stands in the guide."""
NAMES = (*CONTESTANTS, *OURS, *(name + WRITTEN for name in OURS))


@dataclass(frozen=True, slots=True)
class ThroughputPlan:
    seconds: float = SECONDS
    rounds: int = ROUNDS
    shots: int = SHOTS
    connections: int = CONNECTIONS


@contextmanager
def running(folder: Path, database: str) -> Iterator[Program]:
    """Our own program, with a WeChat that is never called: nothing is listening there."""
    program = Program(
        folder, ammunition.SETTINGS, database=database, wechat="http://127.0.0.1:9",
        workers=WORKERS, threads=THREADS, level="WARNING",
    )  # fmt: skip
    program.start()
    try:
        yield program
    finally:
        program.stop()


@contextmanager
def dianban(folder: Path, database: str) -> Iterator[Target]:
    with running(folder, database) as program:
        assert program.pid is not None  # noqa: S101 (it was started above)
        yield Target(program.port, program.pid, database.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class MedianRound:
    """The middle of several rounds: messages a second, and processor time of one in ms."""

    rate: float
    cost: float


def run(plan: ThroughputPlan, say: Callable[[str], None]) -> dict[str, MedianRound]:
    """The middle rate and cost of each."""
    scores: dict[str, list[Score]] = {name: [] for name in NAMES}
    with tempfile.TemporaryDirectory() as folder:
        places = Path(folder)
        for round_number in range(plan.rounds):
            for name in NAMES:
                score = _one(plan, name, places / f"{name}-{round_number}", round_number)
                scores[name].append(score)
                say(
                    f"  round {round_number + 1}: {name:18} {score.rate:7.0f}/s "
                    f"{score.cost:6.2f} ms of processor {score.statuses}"
                )
    return {
        name: MedianRound(
            statistics.median(each.rate for each in of), statistics.median(each.cost for each in of)
        )
        for name, of in scores.items()
    }


def _one(plan: ThroughputPlan, name: str, folder: Path, number: int) -> Score:
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        if name.startswith("dianban"):
            kind = next(kind for kind in KINDS if kind.lower() in name)
            target = stack.enter_context(dianban(folder, stack.enter_context(empty(kind))))
        else:
            target = stack.enter_context(contestant(name, folder))
        crowd = MerchantSample(first=number * 10**6, written=name.endswith(WRITTEN))
        shots = ammunition.requests("/wechat", plan.shots + WARM_UP, crowd)
        ammunition.write(folder / "shots", shots)
        warm, how = folder / "warm", {"connections": plan.connections}
        ammunition.write(warm, shots[:WARM_UP])
        shoot(name, warm, target, **how)
        return shoot(name, folder / "shots", target, skip=WARM_UP, seconds=plan.seconds, **how)


def report(found: dict[str, MedianRound]) -> str:
    """A Markdown table of ratios; more is better everywhere."""
    empty, rival = found["empty"], found["werobot-session"]
    head = (
        "| | messages a second, of the empty route | of WeRoBot with its session | for the same "
        "processor time, of the empty route | of WeRoBot with its session |\n|---|---|---|---|---|"
    )
    rows = [
        f"| {name} | {one.rate / empty.rate:.2f} | {one.rate / rival.rate:.2f} "
        f"| {empty.cost / one.cost:.2f} | {rival.cost / one.cost:.2f} |"
        for name, one in found.items()
    ]
    return "\n".join([head, *rows])


def main(*, quick: bool = False) -> None:
    plan = ThroughputPlan(seconds=3.0, rounds=1, shots=12_000) if quick else ThroughputPlan()
    rates = run(plan, click.echo)
    click.echo(report(rates))
