"""Messages a second while the language model is away or answers nothing, against none at all.

What people write, on SQLite, in rounds in turn; the middle round counts. Dead is a port where
nothing listens; slow takes every connection and never answers.
"""

import socket
import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from bench import ammunition
from bench.ammunition import MerchantSample
from bench.arena import Target, shoot
from bench.contestant import THREADS, WORKERS
from bench.throughput import CONNECTIONS, WARM_UP, ThroughputPlan
from tests.scale.running import Program

DEAD = "http://127.0.0.1:9/v1"
MODEL = '[model]\nbase_url = "{url}"\napi_key = "k"\nname = "n"\nuse = "choose"\n'


@contextmanager
def silent() -> Iterator[str]:
    """A provider that takes connections and says nothing."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            with suppress(OSError):  # closed: the end
                while True:
                    kept.append(server.accept()[0])

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for each in kept:
            each.close()


def rate(plan: ThroughputPlan, folder: Path, model_url: str, number: int) -> float:
    program = Program(
        folder, ammunition.SETTINGS, database=f"sqlite:///{folder / 'dianban.db'}",
        wechat="http://127.0.0.1:9", workers=WORKERS, threads=THREADS, level="ERROR",
    )  # fmt: skip
    if model_url:
        with program.config.open("a", encoding="utf-8") as settings:
            settings.write(MODEL.format(url=model_url))
    program.start()
    try:
        assert program.pid is not None  # noqa: S101 (it was started above)
        target = Target(program.port, program.pid)
        shots = ammunition.requests(
            "/wechat", plan.shots + WARM_UP, MerchantSample(first=number * 10**6, written=True)
        )
        ammunition.write(folder / "shots", shots)
        score = shoot(
            "dianban", folder / "shots", target, skip=WARM_UP, seconds=plan.seconds,
            connections=plan.connections,
        )  # fmt: skip
        return score.rate
    finally:
        program.stop()


def main(*, quick: bool = False) -> None:
    plan = (
        ThroughputPlan(seconds=4.0, rounds=1, shots=6000)
        if quick
        else ThroughputPlan(rounds=5, shots=12_000)
    )
    plan = ThroughputPlan(plan.seconds, plan.rounds, plan.shots, CONNECTIONS)
    with silent() as slow, tempfile.TemporaryDirectory() as folder:
        rates: dict[str, list[float]] = {"without": [], "dead": [], "slow": []}
        for number in range(plan.rounds):
            for name, url in (("without", ""), ("dead", DEAD), ("slow", slow)):
                place = Path(folder) / f"{name}-{number}"
                place.mkdir()
                rates[name].append(rate(plan, place, url, number))
                click.echo(f"  round {number + 1}: {name:8} {rates[name][-1]:6.0f}/s")
    middle = {name: statistics.median(of) for name, of in rates.items()}
    click.echo("| provider | messages a second, of those without one |\n|---|---|")
    for name in ("dead", "slow"):
        click.echo(f"| {name} | {middle[name] / middle['without']:.2f} |")
