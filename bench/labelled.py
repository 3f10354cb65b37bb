"""The labelled messages, and what an answerer scores on them."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from faq.understanding import Understanding

DATA = Path(__file__).parent.parent / "tests" / "data"
ALL = "all"


@dataclass(frozen=True)
class LabelledLine:
    """One labelled message; see tests/data/README.md."""

    text: str
    kind: str
    style: str
    accept: tuple[str, ...] = ()
    social: str = ""
    why: str = ""


@dataclass
class StyleTally:
    """Counts over some lines."""

    counts: Counter[str] = field(default_factory=Counter)

    def rate(self, name: str, of: str) -> float:
        return self.counts[name] / self.counts[of] if self.counts[of] else float("nan")


@dataclass
class Report:
    """A tally per style and one of all; confusions are (right, given) → how often."""

    styles: dict[str, StyleTally] = field(default_factory=lambda: defaultdict(StyleTally))
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    mistakes: list[tuple[float, LabelledLine, Understanding]] = field(default_factory=list)


def read_lines(name: str) -> list[LabelledLine]:
    """The lines of one file in tests/data."""
    lines = []
    for row in (DATA / name).read_text(encoding="utf-8").splitlines():
        data = json.loads(row)
        lines.append(LabelledLine(**(data | {"accept": tuple(data.get("accept", ()))})))
    return lines


def score(lines: Sequence[LabelledLine], understand: Callable[[str], Understanding]) -> Report:
    """Ask every line and count."""
    report = Report()
    for line in lines:
        meaning = understand(line.text)
        found = _facts(line, meaning)
        for style in (ALL, line.style):
            report.styles[style].counts.update(found)
        given = meaning.entry or meaning.outcome
        if "bad" in found:
            right = line.accept[0] if line.accept else line.kind
            report.confused[right, given] += 1
            report.mistakes.append((_cost(line, meaning), line, meaning))
    report.mistakes.sort(key=lambda mistake: -mistake[0])
    return report


def _facts(line: LabelledLine, meaning: Understanding) -> list[str]:
    """What one line adds to the counts."""
    facts = [line.kind]
    answered = meaning.outcome == "answer"
    if line.kind == "in":
        right = answered and meaning.entry in line.accept
        offered = any(option in line.accept for option in meaning.options[:3])
        facts += ["right"] * right + ["wrong"] * (answered and not right)
        facts += ["hit3"] * (right or offered) + ["bad"] * (not right and not offered)
        return facts
    good = meaning.outcome == line.kind and (line.kind != "social" or meaning.social == line.social)
    facts += [f"{line.kind} right"] * good + [f"{line.kind} answered"] * answered
    bad = answered or (not good and line.kind != "none")
    return facts + ["bad"] * bad


def _cost(line: LabelledLine, meaning: Understanding) -> float:
    """A confident wrong answer costs most; a missed alarm more than a missed thanks."""
    weight = {"escalate": 3.0, "none": 2.0, "in": 2.0, "human": 1.5, "social": 0.5}[line.kind]
    return weight * (1 + meaning.score * (meaning.outcome == "answer"))
