"""96 callers drip half-requests while 100 desk pages are open and 20 pushes a second come in.

No nginx in front. Our own server against gunicorn's threaded worker as it comes, and against
waitress and gunicorn's gevent worker where they are installed.
"""

import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import click

from bench import ammunition
from bench.ammunition import MerchantSample
from bench.arena import Score, Target, shoot
from bench.contestant import THREADS, WORKERS
from bench.filling import History
from bench.places import KINDS, empty
from bench.steady import prepare
from tests.scale.running import ROOT, Program

SERVERS = {"ours": "", "gthread": "gunicorn", "waitress": "waitress", "gevent": "gevent"}

BEGIN_SECONDS = 5.0  # pages have logged in, and the callers are there


@dataclass(frozen=True, slots=True)
class HalfRequestPlan:
    callers: int = 96
    pages: int = 100
    rate: float = 20.0
    seconds: float = 40.0


def run(server: str, url: str, plan: HalfRequestPlan) -> Score:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        program = Program(
            Path(name), ammunition.SETTINGS, database=url, wechat="http://127.0.0.1:9",
            workers=WORKERS, threads=THREADS, level="WARNING",
        )  # fmt: skip
        if server != "ours":
            program.script = ("-m", "bench.other_servers", server)
        stack.callback(program.stop)
        program.start()
        file, count = program.folder / "shots", int(plan.seconds * plan.rate) + 200
        ammunition.write(file, ammunition.requests("/wechat", count, MerchantSample(merchants=500)))
        target = Target(program.port, program.pid or 0, url.rpartition("/")[2])
        shoot("warm", file, target, rate=plan.rate, seconds=4.0)
        for command in (
            ("bench.pages", program.url, plan.pages, plan.seconds + 15),
            ("bench.dripping", program.port, plan.callers, plan.seconds + 15),
        ):
            arguments = [sys.executable, "-m", *map(str, command)]
            other = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.DEVNULL)
            stack.callback(other.wait, 120)
        time.sleep(BEGIN_SECONDS)
        return shoot(server, file, target, rate=plan.rate, seconds=plan.seconds, skip=100)


def main(*, quick: bool = False) -> None:
    plan = HalfRequestPlan(callers=24, pages=10, seconds=10.0) if quick else HalfRequestPlan()
    click.echo(
        f"{plan.callers} half-requests, {plan.pages} desk pages, {plan.rate:.0f} pushes a second\n"
    )
    click.echo("| | server | p50 ms | p99 ms | longest ms | answered |")
    click.echo("|---|---|---|---|---|---|")
    for kind in KINDS:
        for server in [name for name, needs in SERVERS.items() if not needs or find_spec(needs)]:
            with empty(kind) as url:
                prepare(url, History(200, 2_000))
                score = run(server, url, plan)
            times = " | ".join(f"{score.at(share):.0f}" for share in (0.5, 0.99, 1.0))
            click.echo(f"| {kind} | {server} | {times} | {score.statuses} |")
