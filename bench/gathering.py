"""What the episodes show: every question asked of its episode's bank, and kept.

It takes some ten minutes, once for a state of the guides, the language and the evidence.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random

import click
import numpy as np
from numpy.typing import NDArray

from bench import episodes
from bench.augmentation import augmented
from bench.episodes import Episode, Question
from faq import language, matching
from faq.matching import vectors
from faq.matching.arrays import Floats
from faq.matching.evidence import gather, meet, nearest_own
from faq.matching.index import Index, build_library, make_ready
from faq.matching.matcher import told_by, with_vectors
from faq.matching.meanings import ENTRY, NEIGHBOUR, OUTSIDE
from faq.matching.meant import Encoder
from faq.matching.normalize import fold
from faq.matching.pinyin import Sounds
from faq.matching.reading import read
from faq.matching.remembered import Remembered
from faq.matching.trained import VECTORS, WORDS

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".setup" / "episodes"
SORTS = (WORDS, VECTORS)
AS_WRITTEN = 0.6
JUDGING = frozenset(
    f"{name}.py"
    for name in (
        "arbiter", "calibrator", "concepts", "explain", "folder", "forecast", "mapped", "matcher",
        "ranker", "remembered", "serialize", "thresholds", "trained", "wishes",
    )
)  # fmt: skip
"""What comes after the evidence, and does not change it."""
HEARING = frozenset({"concepts.toml", "wish_pairs.toml"})
"""What alarms and wishes are heard by, beside the evidence."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what it showed, by sort of judge: the evidence and what of it was right.

    `nearest` is the entries' phrasing that is most like it, "" without any.
    """

    trade: str
    episode: str
    sort: str
    style: str
    real: bool
    covered: bool
    text: str
    nearest: str
    shown: dict[str, tuple[Floats, Floats]]


def gathered(trade: str) -> list[Asked]:
    """What a trade's episodes show, kept from one run to the next."""
    folder = KEPT / _state()
    file = folder / f"{trade}.npz"
    if file.exists():
        return _loaded(file)
    dice = Random(f"episodes of {trade}")  # noqa: S311 - repeatable on purpose
    made = episodes.of_firm(dice) if trade == episodes.FIRM else episodes.of_trade(trade, dice)
    asked = [one for episode in made for one in ask(episode, dice)]
    folder.mkdir(parents=True, exist_ok=True)
    _save(file, asked)
    return asked


def _state() -> str:
    digest = hashlib.sha256()
    sources = [file for package in (language, matching) for file in files(package).iterdir()]
    paths = [Path(str(file)) for file in sources if file.name not in HEARING]
    paths += [*(ROOT / "faq" / "guides").iterdir(), *episodes.GUIDES.rglob("*.*")]
    paths += [Path(__file__), Path(episodes.__file__)]
    for path in sorted(paths):
        if path.suffix in (".py", ".toml", ".md", ".jsonl") and path.name not in JUDGING:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _save(file: Path, asked: Sequence[Asked]) -> None:
    plain = [
        (a.trade, a.episode, a.sort, a.style, str(a.real), str(a.covered), a.text, a.nearest)
        for a in asked
    ]
    arrays: dict[str, NDArray[np.generic]] = {"plain": np.array(plain)}
    for sort in SORTS:
        for at, name in enumerate(("values", "right")):
            arrays[f"{sort}_{name}"] = np.stack([a.shown[sort][at] for a in asked])
    np.savez(file, allow_pickle=False, **arrays)


def _loaded(file: Path) -> list[Asked]:
    with np.load(file) as arrays:
        parts = [(sort, arrays[f"{sort}_values"], arrays[f"{sort}_right"]) for sort in SORTS]
        return [
            Asked(
                row[0],
                row[1],
                row[2],
                row[3],
                real=row[4] == "True",
                covered=row[5] == "True",
                text=row[6],
                nearest=row[7],
                shown={sort: (values[at], right[at]) for sort, values, right in parts},
            )
            for at, row in enumerate(arrays["plain"].tolist())
        ]


def ask(episode: Episode, dice: Random) -> Iterator[Asked]:
    """Build the episode's bank and ask it everything."""
    known, letters, words = make_ready(
        episode.phrasings, episode.bank.synonyms, Sounds.from_pypinyin()
    )
    encoder = _encoder()
    library = build_library(known, letters, words, told_by(episode.bank))
    library = with_vectors(library, known, encoder)
    for question in episode.questions:
        text = question.text
        if not question.real and dice.random() > AS_WRITTEN:
            text = augmented(text, letters.speller, dice)
        reading = read(text, library.letters)
        if reading.whole:
            met = meet(reading, library)
            by_words = gather(reading, library, met)
            closer = gather(reading, library, met, encoder.encode_one(fold(text)))
            row = nearest_own(by_words)
            shown = {
                sort: (evidence.values, _right(question, library, evidence.meanings))
                for sort, evidence in ((WORDS, by_words), (VECTORS, closer))
            }
            covered = bool(question.accept) and question.accept[0].kind == ENTRY
            yield Asked(
                episode.guide, episode.name, question.sort, question.style, question.real,
                covered, text, library.texts[row] if row is not None else "", shown,
            )  # fmt: skip


@cache
def _encoder() -> Encoder:
    encoder = vectors.current()
    if encoder is None:
        raise click.ClickException("Training needs sentence vectors.")
    return Remembered(encoder)


def _right(question: Question, library: Index, meanings: NDArray[np.intp]) -> Floats:
    right = np.zeros(len(meanings) + 1, np.float32)
    if question.accept:
        right[:-1] = [library.meanings[place] in question.accept for place in meanings.tolist()]
    else:
        right[:-1] = np.isin(library.kinds[meanings], (NEIGHBOUR, OUTSIDE))
        right[-1] = 1
    return right
