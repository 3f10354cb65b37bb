"""What a second opinion is worth: the labelled messages with and without it.

Then whole conversations, where the moves possible just now stand among the choices: how many hold.

Two choosers that cost nothing show the best and the worst that it could do: `perfect` picks what
the label accepts, `random` any candidate. With `DIANBAN_MODEL_URL`, `_KEY` and `_NAME` in the
environment the model behind them is asked as well.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import cast

from bench.labelled import LabelledLine, read_lines
from faq.bank import Bank
from faq.matching.matcher import compile_matcher
from handlers.dialogue.policy import decide
from handlers.dialogue.texts import load_texts
from handlers.dialogue.types import MOVE, Decision, Incoming, TurnContext, Unclear
from handlers.knowledge.bank_versions import GUIDES, read
from handlers.model import prompts
from handlers.model.client import ModelClient, ModelError
from handlers.model.masking import Mask
from handlers.model.prompts import Candidate
from tests.dialogue.driver import Conversation, in_memory
from tests.dialogue.playing import Script, faults, put
from tests.dialogue.playing import read as read_scripts
from tests.dialogue.tables import Table

SETS = ("held-out.jsonl", "dev.jsonl")
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CONVERSATIONS = Path(__file__).parents[1] / "tests" / "dialogue" / "conversations"
Chooser = Callable[[LabelledLine, Unclear], str]
Pick = Callable[[Unclear, Conversation, Table], str]


@dataclass
class ChoiceScore:
    """Counts, and how long each choice took (seconds)."""

    counts: Counter[str] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    tokens: int = 0

    def row(self, name: str) -> str:
        c = self.counts
        share = [c[key] / max(1, c[of]) for key, of in
                 (("right", "in"), ("wrong", "in"), ("false", "none"))]  # fmt: skip
        times = [1000 * t for t in self.took] or [0.0, 0.0]
        cuts = quantiles(times, n=20) if len(times) > 1 else [times[0]] * 19
        return (
            f"| {name} | {share[0]:.3f} | {share[1]:.3f} | {share[2]:.3f} | {c['asked']} "
            f"| {c['refused']} | {cuts[9]:.0f} / {cuts[18]:.0f} | {self.tokens} |"
        )


def main(*, quick: bool) -> None:
    """Print one table per set."""
    bank = read(GUIDES)
    matcher = compile_matcher(bank)
    texts = load_texts()

    def turn(text: str, opinion: str | None) -> Decision:
        incoming = Incoming("text", text, waited=True, opinion=opinion)
        return decide(TurnContext(now=NOW), incoming, bank=bank, matcher=matcher, texts=texts)

    _labelled(bank, turn, quick=quick)
    _conversations(bank, quick=quick)


def _labelled(bank: Bank, turn: Callable[[str, str | None], Decision], *, quick: bool) -> None:
    for name in SETS:
        lines = [line for line in read_lines(name) if line.kind in ("in", "none")]
        lines = lines[:: 8 if quick else 1]
        print(f"\n### {name}, {len(lines)} messages\n")  # noqa: T201
        print("| chooser | right at once | wrong | false | asked | refused | ms p50/p95 | tokens |")  # noqa: T201
        print("|---|---|---|---|---|---|---|---|")  # noqa: T201
        for title, chooser in _choosers(bank).items():
            print(_played(lines, turn, chooser).row(title))  # noqa: T201


def _choosers(bank: Bank) -> dict[str, "Chooser | Remote | None"]:
    dice = random.Random(7)  # noqa: S311 (a seeded chooser, nothing secret)
    found: dict[str, Chooser | Remote | None] = {
        "without": None,
        "perfect": lambda line, unclear: next(
            (each for each in unclear.candidates if each in line.accept), "none"
        ),
        "random": lambda _line, unclear: dice.choice((*unclear.candidates, "none")),
    }
    if remote := _remote(bank):
        found[remote.client.name] = remote
    return found


def _conversations(bank: Bank, *, quick: bool) -> None:
    files = sorted(CONVERSATIONS.glob("*.jsonl"))
    scripts = [each for file in files for each in read_scripts(file)][:: 8 if quick else 1]
    print(f"\n### {len(scripts)} conversations\n")  # noqa: T201
    print("| chooser | hold | asked |")  # noqa: T201
    print("|---|---|---|")  # noqa: T201
    dice = random.Random(7)  # noqa: S311 (a seeded chooser, nothing secret)
    players: dict[str, Pick | None] = {
        "without": None,
        "perfect": _perfect,
        "random": lambda unclear, _driver, _turn: dice.choice(_choices(unclear)),
    }
    if remote := _remote(bank):
        players[remote.client.name] = lambda unclear, _driver, _turn: remote.of(unclear)
    for title, pick in players.items():
        tally: Counter[str] = Counter()
        for script in scripts:
            _play(script, pick, tally)
        print(f"| {title} | {tally['hold']} | {tally['asked']} |")  # noqa: T201


def _play(script: Script, pick: "Pick | None", tally: Counter[str]) -> None:
    """One conversation; `pick` chooses wherever a message is not clear."""
    driver = in_memory({"closed": True} if script.closed else {})
    failed = False
    for turn in script.turns:
        driver.wait(float(cast("float", turn.get("gap", script.gap))))
        before = copy(driver)

        def opinion(unclear: Unclear, before: Conversation = before, turn: Table = turn) -> str:
            tally["asked"] += 1
            return pick(unclear, before, turn) if pick else ""

        driver.opinion = opinion if pick else None
        failed = bool(dict(faults(turn, put(driver, turn)))) or failed
    tally["hold"] += not failed


def _choices(unclear: Unclear) -> tuple[str, ...]:
    return (*unclear.candidates, *(MOVE + move for move in unclear.moves), "none")


def _perfect(unclear: Unclear, driver: Conversation, turn: Table) -> str:
    """The choice with the fewest faults, found by trying each."""

    def failing(choice: str) -> int:
        tried = copy(driver)
        tried.turns = list(driver.turns)
        tried.opinion = lambda _: choice
        return len(dict(faults(turn, put(tried, turn))))

    return min(("", *_choices(unclear)), key=failing)


def _remote(bank: Bank) -> "Remote | None":
    if url := os.environ.get("DIANBAN_MODEL_URL"):  # noqa: TID251 (a bench reads no settings file)
        key = os.environ["DIANBAN_MODEL_KEY"]  # noqa: TID251
        return Remote(ModelClient(url, key, os.environ["DIANBAN_MODEL_NAME"]), bank)  # noqa: TID251
    return None


@dataclass
class Remote:
    """A real model, asked twice with the candidates in different order."""

    client: ModelClient
    bank: Bank
    tokens: int = 0

    def __call__(self, _line: LabelledLine, unclear: Unclear) -> str:
        return self.of(unclear)

    def of(self, unclear: Unclear) -> str:
        entries = [self.bank.by_id[key] for key in unclear.candidates]
        known = [Candidate(e.id, e.short or e.question, e.answer[:80]) for e in entries]
        text = Mask().out(unclear.text)
        choices = set()
        for order in (known, known[::-1]):
            question = prompts.choose(text, [], unclear.open, order, unclear.moves)
            answer = self.client.complete(question, seconds=3.0, max_tokens=60, as_json=True)
            self.tokens += answer.tokens_in + answer.tokens_out
            choices.add(prompts.read_choice(answer.text, known, unclear.moves))
        return choices.pop() if len(choices) == 1 else ""


def _played(
    lines: Sequence[LabelledLine],
    turn: Callable[[str, str | None], Decision],
    chooser: "Chooser | Remote | None",
) -> ChoiceScore:
    score = ChoiceScore()
    for line in lines:
        decision = turn(line.text, None)
        if chooser is not None and decision.unclear is not None:
            decision = _helped(score, line, decision, turn, chooser)
        entry = decision.replies[0].entry if decision.replies else None
        found = [line.kind]
        if line.kind == "in":
            found += ["right"] * (entry in line.accept)
            found += ["wrong"] * (entry is not None and entry not in line.accept)
        else:
            found += ["false"] * (entry is not None)
        score.counts.update(found)
    score.tokens = getattr(chooser, "tokens", 0)
    return score


def _helped(
    score: ChoiceScore,
    line: LabelledLine,
    decision: Decision,
    turn: Callable[[str, str | None], Decision],
    chooser: "Chooser | Remote",
) -> Decision:
    assert decision.unclear is not None  # noqa: S101 (asked for by the caller)
    began = perf_counter()
    try:
        choice = chooser(line, decision.unclear)
    except ModelError:
        choice = ""
    score.took.append(perf_counter() - began)
    score.counts.update(["asked"] + ["refused"] * (choice in ("", "none")))
    return turn(line.text, choice)
