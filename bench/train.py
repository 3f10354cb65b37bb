"""Makes faq/matching/wishes.npz and model.npz, `make train`: what any bank starts with.

Ranker and calibrators are fitted to episodes of ten trades and of the firm (`bench.episodes`). The
bands and the arbiter are learned from the opinions of judges that never saw the trade asked about.
Seeded: the same guides, language and program give the same files. Some fifteen minutes; what an
episode showed is kept in `.setup/` until something that it depends on changes. With `--bands`
only the bands of few phrasings are cut anew, with `--arbiter` only the arbiter is learned anew, and
what else ships stays as it is.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from bench import episodes, train_wishes, train_within
from bench.gathering import SORTS, Asked, gathered
from bench.opinions import (
    JudgedQuestion,
    covered_and_not,
    learn_arbiter,
    opinion,
    rates,
    recalled,
    sided,
)
from bench.train_wishes import FoldModels
from faq.matching import calibrator, ranker, trained
from faq.matching.calibrator import best_places, view, wide_view
from faq.matching.columns import NAMES
from faq.matching.ranker import RankingExample
from faq.matching.thresholds import Bands, Thresholds
from faq.matching.trained import FEW, MANY, VECTORS, WORDS, Trained

ROOT = Path(__file__).parents[1]
OUT = ROOT / "faq" / "matching" / trained.FILE
MADE = OUT.with_name("made.json")
"""The marks of what was written: nobody changes it by hand."""
WISHES = ("human", "escalate", "social")
WISHES_COUNT = {FEW: 0.6, MANY: 2.0}
"""What they count where wishes are told from questions: missing one costs more."""
FIRM_COUNTS, TRADES_COUNT = {FEW: 0.4, MANY: 2.0}, {FEW: 1.0, MANY: 0.12}
GENERAL_COUNTS = 0.5
"""What a general phrasing counts beside a question of a trade."""
FALSE_MOST = {"whole": 0.032, "six": 0.033, "half": 0.035, "three": 0.037, "two": 0.04}
"""Of the uncovered questions of trades that a judge never saw, those that may be answered. Guides
differ: the worst one comes to twice the mean. With few phrasings too little would be answered."""
FIRM_FALSE_MOST = 0.09
"""The firm's episodes leave neighbours out that the firm's bank knows, and ask them mostly."""
WRONG_MOST = 0.035
"""Of the covered ones, those that may get another entry's answer."""
LISTED = {"whole": 0.28, "six": 0.28, "half": 0.32, "three": 0.33, "two": 0.36}
"""Of the uncovered ones, those that may be shown a list: the fewer phrasings an entry has, the more
often only a list has what is right in it."""
FIRM_LISTED = 0.29
MOST_RANKED, MOST_CALIBRATED = 5000, 32_000
"""Questions that a ranker and the calibrators learn from: more take longer."""
FOLDS = 5
"""Judges that are fitted without some trades; with ten trades each misses two."""
NO_BANDS = Bands(*np.ones((3, 1), np.float32))
BandsOf = Callable[[Sequence[JudgedQuestion]], Bands]


def main(*, only_bands: bool = False) -> None:
    """Everything; `only_bands` cuts the bands of few phrasings anew and keeps what else ships."""
    parts = train_wishes.learned() if only_bands else _hearing()
    by_trade = all_gathered()
    arrays = dict(np.load(OUT)) if only_bands else {}
    for sort in SORTS:
        opinions, own = unseen(by_trade, sort, parts)
        everyone = [one for each in opinions.values() for one in each]
        found = {FEW: bands_by_size(everyone), MANY: one_band(own)}
        click.echo(f"\n{sort}: {found}, with many phrasings {rated(own, found[MANY])}")
        report(opinions)
        if only_bands:
            arrays |= {f"{sort}_{FEW}_bands": stacked(found[FEW])}
            continue
        asked = [one for each in by_trade.values() for one in each]
        for size, bands in found.items():
            made = replace(fit(asked, sort, size), bands=bands)
            arrays |= arrays_of(f"{sort}_{size}", made)
        if sort == VECTORS:
            arrays |= _arbiter([*everyone, *own])
    np.savez_compressed(OUT, allow_pickle=False, **arrays)
    _mark()


