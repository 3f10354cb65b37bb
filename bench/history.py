"""Which queries grow with history: each at 100,000 and at 1,000,000 messages, on both databases.

A query is named when it takes more than twice as long on ten times the history. With it comes what
the database says about its plan: which table is read from end to end.
"""

import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from bench.ammunition import MerchantSample
from bench.filling import History, fill
from bench.places import KINDS, empty
from handlers.desk.live import look
from handlers.inbound.wait_estimate import LOOKED_AT, PERIOD
from storage import schema
from storage.database import Database
from storage.queries import (
    cases,
    deliveries,
    gauges,
    inbox,
    media,
    messages,
    pushes,
    search,
    upkeep,
)
from tests.installed import House, build_house

SIZES = (History(10_000, 100_000), History(100_000, 1_000_000))
QUICK = (History(500, 5_000), History(1_000, 20_000))
GROWS = 2.0
WORTH = 1.0  # ms; below this nobody waits for it
RUNS = 7
SCAN = re.compile(r"Seq Scan on (\w+)|SCAN (\w+)(?! USING)")
BIG = {"message", "push", "delivery", "conversation", "cases", "case_event"}

Work = Callable[[House], object]


def _reading(work: Callable[[Session, datetime], object]) -> Work:
    def run(house: House) -> object:
        with house.database.read() as session:
            return work(session, house.context.now())

    return run


@dataclass(frozen=True, slots=True)
class TimedQuery:
    name: str
    work: Work


MINUTE = timedelta(minutes=1)


def _answered(house: House) -> object:
    return house.says("保证金怎么退", openid=MerchantSample().openid(77))


def _changed(house: House) -> object:
    now = house.context.now()
    return look(house.database, now - MINUTE, now)


QUESTIONS = (
    TimedQuery("one message, received and answered", _answered),
    TimedQuery("desk: waiting", _reading(lambda s, _: inbox.rows(s, "waiting", me=1))),
    TimedQuery("desk: the bot's", _reading(lambda s, _: inbox.rows(s, "bot", me=1))),
    TimedQuery("desk: closed", _reading(lambda s, _: inbox.rows(s, "closed", me=1))),
    TimedQuery("desk: counts", _reading(inbox.counts)),
    TimedQuery("desk: what changed", _changed),
    TimedQuery("desk: a conversation", _reading(lambda s, _: messages.latest(s, 50))),
    TimedQuery("desk: its cases", _reading(lambda s, _: cases.history(s, 50))),
    TimedQuery("desk: search, often said", _reading(lambda s, _: search.find(s, "保证金"))),
    TimedQuery("desk: search, never said", _reading(lambda s, _: search.find(s, "长颈鹿"))),
    TimedQuery(
        "the wait's estimate",
        _reading(lambda s, now: cases.claimed_since(s, now - PERIOD, limit=LOOKED_AT)),
    ),
    TimedQuery("sweep: to deliver", _reading(deliveries.due)),
    TimedQuery("sweep: sends that hang", _reading(deliveries.with_stuck)),
    TimedQuery("sweep: without an end", _reading(lambda s, now: pushes.undecided(s, before=now))),
    TimedQuery("sweep: media", _reading(media.due)),
    TimedQuery("sweep: claims", _reading(lambda s, _: upkeep.claimed(s))),
    TimedQuery("gauges", _reading(gauges.look)),
    TimedQuery("totals", _reading(gauges.totals)),
)


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, object]]]:
    """What is sent to the database meanwhile."""
    seen: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, sql: str, parameters: object, *_more: object) -> None:
        seen.append((sql, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def scans(house: House, work: Work) -> set[str]:
    """The big tables that the statements of `work` read from end to end."""
    with statements(house.database.engine) as seen:
        work(house)
    explain = "EXPLAIN QUERY PLAN " if house.database.is_sqlite else "EXPLAIN "
    found: set[str] = set()
    with house.database.engine.connect() as connection:
        for sql, parameters in seen:
            if sql.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
                plan = connection.exec_driver_sql(explain + sql, parameters)  # type: ignore[arg-type]
                lines = "\n".join(str(row[-1]) for row in plan)
                found |= {hit for pair in SCAN.findall(lines) for hit in pair if hit in BIG}
    return found


def timed(house: House, work: Work) -> float:
    """The median in milliseconds."""
    work(house)
    taken = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        work(house)
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def measure(url: str, history: History) -> tuple[dict[str, float], dict[str, set[str]]]:
    database = Database(url)
    schema.upgrade(database)
    fill(database, history)
    with database.write() as session:
        gauges.fold(session, datetime.now(UTC))  # as the sweep does every minute
    with tempfile.TemporaryDirectory() as folder:
        house = build_house(database, lambda: datetime.now(UTC), Path(folder))
        times = {each.name: timed(house, each.work) for each in QUESTIONS}
        scanned = {each.name: scans(house, each.work) for each in QUESTIONS}
    database.close()
    return times, scanned


def main(*, quick: bool = False) -> None:
    small, large = QUICK if quick else SIZES
    for kind in KINDS:
        with empty(kind) as url:
            before, _ = measure(url, small)
        with empty(kind) as url:
            after, scanned = measure(url, large)
        click.echo(f"{kind}: {small.messages:,} → {large.messages:,} messages\n")
        click.echo("| query | times as long | read from end to end | |\n|---|---|---|---|")
        for name, time_taken in after.items():
            ratio = time_taken / before[name]
            mark = "grows" if ratio > GROWS and time_taken > WORTH else ""
            tables = ", ".join(sorted(scanned[name])) or "–"
            click.echo(f"| {name} | {ratio:.1f} ({time_taken:.1f} ms) | {tables} | {mark} |")
        click.echo("")
