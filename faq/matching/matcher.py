"""Understanding a message with a bank: the one door to `faq.matching`."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from random import Random
from tempfile import NamedTemporaryFile
from typing import cast
from zipfile import BadZipFile

import numpy as np

from faq import language
from faq.bank import Bank
from faq.matching import calibrator, ranker, serialize
from faq.matching.calibrator import Calibrator, Seen
from faq.matching.evidence import COLUMN, Evidence, gather, strongest
from faq.matching.index import (
    ENTRY,
    ESCALATE,
    KINDS,
    NEIGHBOUR,
    SOCIAL,
    Index,
    Meaning,
    build_library,
    make_ready,
)
from faq.matching.phrasings import phrasings_of
from faq.matching.pinyin import Sounds
from faq.matching.reading import Reading, read
from faq.matching.sparse import Floats
from faq.matching.thresholds import Ranking, Thresholds, find_bands, outcome, standing
from faq.matching.training import TrainingExample, rehearse
from faq.matching.wishes import LEAST, Heard, hear, wished
from faq.secrets import find_secrets
from faq.understanding import Alarm, Topic, Understanding

CACHE = Path(__file__).parents[1] / ".compiled"
KEPT = 12
"""Compiled banks kept in the cache, the newest."""
READABLE = 0o644
"""Its mode: what one user fits, such as root in `make setup`, is for whoever runs the program."""
KNOWN = 4096
"""Phrasings of the bank whose evidence is kept once it is gathered; some 3 KB each."""
SEED = 20_240_501
"""Any number: the same bank must always compile to the same matcher."""
MOST_OPTIONS = 5
WORTH_OFFERING = 0.02
SAME_GUIDE = 1.2
"""Log-odds that a message stays with the guide just talked about."""
NEIGHBOUR_SHARE = 0.3
NEAREST_SHOWN = 5
Ranked = tuple[int, Meaning, float]
"""A candidate: its row in the evidence, what it means, its share."""


@dataclass(frozen=True)
class TrainedMatcher:
    """A compiled bank. `guides` is entry id → guide. Not changed by use: safe to share."""

    library: Index
    ranker: Floats
    calibrator: Calibrator
    bands: Thresholds
    guides: dict[str, str]
    _gathered: Callable[[Reading], Evidence] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_gathered", lru_cache(maxsize=KNOWN)(self._gather))

    def understand(self, text: str, context: Topic | None = None) -> Understanding:
        """Understand one message, of any length and content."""
        if find_secrets(text):
            return Understanding(
                text, "escalate", score=0.0, alarm="secret", explain={"band": "secret"}
            )
        reading = read(text, self.library)
        if not reading.whole:
            return _wordless(text)
        heard = hear(text, reading.whole)
        # What stands in the bank is no merchant's own words, and may be remembered.
        look = self._gathered if reading.whole in self.library.said else self._gather
        evidence = look(reading)
        if not evidence.values[:-1, COLUMN["covered"]].any() and not wished(heard):
            return Understanding(
                text, "none", explain={"band": "unknown", "read_as": reading.whole}
            )
        bonus = self._bonus(evidence, context)
        shares = ranker.share(evidence.values, self.ranker, bonus)
        stand = standing(evidence.values, shares, self.calibrator)
        return self._decide(text, reading, evidence, (shares, stand, heard))

    def _gather(self, reading: Reading) -> Evidence:
        return gather(reading, self.library)

    def _bonus(self, evidence: Evidence, context: Topic | None) -> Floats | None:
        guide = context and (context.guide or self.guides.get(context.entry or ""))
        if not guide:
            return None
        bonus = np.zeros(len(evidence.values), np.float32)
        for place, meaning in enumerate(evidence.meanings.tolist()):
            known = self.library.meanings[meaning]
            if known.kind == ENTRY and self.guides.get(known.name) == guide:
                bonus[place] = SAME_GUIDE
        return bonus

    def _decide(
        self, text: str, reading: Reading, evidence: Evidence, judged: tuple[Floats, Ranking, Heard]
    ) -> Understanding:
        shares, stand, heard = judged
        found = outcome(stand, self.bands, heard)
        ranked = self._ranked(evidence, shares)
        ranking = _named(ranked, ENTRY)
        worth = [name for name, share in ranking if share >= WORTH_OFFERING]
        neighbours = _named(ranked, NEIGHBOUR)
        return Understanding(
            text,
            found,
            entry=ranking[0][0] if found == "answer" else None,
            options=tuple(worth[:MOST_OPTIONS]) if found == "options" else (),
            score=stand.certainty,
            social=_named(ranked, SOCIAL)[0][0] if found == "social" else None,
            alarm=_kind(heard, ranked) if found == "escalate" else None,
            neighbour=neighbours[0][0]
            if found == "none" and neighbours and neighbours[0][1] >= NEIGHBOUR_SHARE
            else None,
            ranking=tuple(ranking[:10]),
            explain=self._explain(reading, evidence, ranked[:NEAREST_SHOWN], stand)
            | heard.explained(),
        )

    def _ranked(self, evidence: Evidence, shares: Floats) -> list[Ranked]:
        """The candidates, the likeliest first."""
        meanings = [self.library.meanings[meaning] for meaning in evidence.meanings.tolist()]
        ranked = list(zip(range(len(meanings)), meanings, shares[:-1].tolist(), strict=True))
        ranked.sort(key=lambda one: -one[2])
        return ranked

    def _explain(
        self, reading: Reading, evidence: Evidence, best: list[Ranked], stand: Ranking
    ) -> dict[str, object]:
        pulls = strongest(evidence, self.ranker, [place for place, _, _ in best])
        return {
            "read_as": reading.whole,
            "other_platforms": list(reading.platforms),
            "nearest": [
                self._nearest(evidence, one, pull) for one, pull in zip(best, pulls, strict=True)
            ],
            "kinds": {
                kind: round(share, 4)
                for kind, share in zip((*KINDS, "nothing"), stand.kinds, strict=True)
            },
            "certainty": round(stand.certainty, 4),
            "bands": {"answer": round(self.bands.answer, 4), "offer": round(self.bands.offer, 4)},
            "margins": {
                "answer": round(stand.certainty - self.bands.answer, 4),
                "offer": round(stand.covered - self.bands.offer, 4),
            },
        }

    def _nearest(
        self, evidence: Evidence, ranked: Ranked, pull: dict[str, float]
    ) -> dict[str, object]:
        place, meaning, share = ranked
        return {
            "kind": KINDS[meaning.kind],
            "name": meaning.name,
            "share": round(share, 4),
            "phrasing": self.library.texts[int(evidence.best[place])],
            "evidence": pull,
        }


def _named(ranked: list[Ranked], kind: int) -> list[tuple[str, float]]:
    """The candidates of a kind by name, the likeliest first."""
    return [(meaning.name, share) for _, meaning, share in ranked if meaning.kind == kind]


def _kind(heard: Heard, ranked: list[Ranked]) -> Alarm:
    """What kind an alarm is: as it is heard, or the kind of the examples that it repeats."""
    repeated = _named(ranked, ESCALATE)
    if heard.alarm >= LEAST["escalate"] or not repeated:
        return heard.kind
    return cast("Alarm", repeated[0][0])


def _wordless(text: str) -> Understanding:
    """A message of pictures, punctuation or nothing."""
    for kind, signs in language.mapping("social", "signs").items():
        if any(sign in text for sign in signs.split()):
            return Understanding(
                text, "social", social=kind, explain={"band": "sign", "read_as": ""}
            )
    return Understanding(text, "none", explain={"band": "wordless", "read_as": ""})


def compile_matcher(bank: Bank, cache: Path | None = CACHE) -> TrainedMatcher:
    """The bank's matcher: fitted once, then read from the `cache` folder (None: always fitted).

    A damaged or missing file is written anew; a folder that cannot be written costs only time.
    """
    if cache is None:
        return fit_matcher(bank)
    file = cache / f"{serialize.fingerprint(bank)}.npz"
    try:
        return load_matcher(file.read_bytes())
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
        matcher = fit_matcher(bank)
    with suppress(OSError):
        _keep(file, dump_matcher(matcher))
    return matcher


def _keep(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
        part.write(data)
    Path(part.name).chmod(READABLE)
    Path(part.name).replace(file)
    by_age = sorted(file.parent.glob("*.npz"), key=lambda one: one.stat().st_mtime)
    for old in by_age[:-KEPT]:
        old.unlink(missing_ok=True)


def dump_matcher(matcher: TrainedMatcher) -> bytes:
    """A matcher as bytes, without pickle, for `load_matcher`."""
    parts = (matcher.library, matcher.ranker, matcher.calibrator, matcher.bands, matcher.guides)
    return serialize.dump(parts)


def load_matcher(data: bytes) -> TrainedMatcher:
    """What `dump_matcher` wrote. Raises ValueError, KeyError or BadZipFile on damage."""
    return TrainedMatcher(*serialize.load(data))


def fit_matcher(bank: Bank) -> TrainedMatcher:
    """Fit a matcher: five to ten seconds. The same bank always gives the same matcher."""
    known, letters, words = make_ready(phrasings_of(bank), bank.synonyms, Sounds.from_pypinyin())
    rehearsed = rehearse(known, letters, words, Random(SEED))  # noqa: S311 - no secret
    weights = ranker.learn([one.case for one in rehearsed])
    shared = [ranker.share(one.case.values, weights) for one in rehearsed]
    doubts, certain = calibrator.learn(_seen(rehearsed, shared))
    return TrainedMatcher(
        library=build_library(known, letters, words),
        ranker=weights,
        calibrator=doubts,
        bands=find_bands(rehearsed, shared, certain),
        guides={entry.id: entry.guide for entry in bank.entries},
    )


def _seen(rehearsed: list[TrainingExample], shared: list[Floats]) -> list[Seen]:
    """For the calibrator: what was asked about one meaning belongs together."""
    groups: dict[Meaning, int] = {}
    return [
        Seen(
            one.case.values,
            shares,
            one.case.right,
            one.case.weight,
            groups.setdefault(one.meaning, len(groups)),
        )
        for one, shares in zip(rehearsed, shared, strict=True)
    ]