def main_arbiter() -> None:
    """The arbiter alone: after changes of what is heard, which no other judge depends on."""
    parts, by_trade = train_wishes.learned(), all_gathered()
    opinions = [one for each in left_out(by_trade, VECTORS, parts).values() for one in each]
    arbiter = _arbiter([*opinions, *of_firm(by_trade, VECTORS, parts)])
    np.savez_compressed(OUT, allow_pickle=False, **(dict(np.load(OUT)) | arbiter))
    _mark()


def _arbiter(opinions: Sequence[JudgedQuestion]) -> dict[str, NDArray[np.generic]]:
    found = learn_arbiter(opinions)
    return {"arbiter_weights": found.weights, "arbiter_least": found.least}


def _hearing() -> FoldModels:
    train_within.main()
    return train_wishes.make()


def _mark() -> None:
    made_files = (OUT, train_wishes.OUT, train_within.OUT)
    marks = {file.name: sha256(file.read_bytes()).hexdigest() for file in made_files}
    MADE.write_text(json.dumps(marks, indent=2) + "\n", encoding="utf-8")


def all_gathered() -> dict[str, list[Asked]]:
    return {name: gathered(name) for name in (*episodes.trades(), episodes.FIRM)}


def weight(one: Asked, size: str) -> float:
    """What it counts for a judge of banks of this size."""
    if one.trade == episodes.FIRM:
        return FIRM_COUNTS[size]
    return TRADES_COUNT[size] * (1.0 if one.real else GENERAL_COUNTS)


def fit(asked: Sequence[Asked], sort: str, size: str) -> Trained:
    """A judge without bands. Which of a pair is the wish is for the hearing and the arbiter."""
    asked = [one for one in asked if one.style != episodes.PAIR]
    # Some seventy weights are learned as well from every tenth question.
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
    views, wide, first, three, counts = [], [], [], [], []
    for one in asked:
        values, right = one.shown[sort]
        shares = ranker.share(values, weights)
        places = best_places(values, shares)
        if len(places):
            views.append(view(values, shares, int(places[0])))
            wide.append(wide_view(values, shares, places))
            first.append(one.covered and right[places[0]] > 0)
            three.append(one.covered and bool(right[places].any()))
            counts.append(weight(one, size))
    loads = np.array(counts)
    answer = calibrator.fit(np.stack(views), np.array(first), loads)
    offer = calibrator.fit(np.stack(wide), np.array(three), loads)
    return Trained(weights, wishes, answer, offer, NO_BANDS)


def unseen(
    by_trade: dict[str, list[Asked]], sort: str, parts: FoldModels
) -> tuple[dict[str, list[JudgedQuestion]], list[JudgedQuestion]]:
    """Of each trade's guide the opinions of a judge and an arbiter that never saw the trade, and
    of the firm's whole bank those of a judge that saw it in parts only."""
    own = of_firm(by_trade, sort, parts)
    opinions = left_out(by_trade, sort, parts)
    names = list(opinions)
    for number in range(FOLDS):
        mine = names[number::FOLDS]
        rest = [one for name in names if name not in mine for one in opinions[name]]
        arbiter = learn_arbiter([*rest, *own])
        opinions |= {name: sided(opinions[name], arbiter) for name in mine}
    arbiter = learn_arbiter([one for each in opinions.values() for one in each])
    return opinions, sided(own, arbiter)


def left_out(
    by_trade: dict[str, list[Asked]], sort: str, parts: FoldModels
) -> dict[str, list[JudgedQuestion]]:
    """Of each trade's guide, the opinions of a judge that never saw the trade."""
    made = {}
    names = [name for name in by_trade if name != episodes.FIRM]
    for number in range(FOLDS):
        mine = names[number::FOLDS]
        rest = [one for name, each in by_trade.items() if name not in mine for one in each]
        judge = fit(rest, sort, FEW)
        for name in mine:
            wanted = [one for one in by_trade[name] if one.episode in episodes.SIZES]
            made[name] = [opinion(one, judge, sort, parts) for one in wanted]
    return {name: made[name] for name in names}


def of_firm(by_trade: dict[str, list[Asked]], sort: str, parts: FoldModels) -> list[JudgedQuestion]:
    firm = by_trade[episodes.FIRM]
    rest = [one for name, each in by_trade.items() if name != episodes.FIRM for one in each]
    judge = fit([*rest, *(one for one in firm if not one.episode.startswith("whole"))], sort, MANY)
    whole = [one for one in firm if one.episode.startswith("whole")]
    return [opinion(one, judge, sort, parts) for one in whole]


