"""Latency at a steady 100 messages a second with 100 desk pages open, on short and long history.

Latency counts from the moment that a message was due, not from when it could be sent.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from bench import ammunition
from bench.ammunition import MerchantSample
from bench.arena import Score, Target, shoot
from bench.filling import History, fill
from bench.pages import NAME, PASSWORD
from bench.places import KINDS, empty
from bench.throughput import running
from storage import schema
from storage.database import Database
from storage.queries import consultants
from tests.scale.running import ROOT, Program

RATE = 100.0


@dataclass(frozen=True, slots=True)
class SteadyPlan:
    seconds: float = 30.0
    pages: int = 100
    merchants: int = 10_000
    """Who writes now, among all who ever wrote."""
    histories: tuple[History, ...] = (History(10_000, 100_000), History(100_000, 1_000_000))


QUICK = SteadyPlan(seconds=8.0, pages=10, merchants=200, histories=(History(200, 2_000),))


def prepare(url: str, history: History) -> None:
    database = Database(url)
    schema.upgrade(database)
    fill(database, history)
    with database.write() as session:
        consultants.add(
            session, name=NAME, password=PASSWORD, role="consultant", now=datetime.now(UTC)
        )
    database.close()


def run(url: str, plan: SteadyPlan) -> tuple[Score, dict[str, int]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running(folder, url) as program:
            return _shoot(program, folder, url, plan)


def _shoot(
    program: Program, folder: Path, url: str, plan: SteadyPlan
) -> tuple[Score, dict[str, int]]:
    crowd = MerchantSample(merchants=plan.merchants)
    shots = ammunition.requests("/wechat", int(plan.seconds * RATE) + 200, crowd)
    file = folder / "shots"
    ammunition.write(file, shots)
    pages = subprocess.Popen(
        [sys.executable, "-m", "bench.pages", program.url, str(plan.pages), str(plan.seconds + 10)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    target = Target(program.port, program.pid or 0, url.rpartition("/")[2])
    shoot("warm", file, target, rate=RATE / 2, seconds=2.0)
    score = shoot("steady", file, target, rate=RATE, seconds=plan.seconds, skip=150)
    seen, _ = pages.communicate(timeout=120)
    found: dict[str, int] = json.loads(seen)
    return score, found


def main(*, quick: bool = False) -> None:
    plan = QUICK if quick else SteadyPlan()
    click.echo(
        f"{RATE:.0f} messages a second for {plan.seconds:.0f} s, {plan.pages} desk pages open\n"
    )
    click.echo(
        "| | history | p50 ms | p99 ms | p99.9 ms | processor ms a message | answered | pages |"
    )
    click.echo("|---|---|---|---|---|---|---|---|")
    for kind in KINDS:
        for history in plan.histories:
            with empty(kind) as url:
                prepare(url, history)
                score, pages = run(url, plan)
            times = " | ".join(f"{score.at(share):.1f}" for share in (0.5, 0.99, 0.999))
            click.echo(
                f"| {kind} | {history.conversations:,} conversations, {history.messages:,} messages"
                f" | {times} | {score.cost:.1f} | {score.statuses} | {pages} |"
            )
