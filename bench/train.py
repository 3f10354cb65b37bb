"""Makes faq/matching/model.npz, `make train`: the judges that any bank starts with.

Ranker and calibrators are fitted to episodes of ten trades and of the firm (`bench.episodes`). The
bands are cut from the opinions of judges that never saw the trade asked about. Seeded: the same
guides, language and program give the same file. Some ten minutes; what an episode showed is kept
in `.setup/` until something that it depends on changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from bench import episodes
from bench.gathering import SORTS, Asked, gathered
from faq.matching import calibrator, ranker, trained
from faq.matching.arrays import Floats
from faq.matching.calibrator import entry_place, view
from faq.matching.columns import KIND_AT, NAMES
from faq.matching.meanings import ENTRY
from faq.matching.ranker import RankingExample
from faq.matching.thresholds import Ranking, Thresholds, standing, wish
from faq.matching.trained import FEW, MANY, WORDS, Trained

ROOT = Path(__file__).parents[1]
OUT = ROOT / "faq" / "matching" / trained.FILE
WISHES = ("human", "escalate", "social")
WISHES_COUNT = {FEW: 0.6, MANY: 2.0}
"""What they count where wishes are told from questions: missing one costs more."""
FIRM_COUNTS, TRADES_COUNT = {FEW: 0.4, MANY: 2.0}, {FEW: 1.0, MANY: 0.3}
GENERAL_COUNTS = 0.5
"""What a general phrasing counts beside a question of a trade."""
FALSE_MOST = 0.035
"""Of the uncovered questions of trades that a judge never saw, those that may be answered."""
FIRM_FALSE_MOST = 0.08
"""The firm's episodes leave neighbours out that the firm's bank knows, and ask them mostly."""
WRONG_MOST = 0.035
"""Of the covered ones, those that may get another entry's answer."""
LISTED = 0.3
"""Of the uncovered ones, those that may be shown a list."""
MOST_RANKED, MOST_CALIBRATED = 5000, 14_000
"""Questions that a ranker and the calibrators learn from: more take longer."""
FOLDS = 5
"""Judges that are fitted without some trades; with ten trades each misses two."""
WHOLE = ("whole", "half")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a judge thought of one question; whether its first and its first three were right."""

    asked: Asked
    stand: Ranking
    heard_as_wish: bool
    first: bool
    three: bool


def main() -> None:
    by_trade = {name: gathered(name) for name in (*episodes.trades(), episodes.FIRM)}
    arrays: dict[str, NDArray[np.generic]] = {}
    for sort in SORTS:
        opinions = left_out(by_trade, sort)
        bands = find_bands([one for each in opinions.values() for one in each])
        own = of_firm(by_trade, sort)
        rich = find_bands(own, FIRM_FALSE_MOST)
        click.echo(f"\n{sort}: {bands}, with many phrasings {rich}: {rates(own, rich)}")
        report(opinions)
        everything = [one for each in by_trade.values() for one in each]
        for size, found in ((FEW, bands), (MANY, rich)):
            made = replace(fit(everything, sort, size), bands=found)
            arrays |= arrays_of(f"{sort}_{size}", made)
    np.savez_compressed(OUT, allow_pickle=False, **arrays)


def weight(one: Asked, size: str) -> float:
    """What it counts for a judge of banks of this size."""
    if one.trade == episodes.FIRM:
        return FIRM_COUNTS[size]
    return TRADES_COUNT[size] * (1.0 if one.real else GENERAL_COUNTS)


def fit(asked: Sequence[Asked], sort: str, size: str) -> Trained:
    """A judge without bands."""
    # Some seventy weights are learned as well from every third question.
    some = asked[:: -(-len(asked) // MOST_RANKED)]
    asked = asked[:: -(-len(asked) // MOST_CALIBRATED)]
    weights = ranker.learn([RankingExample(*one.shown[sort], weight(one, size)) for one in some])
    wishes = ranker.learn(
        [
            RankingExample(
                *one.shown[WORDS], WISHES_COUNT[size] if one.sort in WISHES else weight(one, size)
            )
            for one in some
        ]
    )
    views, first, three, counts = [], [], [], []
    for one in asked:
        values, right = one.shown[sort]
        shares = ranker.share(values, weights)
        place = entry_place(values, shares)
        if place is not None:
            views.append(view(values, shares, place))
            first.append(one.covered and right[place] > 0)
            three.append(one.covered and bool(right[_best(values, shares)].any()))
            counts.append(weight(one, size))
    shown, loads = np.stack(views), np.array(counts)
    answer, offer = (calibrator.fit(shown, np.array(y), loads) for y in (first, three))
    return Trained(weights, wishes, answer, offer, Thresholds(1, 1))


def _best(values: Floats, shares: Floats) -> NDArray[np.intp]:
    entries = values[:-1, KIND_AT + ENTRY] > 0
    order = np.argsort(-np.where(entries, shares[:-1], -1), kind="stable")[:3]
    return order[entries[order]]


def left_out(by_trade: dict[str, list[Asked]], sort: str) -> dict[str, list[Opinion]]:
    """Of each trade's whole guide, the opinions of a judge that never saw the trade."""
    made = {}
    names = [name for name in by_trade if name != episodes.FIRM]
    for part in range(FOLDS):
        unseen = names[part::FOLDS]
        rest = [one for name, each in by_trade.items() if name not in unseen for one in each]
        judge = fit(rest, sort, FEW)
        for name in unseen:
            wanted = [one for one in by_trade[name] if one.episode in WHOLE]
            made[name] = [opinion(one, judge, sort) for one in wanted]
    return {name: made[name] for name in names}


