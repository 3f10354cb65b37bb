"""Guides that nobody tuned for: each of ten trades judged by what learned from the others.

`python -m bench unseen [--quick]`; `--quick` leaves the ablation out. The first run asks every
episode (some ten minutes), later ones read what was kept. What is heard as an alarm or a wish is
heard by models that never saw the trade either.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import click
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bench import episodes, train, train_wishes
from bench.gathering import SORTS, Asked
from bench.opinions import JudgedQuestion, covered_and_not
from bench.peers import Best, Peer, peers, phrasings
from bench.train_wishes import FoldModels
from faq.matching import vectors
from faq.matching.columns import COLUMN, NAMES
from faq.matching.normalize import fold

HEAD = ("right", "in three", "wrong", "false", "listed", "misheard")
COVERAGES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
FALSE = 0.04
RISKS = (0.02, 0.025, 0.03, 0.035, 0.04, 0.05)
WORST = 0.07
"""What no single guide may be answered falsely."""
WITHOUT = {
    "nothing (as it is)": (),
    "background rarity": ("common_", "any_", "best_common", "best_any"),
    "answers and steps": ("told", "any_", "best_told", "best_any"),
    "vectors of phrasings": ("near", "best_near"),
    "vectors of sentences": ("told_near", "best_told_near"),
    "the linear model of vectors": ("direct", "best_direct"),
    "the linear model of words": ("linear", "best_linear"),
    "rapidfuzz": ("ratio", "sound_ratio"),
    "what is usual in the bank": ("cosine_usual", "near_usual"),
    "how small the bank is": ("small", "many", *(f"{name}_small" for name in ("entry", "linear"))),
}


def main(*, quick: bool = False) -> None:
    """Print every table."""
    by_trade = train.all_gathered()
    parts = train_wishes.learned()
    found = {sort: train.unseen(by_trade, sort, parts)[0] for sort in SORTS}
    for sort, opinions in found.items():
        click.echo(f"\n## Each trade unseen, with {sort}")
        train.report(opinions)
        _styles(opinions)
        _risks(opinions)
        _curve([one for each in opinions.values() for one in each])
    _beside(found)
    if not quick:
        _ablation(by_trade, parts)


def _styles(opinions: dict[str, list[JudgedQuestion]]) -> None:
    whole = [one for each in opinions.values() for one in each if one.asked.episode == "whole"]
    bands = train.bands_by_size([one for each in opinions.values() for one in each])
    click.echo("\n| style | questions | " + " | ".join(HEAD) + " |")
    click.echo("|---|---|" + "---|" * len(HEAD))
    for style in sorted({one.asked.style for one in whole if one.asked.style}):
        own = [one for one in whole if one.asked.style == style]
        cells = " | ".join(f"{rate:.3f}" for rate in train.rated(own, bands))
        click.echo(f"| {style} | {len(own)} | {cells} |")


def _risks(opinions: dict[str, list[JudgedQuestion]]) -> None:
    """What other bands would give: for each share of the uncovered ones that the other trades'
    bands may answer, what is right, false, and false for the worst single trade."""
    click.echo("\n| may be false | phrasings | right | in three | false | worst | over .07 |")
    click.echo("|---|---|---|---|---|---|---|")
    for risk in RISKS:
        for episode in ("whole", "half"):
            rows = train.by_others(opinions, episode, dict.fromkeys(episodes.SIZES, risk))
            right, three, _, false = rows.mean(axis=0)[:4]
            worst, over = rows[:, 3].max(), int((rows[:, 3] > WORST).sum())
            cells = " | ".join(f"{rate:.3f}" for rate in (right, three, false, worst))
            click.echo(f"| {risk} | {episodes.SIZES[episode]} | {cells} | {over} |")


def _curve(opinions: Sequence[JudgedQuestion]) -> None:
    """Risk by coverage: of the covered questions so many are answered, the surest first."""
    whole = [one for one in opinions if one.asked.episode == "whole"]
    inside, outside = covered_and_not(whole)
    ranked = sorted((one.stand.certainty for one in inside), reverse=True)
    click.echo("\n| answered of the covered | right | wrong | false |\n|---|---|---|---|")
    for coverage in COVERAGES:
        least = ranked[int(coverage * len(ranked)) - 1]
        over = [one for one in inside if one.stand.certainty >= least]
        right = sum(one.first for one in over) / len(inside)
        false = np.mean([one.stand.certainty >= least for one in outside])
        click.echo(f"| {coverage:.0%} | {right:.3f} | {coverage - right:.3f} | {false:.3f} |")


class _Regression:
    """TF-IDF over one to three characters, and a logistic regression (scikit-learn)."""

    def __init__(self, texts: Sequence[str], of: Sequence[str]) -> None:
        self._split = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
        rows = self._split.fit_transform(texts)
        self._model = LogisticRegression(C=10, max_iter=500).fit(rows, of)

    def rank(self, text: str) -> list[Best]:
        chances = self._model.predict_proba(self._split.transform([text]))[0]
        order = np.argsort(-chances)[:3]
        return [(str(self._model.classes_[place]), float(chances[place])) for place in order]


class _Cosine:
    """The cosine of the builtin model's vectors, the nearest phrasing of each entry."""

    def __init__(self, texts: Sequence[str], of: Sequence[str]) -> None:
        encoder = vectors.current()
        assert encoder is not None  # noqa: S101 - a measurement needs what it measures
        self._encoder, self._of = encoder, of
        self._rows = encoder.encode([fold(text) for text in texts])

    def rank(self, text: str) -> list[Best]:
        near = self._rows @ self._encoder.encode_one(fold(text))
        best: dict[str, float] = {}
        for row in np.argsort(-near).tolist():
            best.setdefault(self._of[row], float(near[row]))
        return list(best.items())[:3]


