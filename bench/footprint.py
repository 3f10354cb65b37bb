"""Memory of each process, time to the first answer, and the first message against later ones."""

import statistics
import tempfile
import time
from pathlib import Path

import click

from bench import ammunition
from bench.ammunition import MerchantSample
from bench.arena import Target, shoot
from bench.contestant import THREADS, WORKERS
from bench.places import KINDS, empty
from tests.scale.running import Program


def memory(pid: int) -> dict[str, float]:
    """In MB: `Rss` with what processes share, `Pss` with a fair part of it."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    rows = (line.split() for line in text.splitlines()[1:])
    return {row[0].rstrip(":"): int(row[1]) / 1024 for row in rows if row[0] in ("Rss:", "Pss:")}


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in listed.split()]


def main(*, quick: bool = False) -> None:
    for kind in KINDS:
        with empty(kind) as url, tempfile.TemporaryDirectory() as name:
            _one(kind, url, Path(name), 200 if quick else 3000)


def _one(kind: str, url: str, folder: Path, messages: int) -> None:
    program = Program(
        folder, ammunition.SETTINGS, database=url, wechat="http://127.0.0.1:9",
        workers=WORKERS, threads=THREADS, level="WARNING",
    )  # fmt: skip
    begun = time.monotonic()
    program.start()
    click.echo(f"{kind}: first start, with tables and bank made: {time.monotonic() - begun:.1f} s")
    program.stop()
    begun = time.monotonic()
    program.start()
    click.echo(f"{kind}: later start, to the first answer: {time.monotonic() - begun:.1f} s")
    try:
        file, target = folder / "shots", Target(program.port, program.pid or 0)
        ammunition.write(file, ammunition.requests("/wechat", messages + 1, MerchantSample(200)))
        first = shoot("first", file, target, connections=1, seconds=0.001)
        rest = shoot("rest", file, target, connections=1, skip=1, seconds=20)
        warm = statistics.median(rest.latencies) * 1000
        click.echo(
            f"{kind}: first message {first.latencies[0] * 1000:.1f} ms, later ones {warm:.1f} ms"
        )
        assert program.pid is not None  # noqa: S101 (it was started above)
        for name, pid in [("main", program.pid)] + [("web", p) for p in children(program.pid)]:
            used = memory(pid)
            click.echo(f"{kind}: {name} process {used['Rss']:.0f} MB, its share {used['Pss']:.0f}")
    finally:
        program.stop()
