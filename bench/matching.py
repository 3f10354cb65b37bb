"""How well and how fast the matcher finds the entry, beside others in the same run.

`python -m bench.matching` prints everything; `--quick` leaves the ablation and the growth out.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from bench import unseen
from bench.ablation import ablate
from bench.growth import measure
from bench.labelled import ALL, DATA, LabelledLine, Report, read_lines, score
from bench.peers import Peer, peers, phrasings
from faq.bank import Bank
from faq.guides import read_bank
from faq.matching.matcher import TrainedMatcher, fit_matcher

GUIDES = Path(__file__).parent.parent / "faq" / "guides"
KINDS = ("human", "social", "escalate")
COVERAGE = 0.8
FALSE = 0.03


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(*, quick: bool) -> None:
    """Print every table; `quick` leaves the ablation and the growth out."""
    bank, _ = read_bank(GUIDES)
    began = perf_counter()
    matcher = fit_matcher(bank)
    say(f"fitted in {perf_counter() - began:.1f} s, {len(matcher.library.texts)} phrasings, "
        f"bands {matcher.bands}")  # fmt: skip
    for name in ("dev.jsonl", "held-out.jsonl"):
        _show(name, score(read_lines(name), matcher.understand))
    _beside(bank, matcher, read_lines("held-out.jsonl"), "held-out.jsonl")
    second, _ = read_bank(DATA / "second-guide")
    other = fit_matcher(second)
    lines = read_lines("second-questions.jsonl")
    _show("second-questions.jsonl", score(lines, other.understand))
    _beside(second, other, lines, "second-questions.jsonl")
    if not quick:
        unseen.main()
        _ablation(bank)
        _growth(bank)


def _show(name: str, report: Report) -> None:
    say(f"\n## {name}")
    kinds = " | ".join(KINDS)
    say(f"| style | in | right at once | wrong | in three | none answered | {kinds} |")
    say("|---|---|---|---|---|---|---|---|---|")
    for style in sorted(report.styles, key=lambda style: (style != ALL, style)):
        tally = report.styles[style]
        rates = [tally.rate(count, "in") for count in ("right", "wrong", "hit3")]
        rates.append(tally.rate("none answered", "none"))
        rates += [tally.rate(f"{kind} right", kind) for kind in KINDS]
        cells = " | ".join("–" if np.isnan(rate) else f"{rate:.1%}" for rate in rates)
        say(f"| {style} | {tally.counts['in']} | {cells} |")
    say("\nconfused (right → given):")
    for (right, given), count in report.confused.most_common(15):
        say(f"  {count} × {right} → {given}")
    if name == "dev.jsonl":
        say("\ncostliest mistakes:")
        for cost, line, meaning in report.mistakes[:10]:
            given = meaning.entry or meaning.outcome
            say(f"  {cost:.1f} {line.text} → {given} ({meaning.score:.2f})")


def _beside(bank: Bank, matcher: TrainedMatcher, lines: Sequence[LabelledLine], name: str) -> None:
    """Ranking and knowing when not to answer, for ours and every peer."""
    say(f"\n## {name}: beside others")
    say(
        "| | first | in three | right at 3% false | false at 80% answered | wrong at 80% answered |"
    )
    say("|---|---|---|---|---|---|")
    say(f"| dianban | {_row(lines, _Ours(matcher))} |")
    for peer, make in peers(*phrasings(bank)):
        say(f"| {peer} | {_row(lines, make())} |")


class _Ours:
    """Our ranking with our one score in front, as the peers give theirs."""

    def __init__(self, matcher: TrainedMatcher) -> None:
        self._matcher = matcher

    def rank(self, text: str) -> list[tuple[str, float]]:
        meaning = self._matcher.understand(text)
        sent = meaning.outcome in ("human", "escalate", "social")
        score = -1.0 if sent else meaning.score
        return [(entry, score - place) for place, (entry, _) in enumerate(meaning.ranking[:3])]


def _row(lines: Sequence[LabelledLine], peer: Peer) -> str:
    first = three = asked = 0
    inside: list[tuple[float, bool]] = []
    outside: list[float] = []
    for line in lines:
        ranked = peer.rank(line.text) if line.kind in ("in", "none") else []
        top = ranked[0][1] if ranked else -2.0
        if line.kind == "in":
            asked += 1
            right = bool(ranked) and ranked[0][0] in line.accept
            first += right
            three += any(entry in line.accept for entry, _ in ranked)
            inside.append((top, right))
        elif line.kind == "none":
            outside.append(top)
    least = sorted(outside, reverse=True)[int(FALSE * len(outside))]
    at_false = np.mean([score > least and right for score, right in inside])
    level = sorted((score for score, _ in inside), reverse=True)[int(COVERAGE * asked) - 1]
    false = np.mean([score >= level for score in outside])
    wrong = np.mean([score >= level and not right for score, right in inside])
    rates = (first / asked, three / asked, at_false, false, wrong)
    return " | ".join(f"{rate:.1%}" for rate in rates)


def _ablation(bank: Bank) -> None:
    say("\n## Without one technique (dev.jsonl and held-out.jsonl together)")
    say("| without | right at once | wrong | in three | none answered |")
    say("|---|---|---|---|---|")
    lines = [*read_lines("dev.jsonl"), *read_lines("held-out.jsonl")]
    for name, rates in ablate(bank, lines):
        say(f"| {name} | " + " | ".join(f"{rate:.1%}" for rate in rates.values()) + " |")


def _growth(bank: Bank) -> None:
    say("\n## Growth: generated phrasings, one thread, one message at a time")
    say("| | phrasings | median ms | p99 ms | build s | MB |")
    say("|---|---|---|---|---|---|")
    for speed in measure(bank, [line.text for line in read_lines("dev.jsonl")]):
        say(f"| {speed.name} | {speed.size} | {speed.median:.2f} | {speed.slow:.2f} "
            f"| {speed.build:.1f} | {speed.megabytes:.0f} |")  # fmt: skip


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
