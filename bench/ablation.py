"""What each technique is worth to the firm's bank: compiled again without it, the judges as they
are. What a kind of evidence is worth with judges that do without is in `bench.unseen`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType

from bench.labelled import ALL, LabelledLine, score
from faq.bank import Bank
from faq.matching import (
    evidence,
    normalize,
    phrasings,
    ridge,
    sparse,
    spelling,
)
from faq.matching.blocks import PAIR, PLATFORM, SOUND_PAIR, SYNONYM
from faq.matching.matcher import fit_matcher

Change = tuple[ModuleType | type, str, object]


@contextmanager
def _changed(changes: list[Change]) -> Iterator[None]:
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in changes]
    for owner, name, value in changes:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


def _without(*blocks: int) -> Change:
    kept = tuple(0.0 if n in blocks else weight for n, weight in enumerate(sparse.WEIGHTS))
    return sparse, "WEIGHTS", kept


class _AsItIs:
    """A simplifier that leaves characters alone."""

    def convert(self, text: str) -> str:
        return text


def variants() -> Iterator[tuple[str, list[Change]]]:
    """Name of what is left out, and how."""
    yield "nothing (the matcher as it is)", []
    yield "traditional to simplified", [(normalize, "_simplifier", _AsItIs)]
    yield "regional words, ways of asking, emoji", [(normalize, "_replace", lambda text, *_: text)]
    yield "greetings and particles stripped", [(normalize, "ENOUGH_LEFT", 10**6)]
    yield "spelling by the bank's words", [(spelling.Speller, "read", lambda _, text: text)]
    yield "pairs of sounds", [_without(SOUND_PAIR)]
    yield "pairs of characters", [_without(PAIR)]
    yield "the firm's synonyms", [_without(SYNONYM)]
    yield "names of other platforms", [_without(PLATFORM)]
    yield "the linear model", [(ridge, "MOST_WORK", 0)]
    yield "rapidfuzz", [(evidence, "_wording", lambda *_: None)]
    yield "subjects outside any bank", [(phrasings, "_outside", lambda _: iter(()))]


def ablate(bank: Bank, lines: list[LabelledLine]) -> Iterator[tuple[str, dict[str, float]]]:
    """Per variant: the four figures on these lines."""
    for name, changes in variants():
        with _changed(changes):
            yield name, _figures(bank, lines)
    yield "the firm's neighbours", _figures(replace(bank, neighbours=()), lines)


def _figures(bank: Bank, lines: list[LabelledLine]) -> dict[str, float]:
    tally = score(lines, fit_matcher(bank).understand).styles[ALL]
    return {
        "right": tally.rate("right", "in"),
        "wrong": tally.rate("wrong", "in"),
        "hit3": tally.rate("hit3", "in"),
        "false": tally.rate("none answered", "none"),
    }
