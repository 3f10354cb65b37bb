"""The load generator, in a process of its own: `python -m bench.load FILE --port N …`.

Without --rate it is a closed loop: every connection sends its next message when it has the answer.
With --rate messages leave on schedule whatever comes back, and latency counts from the moment that
a message should have left: a slow answer cannot hide those queued up behind it.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import click

from bench.ammunition import read

RENEW = 20


@dataclass(slots=True)
class LoadTally:
    """What came back. Latencies in seconds."""

    latencies: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    bodies: dict[str, int] = field(default_factory=dict)

    def note(self, status: str, body: int, seconds: float) -> None:
        self.latencies.append(seconds)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        kind = "reply" if body > len("success") else "nothing"
        self.bodies[kind] = self.bodies.get(kind, 0) + 1


class LoadConnection:
    """One keep-alive connection, opened again when the server closes it, and now and then anyway:
    chance would decide for a whole run how many lines each process of the server has."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._used = 0

    async def send(self, shot: bytes) -> tuple[str, int]:
        """(status, length of the body); raises OSError when it fails twice."""
        for last in (False, True):
            try:
                return await self._exchange(shot)
            except (OSError, asyncio.IncompleteReadError):
                self._reader = None
                if last:
                    raise OSError from None
        raise AssertionError("unreachable")

    async def _exchange(self, shot: bytes) -> tuple[str, int]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(shot)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        length = 0
        at = lower.find(b"content-length:")
        if at >= 0:
            length = int(lower[at + 15 : lower.index(b"\r\n", at)])
            await self._reader.readexactly(length)
        self._used += 1
        if b"connection: close" in lower or self._used % RENEW == 0:
            self._writer.close()
            self._reader = None
        return head[9:12].decode(), length


async def closed(shots: list[bytes], port: int, connections: int, seconds: float) -> LoadTally:
    """As fast as the answers come, for this long or until all are sent."""
    tally, left, until = LoadTally(), iter(shots), time.perf_counter() + seconds

    async def work() -> None:
        line = LoadConnection(port)
        for shot in left:
            begun = time.perf_counter()
            if begun > until:
                return
            await _shoot(line, shot, begun, tally)

    await asyncio.gather(*(work() for _ in range(connections)))
    return tally


async def steady(shots: list[bytes], port: int, rate: float, seconds: float) -> LoadTally:
    """`rate` messages a second, on schedule."""
    tally, idle = LoadTally(), [LoadConnection(port)]
    begin = time.perf_counter()
    pending: set[asyncio.Task[None]] = set()

    async def one(shot: bytes, due: float) -> None:
        line = idle.pop() if idle else LoadConnection(port)
        await _shoot(line, shot, due, tally)
        idle.append(line)

    for number, shot in enumerate(shots):
        due = begin + number / rate
        if due - begin > seconds:
            break
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(one(shot, due))
        pending.add(task)
        task.add_done_callback(pending.discard)
    await asyncio.gather(*pending)
    return tally


async def _shoot(line: LoadConnection, shot: bytes, since: float, tally: LoadTally) -> None:
    try:
        status, length = await line.send(shot)
    except OSError:
        status, length = "broken", 0
    tally.note(status, length, time.perf_counter() - since)


@click.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--port", type=int, required=True)
@click.option("--connections", default=32)
@click.option("--rate", default=0.0)
@click.option("--seconds", default=10.0)
@click.option("--skip", default=0, help="Begin after this many messages.")
def main(file: Path, **how: float) -> None:
    shots, port, seconds = read(file)[int(how["skip"]) :], int(how["port"]), how["seconds"]
    begun = time.perf_counter()
    if how["rate"]:
        tally = asyncio.run(steady(shots, port, how["rate"], seconds))
    else:
        tally = asyncio.run(closed(shots, port, int(how["connections"]), seconds))
    click.echo(
        json.dumps(
            {
                "seconds": time.perf_counter() - begun,
                "latencies": tally.latencies,
                "statuses": tally.statuses,
                "bodies": tally.bodies,
            }
        )
    )


if __name__ == "__main__":
    main()
