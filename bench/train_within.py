"""Makes faq/matching/within.npz: how the lines of an entry are told apart by a follow-up to it.

Learned from `tests/data/follow-ups`: what people who knew only the guides would ask after an
answer, and which lines answer it. What the parts left out come to is printed, entries together.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

import click
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from faq.bank import Bank, Entry
from faq.guides import read_bank
from faq.matching import vectors
from faq.matching.lines import Line, build_lines
from faq.matching.normalize import fold
from faq.matching.within import FEATURES, FILE, KINDS, evidence, shares_of

ROOT = Path(__file__).parents[1]
OUT = ROOT / "faq" / "matching" / FILE
DATA = ROOT / "tests" / "data" / "follow-ups"
GUIDES = ROOT / "tests" / "data" / "guides"
FIRM = "firm"
SORTS = ("vectors", "words")
STRICT = 3e-4
PARTS = 5
LEVELS = (0.2, 0.35, 0.6, 0.8)
ELSEWHERE, SEED = 2, 7
"""Of each entry, so many questions that other entries answer."""
Row = dict[str, Any]
Floats = NDArray[np.float64]
_NOISE = re.compile(r"[\s·>]|^\d+[.、]|^- ")


@dataclass(frozen=True)
class FollowUp:
    """A follow-up: the evidence for each line of its entry, and which of them answer it."""

    entry: str
    seen: Floats
    answers: Floats

    @property
    def is_answered(self) -> bool:
        return bool(self.answers.any())


def main() -> None:
    """Learn from all that is written, and print what comes of parts that were left out."""
    weights = {}
    for sort in SORTS:
        episodes = gather(with_vectors=sort == "vectors")
        click.echo(f"{sort}: {len(episodes)} follow-ups, of entries left out:")
        judged = left_out(episodes)
        for ours, whose in ((True, "the firm's"), (False, "other trades'")):
            for line in report([rest for own, *rest in judged if own == ours]):
                click.echo(f"  {whose}: {line}")
        weights[sort] = learn(episodes)
    np.savez(OUT, allow_pickle=False, **weights)


def gather(*, with_vectors: bool) -> list[FollowUp]:
    """Everything that the authors wrote, as evidence."""
    encoder = vectors.current() if with_vectors else None
    made = []
    for file in sorted(DATA.glob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        for guide in sorted({row.get("guide", FIRM) for row in rows}):
            bank = _bank(guide)
            lines = build_lines(bank.entries, encoder)
            own_rows = [row for row in rows if row.get("guide", FIRM) == guide]
            for row in (*own_rows, *_elsewhere(bank, own_rows, Random(SEED))):  # noqa: S311
                entry = _entry(bank, row)
                if entry is None:
                    continue
                heard = encoder.encode_one(fold(row["say"])) if encoder else None
                own = lines.lines[lines.of(entry.id)]
                answers = np.array([_is_accepted(line, row["accept"]) for line in own], np.float64)
                if not row["accept"] or answers.any():
                    seen = evidence(lines, entry.id, row["say"], heard).astype(np.float64)
                    made.append(FollowUp(f"{guide}/{entry.id}", seen, answers))
    return made


def _elsewhere(bank: Bank, rows: Sequence[Row], dice: Random) -> Iterator[Row]:
    """Questions that another entry answers: whoever asks one has left the subject."""
    for name in sorted({entry.id for row in rows if (entry := _entry(bank, row))}):
        others = [entry for entry in bank.entries if entry.id != name and entry.phrasings]
        for other in dice.sample(others, min(ELSEWHERE, len(others))):
            yield {"entry": name, "say": dice.choice(other.phrasings), "accept": []}


def _bank(guide: str) -> Bank:
    folder = ROOT / "faq" / "guides" if guide == FIRM else GUIDES / guide
    return read_bank(folder)[0]


def _entry(bank: Bank, row: Row) -> Entry | None:
    named = row.get("id") or row["entry"]
    by_title = (entry for entry in bank.entries if entry.question == named)
    return bank.by_id.get(named) or next(by_title, None)


def _is_accepted(line: Line, accepted: Sequence[str]) -> bool:
    said = [_NOISE.sub("", text) for text in (line.text, line.whole)]
    return any(
        known and (known in said or known in said[0] or said[0] in known)
        for known in (_NOISE.sub("", text) for text in accepted)
    )


def learn(episodes: Sequence[FollowUp]) -> NDArray[np.float32]:
    """The weights at which the lines that answer get the most; likenesses never count against."""
    free = [(None, None)] * (len(KINDS) + 2)
    found = minimize(
        _loss,
        np.zeros(len(FEATURES) + 2),
        args=(episodes,),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * (len(FEATURES) - len(KINDS)) + free,
    )
    weights: NDArray[np.float32] = found.x.astype(np.float32)
    return weights


def _loss(weights: Floats, episodes: Sequence[FollowUp]) -> tuple[float, Floats]:
    """Minus the mean logarithm of what the right lines (or none) get, and how it changes."""
    total, slope = 0.0, np.zeros_like(weights)
    for one in episodes:
        shares = shares_of(one.seen, weights)
        right = np.append(one.answers, 0.0 if one.is_answered else 1.0)
        got = float(shares @ right)
        total -= np.log(max(got, 1e-12))
        change = shares - shares * right / max(got, 1e-12)
        slope[:-2] += one.seen.T @ change[:-1]
        slope[-2:] += change[-1] * np.array([1.0, np.log(len(one.seen))])
    penalty = np.append(weights[:-2], (0.0, 0.0))
    loss = total / len(episodes) + STRICT * float(penalty @ penalty)
    return loss, slope / len(episodes) + 2 * STRICT * penalty


Judged = tuple[bool, float, bool, bool]
"""Of the firm's own guide? The best line's share, whether it answers, whether any line does."""


def left_out(episodes: Sequence[FollowUp]) -> list[Judged]:
    """Each follow-up judged by weights that saw nothing of its entry."""
    made: list[Judged] = []
    part = [crc32(one.entry.encode()) % PARTS for one in episodes]
    for number in range(PARTS):
        weights = learn([one for one, own in zip(episodes, part, strict=True) if own != number])
        for one, own in zip(episodes, part, strict=True):
            if own == number:
                shares = shares_of(one.seen, weights)[:-1]
                best = int(shares.argmax())
                own_guide = one.entry.startswith(f"{FIRM}/")
                right = bool(one.answers[best])
                made.append((own_guide, float(shares[best]), right, one.is_answered))
    return made


def report(judged: Sequence[Sequence[float]]) -> list[str]:
    """How many are right at each level, in words."""
    answered = [one for one in judged if one[2]]
    others = [one for one in judged if not one[2]]
    first = np.mean([right for _, right, _ in answered])
    told = [f"the best line answers: {first:.3f} of {len(answered)}"]
    for level in LEVELS:
        right = np.mean([share >= level and right for share, right, _ in answered])
        wrong = np.mean([share >= level and not right for share, right, _ in answered])
        false = np.mean([share >= level for share, _, _ in others])
        told.append(f"from {level}: right {right:.3f}, wrong {wrong:.3f}, uncovered {false:.3f}")
    return told


if __name__ == "__main__":
    main()
