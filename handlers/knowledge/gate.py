"""What a new bank changes: the same questions, asked of the version in force and of the new one.

Plain functions of two matchers and lists of questions; `gate_process` runs them apart.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from faq.bank import Bank
from faq.understanding import Understanding
from handlers.knowledge.labelled import RIGHT, WRONG, Expected, Labelled, differs, grade, what

SHOWN = 200  # of each list; the counts are of all
EVERY = 100

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class GateReport:
    """What changes. `broken`: verdicts of people that would no longer hold."""

    better: list[dict[str, Any]] = field(default_factory=list)
    worse: list[dict[str, Any]] = field(default_factory=list)
    judge: list[dict[str, Any]] = field(default_factory=list)
    confusions: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    score: float | None = None

    def as_json(self) -> dict[str, Any]:
        lists = {
            name: getattr(self, name)[:SHOWN] for name in ("better", "worse", "judge", "confusions")
        }
        return {**lists, "counts": self.counts, "score": self.score}


class Replayed(Protocol):
    """Says what a message means, without its reasons."""

    def meaning(self, text: str) -> Understanding: ...


@dataclass(frozen=True, slots=True)
class FittedBank:
    """A bank and what understands it; the same matcher where both fit to the same."""

    bank: Bank
    matcher: Replayed


def compare(
    old: FittedBank | None, new: FittedBank, questions: Sequence[Labelled], progress: Progress
) -> GateReport:
    """Every question asked of both; the new bank's phrasings too, for entries that are mixed up."""
    report, held = GateReport(), []
    total = len(questions)
    other = old.matcher if old and old.matcher is not new.matcher else None
    broken = 0
    for number, question in enumerate(questions, start=1):
        if number % EVERY == 0:
            progress(number, total)
        after = new.matcher.meaning(question.text)
        before = other.meaning(question.text) if other else after
        right = question.expected
        if right is not None:
            held.append(grade(after, right) == RIGHT)
        broken += _sorted_in(report, question, before, after)
    report.judge.sort(key=lambda item: -item["times"])
    report.confusions = list(_confusions(old, new))
    report.score = round(sum(held) / len(held), 4) if held else None
    report.counts = {
        "asked": sum(question.times for question in questions),
        "better": len(report.better),
        "worse": len(report.worse),
        "judge": len(report.judge),
        "confusions": len(report.confusions),
        "broken": broken,
    }
    return report


def _sorted_in(
    report: GateReport,
    question: Labelled,
    before: Understanding,
    after: Understanding,
) -> bool:
    """Put it where it belongs; True when a person's verdict breaks."""
    if not differs(before, after):
        return False
    item: dict[str, Any] = {
        "text": question.text,
        "before": what(before),
        "after": what(after),
        "source": question.source,
        "message": question.message,
        "times": question.times,
    }
    right = question.expected
    if right is None:
        report.judge.append(item)
        return False
    was, becomes = grade(before, right), grade(after, right)
    item["accept"] = list(right.accept)
    if becomes > was:
        report.better.append(item)
    elif becomes < was:
        item["blocks"] = question.source == "pinned"
        report.worse.append(item)
        return question.source == "pinned"
    return False


def _confusions(old: FittedBank | None, new: FittedBank) -> Iterable[dict[str, Any]]:
    """Phrasings that lead to another entry than their own, and did not before."""
    for entry in new.bank.entries:
        earlier = old.bank.by_id.get(entry.id) if old else None
        for text in entry.phrasings:
            found = new.matcher.meaning(text)
            if grade(found, Expected("in", (entry.id,))) != WRONG or found.outcome != "answer":
                continue
            was = old.matcher if old and earlier and text in earlier.phrasings else None
            if was and was.meaning(text).entry == found.entry:
                continue
            yield {"text": text, "entry": entry.id, "answered": found.entry}