Makers = Iterator[tuple[str, Callable[[], Peer]]]


def _all_peers(texts: Sequence[str], of: Sequence[str]) -> Makers:
    yield from peers(texts, of)
    yield "TF-IDF, logistic regression", lambda: _Regression(texts, of)
    yield "vectors alone (cosine)", lambda: _Cosine(texts, of)


def _beside(by_sort: dict[str, dict[str, list[JudgedQuestion]]]) -> None:
    """Ranking, and what is right where 4 in 100 uncovered get an answer (each one's own best
    threshold on the lines themselves, ours as well)."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    for sort, opinions in by_sort.items():
        found[f"dianban, {sort}"] = [_ours(each) for each in opinions.values()]
    for trade in episodes.trades():
        for name, make in _all_peers(*phrasings(episodes.guide(trade))):
            peer = make()
            inside: list[tuple[float, bool, bool]] = []
            outside: list[float] = []
            for one in episodes.questions(trade):
                ranked = peer.rank(one.text)
                top = ranked[0][1] if ranked else -1.0
                if one.accept:
                    names = [entry for entry, _ in ranked]
                    right = [each.name in names[:1] for each in one.accept]
                    three = [each.name in names for each in one.accept]
                    inside.append((top, any(right), any(three)))
                else:
                    outside.append(top)
            found.setdefault(name, []).append(_figures(inside, outside))
    click.echo("\n## Beside others, mean of ten trades")
    click.echo("| | first | in three | right at 4% false |\n|---|---|---|---|")
    for name, rows in found.items():
        cells = " | ".join(f"{rate:.3f}" for rate in np.mean(rows, axis=0))
        click.echo(f"| {name} | {cells} |")


def _ours(opinions: Sequence[JudgedQuestion]) -> tuple[float, float, float]:
    whole = [one for one in opinions if one.asked.episode == "whole"]
    inside, outside = covered_and_not(whole)
    seen = [(one.stand.certainty, one.first, one.three) for one in inside]
    return _figures(seen, [one.stand.certainty for one in outside])


def _figures(
    inside: Sequence[tuple[float, bool, bool]], outside: Sequence[float]
) -> tuple[float, float, float]:
    least = sorted(outside, reverse=True)[int(FALSE * len(outside))]
    first = float(np.mean([right for _, right, _ in inside]))
    three = float(np.mean([three for _, _, three in inside]))
    return first, three, float(np.mean([top > least and right for top, right, _ in inside]))


def _ablation(by_trade: dict[str, list[Asked]], parts: FoldModels) -> None:
    """Judges fitted without some of the evidence."""
    click.echo("\n## Without one kind of evidence, mean of ten trades (whole guides, vectors)")
    click.echo("| without | first | in three | right at 4% false |\n|---|---|---|---|")
    for name, starts in WITHOUT.items():
        columns = [COLUMN[each] for each in NAMES if starts and each.startswith(starts)]
        blanked = {
            trade: [_blank(one, columns) for one in each] for trade, each in by_trade.items()
        }
        rows = [_ours(each) for each in train.left_out(blanked, SORTS[1], parts).values()]
        cells = " | ".join(f"{rate:.3f}" for rate in np.mean(rows, axis=0))
        click.echo(f"| {name} | {cells} |")


def _blank(one: Asked, columns: list[int]) -> Asked:
    values, right = one.shown[SORTS[1]]
    values = values.copy()
    values[:, columns] = 0
    return replace(one, shown=one.shown | {SORTS[1]: (values, right)})