def find_bands(opinions: Sequence[JudgedQuestion], false_most: float, listed: float) -> Thresholds:
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
    left = [one for one in outside if not one.heard_as_wish and one.stand.certainty < answer]
    hopes = sorted((one.stand.hope for one in left), reverse=True)
    return Thresholds(answer, hopes[int(listed * len(outside))])


def one_band(opinions: Sequence[JudgedQuestion]) -> Bands:
    found = find_bands(opinions, FIRM_FALSE_MOST, FIRM_LISTED)
    return Bands(*np.array([[0.0], [found.answer], [found.offer]], np.float32))


def bands_by_size(
    opinions: Sequence[JudgedQuestion], false_most: Mapping[str, float] = FALSE_MOST
) -> Bands:
    """Bands by how few phrasings an entry has: a line through those of each size (in log-odds)."""
    sizes, found = [], []
    for episode in episodes.SIZES:
        own = [one for one in opinions if one.asked.episode == episode]
        bands = find_bands(own, false_most[episode], LISTED[episode])
        sizes.append(float(np.mean([one.small for one in own])))
        found.append((_odds(bands.answer), _odds(bands.offer)))
    lines = [_rising(np.array(sizes), each) for each in np.array(found).T]
    small = np.sort(np.array(sizes))
    return Bands(*(np.array(each, np.float32) for each in (small, *map(_chance, lines))))


def _rising(sizes: NDArray[np.float64], odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """A line at each size, level where it would fall: fewer phrasings never ask for less."""
    slope, start = np.polyfit(sizes, odds, 1)
    made: NDArray[np.float64] = start + slope * np.sort(sizes)
    return made if slope > 0 else np.full(len(sizes), odds.mean())


def _odds(chance: float) -> float:
    return float(np.log(chance / (1 - chance)))


def _chance(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    made: NDArray[np.float64] = 1 / (1 + np.exp(-odds))
    return made


def rated(opinions: Sequence[JudgedQuestion], bands: Bands) -> list[float]:
    """What follows for the questions of a trade, or of the firm, by other hands."""
    inside, outside = covered_and_not(opinions)
    both = [*inside, *outside]
    return rates(both, [bands.at(one.small) for one in both])


def report(opinions: dict[str, list[JudgedQuestion]]) -> None:
    """Per trade, with bands from the other trades alone."""
    for episode, most in episodes.SIZES.items():
        click.echo(f"\n| {most} phrasings | right | in three | wrong | false | listed | misheard |")
        click.echo("|---|---|---|---|---|---|---|")
        rows = by_others(opinions, episode)
        for trade, row in zip(opinions, rows, strict=True):
            click.echo(f"| {trade} | " + " | ".join(f"{rate:.3f}" for rate in row) + " |")
        means = rows.mean(axis=0)
        click.echo("| mean | " + " | ".join(f"{rate:.3f}" for rate in means) + " |")
    every = recalled([one for each in opinions.values() for one in each])
    click.echo("\nexamples: " + ", ".join(f"{name} {rate:.3f}" for name, rate in every.items()))


def by_others(
    opinions: dict[str, list[JudgedQuestion]],
    episode: str,
    false_most: Mapping[str, float] = FALSE_MOST,
) -> NDArray[np.float64]:
    """The rates of each trade (rows) in episodes of one size, with bands from the other trades."""
    rows = []
    for trade, own in opinions.items():
        others = [one for name, each in opinions.items() if name != trade for one in each]
        bands = bands_by_size(others, false_most)
        rows.append(rated([one for one in own if one.asked.episode == episode], bands))
    return np.array(rows)


def stacked(bands: Bands) -> NDArray[np.float32]:
    return np.stack([bands.small, bands.answer, bands.offer])


def arrays_of(name: str, made: Trained) -> dict[str, NDArray[np.generic]]:
    """What `faq.matching.trained.shipped` reads."""
    arrays: dict[str, NDArray[np.generic]] = {
        "names": np.array(NAMES),
        f"{name}_ranker": made.ranker,
        f"{name}_wishes": made.wishes,
        f"{name}_bands": stacked(made.bands),
    }
    for which, model in (("answer", made.answer), ("offer", made.offer)):
        arrays |= {f"{name}_{which}_{part}": getattr(model, part) for part in trained.PARTS}
    return arrays


if __name__ == "__main__":
    if "--arbiter" in sys.argv:
        main_arbiter()
    else:
        main(only_bands="--bands" in sys.argv)
