"""What a message costs in a group of so many: all but the webhook's checks, in one thread."""

import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from bench import ammunition
from bench.places import KINDS, empty
from handlers.inbound import pipeline
from handlers.inbound.commit import InboundMessage
from handlers.knowledge import bank_versions
from storage import schema
from storage.database import Database
from tests.installed import House, build_house, push

SIZES = (1, 2, 4, 8, 16, 32)
MERCHANTS = 1000


@dataclass
class Crowd:
    """Merchants who say something to this house, the same things in every run."""

    house: House
    texts: Iterator[str]
    chance: random.Random

    def group(self, size: int) -> list[InboundMessage]:
        """Pushes of different merchants, arriving now."""
        now, until = self.house.context.now(), self.house.database.patience()
        return [
            InboundMessage(
                push(next(self.texts), openid=f"oBench{who}", kind="text", at=now), now, until
            )
            for who in self.chance.sample(range(MERCHANTS), size)
        ]

    def say(self, size: int, messages: int) -> tuple[float, float]:
        """Milliseconds for a message, by the clock and of this process's processor time."""
        wall = processor = 0.0
        for _ in range(messages // size):
            group = self.group(size)
            wall -= time.perf_counter()
            processor -= time.process_time()
            pipeline.receive_together(self.house.context, group)
            wall += time.perf_counter()
            processor += time.process_time()
        return wall / messages * 1000, processor / messages * 1000


def measure(url: str, messages: int) -> dict[int, tuple[float, float]]:
    """By the size of a group; `messages` is a multiple of all sizes."""
    database = Database(url)
    database.create()
    schema.upgrade(database)
    texts = ammunition.words(
        bank_versions.read(bank_versions.GUIDES), (1 + len(SIZES)) * messages, 7
    )
    with tempfile.TemporaryDirectory() as folder:
        house = build_house(database, lambda: datetime.now(UTC), Path(folder))
        crowd = Crowd(house, iter(texts), random.Random(7))  # noqa: S311 (the same for all)
        crowd.say(1, messages)  # nobody is new afterwards
        found = {size: crowd.say(size, messages) for size in SIZES}
    database.close()
    return found


def main(*, quick: bool = False) -> None:
    messages = 320 if quick else 1920
    click.echo(
        "| in a group of | " + " | ".join(f"{kind}: ms | processor" for kind in KINDS) + " |"
    )
    click.echo("|---|" + "---|---|" * len(KINDS))
    found = []
    for kind in KINDS:
        with empty(kind) as url:
            found.append(measure(url, messages))
    for size in SIZES:
        times = " | ".join(f"{wall:.2f} | {cpu:.2f}" for wall, cpu in (of[size] for of in found))
        click.echo(f"| {size} | {times} |")
