"""Publishing through the gate while merchants write: 10,000 real questions are replayed.

The program runs as it is installed, the questions stand in its database, somebody publishes an edit
over the API, and messages arrive on schedule until the new version is in force. Every message says
enough alone: none is held back on purpose. Before that the gate runs alone, for its processor time.
"""

import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import insert

from bench import ammunition
from bench.ammunition import MerchantSample
from bench.arena import Score, Target, shoot
from bench.labelled import read_lines
from bench.places import KINDS, empty
from faq import writing
from faq.matching.normalize import tidy
from handlers.knowledge import bank_versions, gate_process, published_bank
from handlers.knowledge.gate_process import Task
from storage import schema
from storage.database import Database
from storage.models.conversations import Conversation, Message
from tests.dialogue.playing import read
from tests.full_stack import Api
from tests.scale.running import Program

SAID = Path(__file__).parents[1] / "tests" / "dialogue" / "conversations"
RATE = 20.0  # messages a second: a firm with a thousand merchants at its busiest minute
LONGEST = 300.0
WARM = 5.0
BEFORE = ("您好", "请问", "老师", "那个", "麻烦问下", "在吗", "我想问", "", "亲", "不好意思")
AFTER = ("", "呀", "呢", "？", "急", "谢谢", "怎么弄", "在线等", "，谢谢老师", "啊")


@dataclass(frozen=True, slots=True)
class PublishingPlan:
    questions: int = 10_000
    seconds: float = 20.0
    """How long the load lasts without a publication, to compare with."""


QUICK = PublishingPlan(questions=500, seconds=5.0)


@dataclass(frozen=True, slots=True)
class Published:
    """What one publication took. Seconds; `asked` are the questions that were replayed."""

    took: float
    asked: int
    load: Score


def questions(count: int) -> list[str]:
    """As merchants write: labelled messages and what is said in conversations, in courtesies."""
    texts = [line.text for name in ("dev.jsonl", "held-out.jsonl") for line in read_lines(name)]
    texts += [said for name in sorted(SAID.glob("*.jsonl")) for said in _said(name)]
    made = dict.fromkeys(
        f"{head}{text}{tail}" for head in BEFORE for tail in AFTER for text in texts
    )
    return random.Random(3).sample(list(made), count)  # noqa: S311 (repeatable on purpose)


def _said(file: Path) -> Iterator[str]:
    for script in read(file):
        yield from (str(turn["say"]) for turn in script.turns if "say" in turn)


def prepare(url: str, asked: Sequence[str]) -> None:
    database = Database(url)
    schema.upgrade(database)
    now = datetime.now(UTC)
    with database.write() as session:
        talk = Conversation(openid="oAsked", created_at=now, updated_at=now, memory={})
        session.add(talk)
        session.flush()
        rows = [
            {
                "conversation_id": talk.id,
                "author": "merchant",
                "text": text,
                "understanding": {"outcome": "none"},
                "created_at": now,
            }
            for text in asked
        ]
        session.execute(insert(Message), rows)
    database.close()


def publish(api: Api) -> dict[str, Any]:
    """Edit an entry, publish the draft, and wait for the end."""
    entry = api.get("bank/draft").json()["entries"][0]
    aliases = [*entry["aliases"], "这一句以前没有人问过"]
    api.put(f"bank/entries/{entry['id']}", {"aliases": aliases}).raise_for_status()
    number = api.post("bank/publish").json()["publication"]
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        found: dict[str, Any] = api.get(f"bank/publications/{number}").json()
        if found["state"] != "running":
            return found
        time.sleep(0.2)
    raise TimeoutError("the publication did not end")


def run(url: str, plan: PublishingPlan) -> tuple[Score, Published]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = Program(
            folder, ammunition.SETTINGS, database=url, wechat="http://127.0.0.1:9", level="WARNING"
        )
        program.start()
        try:
            program.run("consultant", "add", "bench", "--role", "admin", "--password-stdin",
                        say="correct horse battery\n")  # fmt: skip
            api = Api(program.url, program.run("token", "add", "bench").strip())
            return _measured(program, api, folder / "shots", plan)
        finally:
            program.stop()


def _measured(
    program: Program, api: Api, file: Path, plan: PublishingPlan
) -> tuple[Score, Published]:
    sample = MerchantSample(whole=True)
    shots = ammunition.requests("/wechat", int(RATE * (plan.seconds + LONGEST)), sample)
    ammunition.write(file, shots)
    target = Target(program.port, program.pid or 0)
    shoot("warm", file, target, rate=RATE, seconds=WARM)
    warm = int(RATE * WARM)
    alone = shoot("alone", file, target, rate=RATE, seconds=plan.seconds, skip=warm)
    with ThreadPoolExecutor(1) as pool:
        begun = time.perf_counter()
        publication = pool.submit(publish, api)
        loads: list[Score] = []
        skip = warm + int(RATE * plan.seconds)
        while not publication.done() or not loads:
            loads.append(shoot("during", file, target, rate=RATE, seconds=5.0, skip=skip))
            skip += int(RATE * 5)
        took = time.perf_counter() - begun
        found = publication.result()
    if found["state"] != "published":
        raise RuntimeError(f"not published: {found}")
    latencies = sorted(latency for load in loads for latency in load.latencies)
    statuses = {"200": sum(load.statuses.get("200", 0) for load in loads)}
    during = Score("during", sum(load.seconds for load in loads), latencies, statuses)
    return alone, Published(took, found["report"]["counts"]["asked"], during)


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate without anything beside it. Seconds."""

    took: float
    processor: float
    asked: int


def gate_alone(asked: Sequence[str]) -> Gate:
    """The shipped bank against itself with one phrasing more."""
    bank = bank_versions.read(bank_versions.GUIDES)
    first, *others = bank.entries
    more = replace(first, phrasings=(*first.phrasings, "这一句以前没有人问过"))
    old = bank_versions.BANK.dump_json(bank).decode(), published_bank.compile_bank(bank)
    sources = writing.files(replace(bank, entries=(more, *others)))
    task = Task(sources, old, [], list(enumerate(asked)))
    before, begun = os.times().children_user, time.perf_counter()
    outcome = gate_process.run(task, lambda *_: None)
    took = time.perf_counter() - begun
    counted = (outcome.report or {}).get("counts", {}).get("asked", 0)
    return Gate(took, os.times().children_user - before, counted)


def main(*, quick: bool = False) -> None:
    plan = QUICK if quick else PublishingPlan()
    asked = questions(plan.questions)
    gate = gate_alone(asked)
    click.echo(f"The gate alone: {gate.asked:,} questions in {gate.took:.1f} s,")
    click.echo(f"{gate.processor:.1f} s of processor time, fitting included\n")
    alike = len({tidy(text) for text in asked})
    click.echo(f"{RATE:.0f} messages a second, {len(asked):,} questions to replay,")
    click.echo(f"{alike:,} without courtesies\n")
    click.echo("| | replayed | seconds | p50 / p95 / p99 ms alone | p50 / p95 / p99 ms meanwhile |")
    click.echo("|---|---|---|---|---|")
    for kind in KINDS:
        with empty(kind) as url:
            prepare(url, asked)
            alone, done = run(url, plan)
        times = " | ".join(
            " / ".join(f"{score.at(share):.0f}" for share in (0.5, 0.95, 0.99))
            for score in (alone, done.load)
        )
        click.echo(f"| {kind} | {done.asked:,} | {done.took:.1f} | {times} |")