def of_firm(by_trade: dict[str, list[Asked]], sort: str) -> list[Opinion]:
    """Of the firm's whole bank, the opinions of a judge that saw it in parts only."""
    firm = by_trade[episodes.FIRM]
    rest = [one for name, each in by_trade.items() if name != episodes.FIRM for one in each]
    judge = fit([*rest, *(one for one in firm if not one.episode.startswith("whole"))], sort, MANY)
    return [opinion(one, judge, sort) for one in firm if one.episode.startswith("whole")]


def opinion(one: Asked, judge: Trained, sort: str) -> Opinion:
    values, right = one.shown[sort]
    words, _ = one.shown[WORDS]
    shares = ranker.share(values, judge.ranker)
    stand = standing(values, shares, judge.answer, judge.offer)
    best = _best(values, shares)
    return Opinion(
        one,
        stand,
        wish(words, ranker.share(words, judge.wishes)) is not None,
        bool(len(best)) and one.covered and right[best[0]] > 0,
        one.covered and bool(right[best].any()),
    )


def covered_and_not(opinions: Sequence[Opinion]) -> tuple[list[Opinion], list[Opinion]]:
    """Opinions of the trade's own questions; general phrasings are no part of a measurement."""
    firm = episodes.FIRM
    real = [
        one
        for one in opinions
        if one.asked.real or (one.asked.trade == firm and one.asked.sort != "far")
    ]
    return (
        [one for one in real if one.asked.sort == "in"],
        [one for one in real if one.asked.sort in ("near", "far")],
    )


def find_bands(opinions: Sequence[Opinion], false_most: float = FALSE_MOST) -> Thresholds:
    """The lowest that keep the promises above; a wish that is heard is no answer."""
    inside, outside = covered_and_not(opinions)
    wrong = sorted(
        (one.stand.certainty for one in inside if not (one.first or one.heard_as_wish)),
        reverse=True,
    )
    false = [0.0 if one.heard_as_wish else one.stand.certainty for one in outside]
    answer = max(
        float(np.quantile(false, 1 - false_most)),
        wrong[min(len(wrong) - 1, int(WRONG_MOST * len(inside)))],
    )
    hopes = [one.stand.hope for one in outside if not one.heard_as_wish]
    hopes = sorted((hope for hope in hopes if hope < 1), reverse=True)
    return Thresholds(answer, hopes[int((LISTED + FALSE_MOST) * len(outside))])


def report(opinions: dict[str, list[Opinion]]) -> None:
    """Per trade, with bands from the other trades alone."""
    for episode in WHOLE:
        click.echo(f"\n| {episode} | right | in three | wrong | false | listed | misheard |")
        click.echo("|---|---|---|---|---|---|---|")
        rows = []
        for trade, own in opinions.items():
            rest = [one for name, each in opinions.items() if name != trade for one in each]
            row = rates([one for one in own if one.asked.episode == episode], find_bands(rest))
            rows.append(row)
            click.echo(f"| {trade} | " + " | ".join(f"{rate:.3f}" for rate in row) + " |")
        means = np.array(rows).mean(axis=0)
        click.echo("| mean | " + " | ".join(f"{rate:.3f}" for rate in means) + " |")


def rates(opinions: Sequence[Opinion], bands: Thresholds) -> list[float]:
    inside, outside = covered_and_not(opinions)

    def answered(one: Opinion) -> bool:
        return not one.heard_as_wish and one.stand.certainty >= bands.answer

    def offered(one: Opinion) -> bool:
        return not (one.heard_as_wish or answered(one)) and one.stand.hope >= bands.offer

    return [
        float(np.mean([answered(one) and one.first for one in inside])),
        float(
            np.mean(
                [(answered(one) and one.first) or (offered(one) and one.three) for one in inside]
            )
        ),
        float(np.mean([answered(one) and not one.first for one in inside])),
        float(np.mean([answered(one) for one in outside])),
        float(np.mean([offered(one) for one in outside])),
        float(np.mean([one.heard_as_wish for one in inside])),
    ]


def arrays_of(name: str, made: Trained) -> dict[str, NDArray[np.generic]]:
    """What `faq.matching.trained.shipped` reads."""
    arrays: dict[str, NDArray[np.generic]] = {
        "names": np.array(NAMES),
        f"{name}_ranker": made.ranker,
        f"{name}_wishes": made.wishes,
        f"{name}_bands": np.array([made.bands.answer, made.bands.offer]),
    }
    for which, model in (("answer", made.answer), ("offer", made.offer)):
        arrays |= {f"{name}_{which}_{part}": getattr(model, part) for part in trained.PARTS}
    return arrays


if __name__ == "__main__":
    main()
