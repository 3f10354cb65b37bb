"""Understanding a message with a bank: what the rest of the program imports of `faq.matching`."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import cast
from zipfile import BadZipFile

import numpy as np

from faq import compiled, language
from faq.bank import Bank
from faq.matching import ranker, serialize, vectors
from faq.matching.arbiter import QUIET, SIDES, signs
from faq.matching.arrays import Floats
from faq.matching.calibrator import entry_place
from faq.matching.columns import COLUMN
from faq.matching.evidence import Evidence, Met, gather, meet, nearest_own, strongest
from faq.matching.explain import in_words, summary
from faq.matching.index import Index, KnownPhrasing, build_library, make_ready
from faq.matching.lines import build_lines
from faq.matching.meanings import (
    ENTRY,
    ESCALATE,
    HUMAN,
    KINDS,
    NEIGHBOUR,
    SOCIAL,
    Meaning,
    Phrasing,
)
from faq.matching.meant import Encoder, build_meant
from faq.matching.normalize import fold
from faq.matching.phrasings import phrasings_of
from faq.matching.pinyin import Sounds
from faq.matching.reading import Reading, read
from faq.matching.remembered import Remembered
from faq.matching.thresholds import Ranking, Thresholds, kinds_of, outcome, standing
from faq.matching.told import Sentence, sentences_of
from faq.matching.trained import VECTORS, WORDS, Trained, arbiter, shipped, size_of
from faq.matching.usual import usual
from faq.matching.wishes import LEAST, HeardWish, hear
from faq.matching.within import choose
from faq.secrets import find_secrets
from faq.understanding import Alarm, Outcome, Topic, TopicLine, Understanding

CACHE = compiled.FOLDER
KEPT = 12
"""Compiled banks kept in the cache, those used last."""
KNOWN = 4096
"""Phrasings of the bank whose evidence is kept once it is gathered; some 3 KB each."""
CLEAR, WORD_FOR_WORD = 0.9, 0.97
"""A message that words alone make so certain is not looked at more closely."""
MOST_OPTIONS = 5
WORTH_OFFERING = 0.02
NOT_NAMED = -4.0
SAME_GUIDE = 1.2
"""Log-odds that a message stays with the guide just talked about."""
NEIGHBOUR_SHARE = 0.3
CLOSE = 0.5
"""From this share on an alarm is of the kind of the example that it resembles."""
NEAREST_SHOWN = 5
WISHED: dict[int | None, Outcome] = {ESCALATE: "escalate", HUMAN: "human", SOCIAL: "social"}
"""What is no question to the bank, by kind of meaning."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_SHOWS = [COLUMN[name] for name in ("covered", "told", "near")]
Ranked = tuple[int, Meaning, float]
"""A candidate: its row in the evidence, what it means, its share."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a message showed, each candidate's share, how it stands, and who judged it."""

    evidence: Evidence
    shares: Floats
    stand: Ranking
    judge: Trained


@dataclass(frozen=True, slots=True)
class Taken:
    """What a message was taken for. `judged` is what the bank makes of it, None for an example of
    a wish; `found` is None where nothing in the bank is like it."""

    text: str
    reading: Reading
    wishing: Judged
    judged: Judged | None
    found: Outcome | None
    sides: Floats | None = None
    """Not weighed for what repeats a phrasing."""

    @property
    def decisive(self) -> Judged:
        return self.wishing if self.judged is None or self.found in WISHED.values() else self.judged

    @property
    def heard(self) -> HeardWish:
        """As an alarm or a wish; the kind of an example is its own."""
        heard = hear(self.text, self.reading.whole)
        return replace(heard, alarm=0.0) if self.judged is None else heard


@dataclass(frozen=True)
class TrainedMatcher:
    """A compiled bank. `guides` is entry id → guide. Not changed by use: safe to share."""

    library: Index
    guides: dict[str, str]
    encoder: Encoder | None = None
    _gathered: Callable[[Reading], Evidence] = field(init=False, repr=False)
    _met: Callable[[Reading], Met] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        look = lru_cache(maxsize=1)(lambda reading: meet(reading, self.library))
        object.__setattr__(self, "_met", look)  # a closer look at a message follows the first
        object.__setattr__(self, "_gathered", lru_cache(maxsize=KNOWN)(self._gather))

    @property
    def bands(self) -> Thresholds:
        """Where the bands are for a message that was looked at closely."""
        return self._bands(self._judge_by(WORDS if self.encoder is None else VECTORS))

    def _bands(self, judge: Trained) -> Thresholds:
        return judge.bands.at(self.library.small)

    def _judge_by(self, sort: str) -> Trained:
        return shipped(sort, size_of(self.library.small))

    def understand(self, text: str, context: Topic | None = None) -> Understanding:
        """Understand one message, of any length and content."""
        taken = self._take(text, context)
        if isinstance(taken, Understanding):
            return taken
        decided, explain = self._decide(taken), self._explain(taken)
        told = {"in_words": summary(decided.outcome, explain)}
        return replace(decided, explain=explain | told)

    def meaning(self, text: str) -> Understanding:
        """The same without its reasons, which take time: for texts by the thousand."""
        taken = self._take(text)
        return taken if isinstance(taken, Understanding) else self._decide(taken)

    def _take(self, text: str, context: Topic | None = None) -> "Taken | Understanding":
        """What a message is taken for; an understanding where nothing can be compared."""
        if find_secrets(text):
            return Understanding(
                text, "escalate", score=0.0, alarm="secret", explain={"band": "secret"}
            )
        reading = read(text, self.library.letters)
        if not reading.whole:
            return _wordless(text)
        # What stands in the bank is no merchant's own words, and may be remembered.
        look = self._gathered if reading.whole in self.library.said else self._gather
        evidence = look(reading)
        wishing = self._wishing(evidence, context)
        example = self._example(reading, evidence)
        if example in WISHED:
            return Taken(text, reading, wishing, None, WISHED[example])
        judged = self._judge_bank(text, reading, evidence, context)
        sides, found = None, None
        if example is None:
            sides = self._sides(hear(text, reading.whole), wishing, judged.stand, reading)
            found = arbiter().side(sides, len(reading.whole))
        if found in (None, SIDES[0]):
            shown = judged.evidence.values[:-1, _SHOWS].any()
            found = outcome(judged.stand, self._bands(judged.judge)) if shown else None
        return Taken(text, reading, wishing, judged, found, sides)

    def within(self, entry: str, text: str) -> tuple[TopicLine, ...]:
        """The lines of an entry, the likeliest answer to a follow-up first."""
        reading = read(text, self.library.letters)
        if not reading.whole:
            return ()
        heard = self.encoder.encode_one(self._sense(text, reading)) if self.encoder else None
        return choose(self.library.lines, entry, reading.whole, heard)

    def _wishing(self, evidence: Evidence, context: Topic | None) -> Judged:
        """Which wish it resembles, by words."""
        judge = self._judge_by(WORDS)
        shares = ranker.share(evidence.values, judge.wishes, self._bonus(evidence, context))
        return Judged(evidence, shares, Ranking(0, 0, kinds_of(evidence.values, shares)), judge)

    def _example(self, reading: Reading, evidence: Evidence) -> int | None:
        """The kind of the phrasing that a message repeats word for word."""
        if reading.whole not in self.library.said:
            return None
        for meaning, row in zip(evidence.meanings.tolist(), evidence.best.tolist(), strict=True):
            if self.library.texts[row] == reading.whole:
                return int(self.library.kinds[meaning])
        return None

    def _sides(self, heard: HeardWish, wishing: Judged, stand: Ranking, reading: Reading) -> Floats:
        """How likely the message is the bank's, an alarm, a wish for a person or small talk."""
        row = nearest_own(wishing.evidence)
        loud = max(heard.alarm, heard.person) >= QUIET
        near = hear(self.library.texts[row]) if loud and row is not None else None
        kinds = wishing.stand.kinds
        sides = arbiter().chances(signs(heard, near, stand, kinds, len(reading.whole)))
        if not kinds[SOCIAL]:
            sides[SIDES.index("social")] = 0  # of no kind
        return sides

    def _judge_bank(
        self, text: str, reading: Reading, evidence: Evidence, context: Topic | None
    ) -> Judged:
        """Which entry it means: by words, and where these leave it open by sentence vectors."""
        by_words = self._judge_by(WORDS)
        judged = self._as_written(self._judge(evidence, by_words, context), reading)
        if self.encoder is None or judged.stand.certainty >= CLEAR:
            return judged
        vector = self.encoder.encode_one(self._sense(text, reading))
        closer = gather(reading, self.library, self._met(reading), vector)
        return self._judge(closer, self._judge_by(VECTORS), context)

    def _sense(self, text: str, reading: Reading) -> str:
        """What a model of sentences is asked about: pinyin and slips of the keyboard say nothing to
        it, what they were read as does."""
        if not _HAN.search(text):
            return reading.whole
        return self.library.letters.speller.read(fold(text))

    def _judge(self, evidence: Evidence, judge: Trained, context: Topic | None) -> Judged:
        shares = ranker.share(evidence.values, judge.ranker, self._bonus(evidence, context))
        stand = standing(evidence.values, shares, judge.answer, judge.offer)
        return Judged(evidence, shares, stand, judge)

    def _as_written(self, judged: Judged, reading: Reading) -> Judged:
        """A phrasing of the likeliest entry, word for word, is what its owner wrote: certain."""
        place = entry_place(judged.evidence.values, judged.shares)
        if place is None or self.library.texts[judged.evidence.best[place]] != reading.whole:
            return judged
        certainty = max(judged.stand.certainty, WORD_FOR_WORD)
        return replace(judged, stand=replace(judged.stand, certainty=certainty, hope=certainty))

    def _gather(self, reading: Reading) -> Evidence:
        return gather(reading, self.library, self._met(reading))

    def _bonus(self, evidence: Evidence, context: Topic | None) -> Floats:
        """Log-odds per candidate: for the guide talked about, against what only another platform's
        phrasing is like. 账号被封了 names none, and 闲鱼账号被封了 says nothing of it."""
        bonus = np.zeros(len(evidence.values), np.float32)
        others = self.library.kinds[evidence.meanings] != ENTRY
        bonus[:-1][others] = NOT_NAMED * evidence.values[:-1, COLUMN["name_missing"]][others]
        guide = context and (context.guide or self.guides.get(context.entry or ""))
        if not guide:
            return bonus
        for place, meaning in enumerate(evidence.meanings.tolist()):
            known = self.library.meanings[meaning]
            if known.kind == ENTRY and self.guides.get(known.name) == guide:
                bonus[place] = SAME_GUIDE
        return bonus

    def _decide(self, taken: "Taken") -> Understanding:
        if taken.found is None:
            return Understanding(taken.text, "none")
        judged, found = taken.decisive, taken.found
        ranked = self._ranked(judged)
        ranking = _named(ranked, ENTRY)
        worth = [name for name, share in ranking if share >= WORTH_OFFERING]
        neighbours = _named(ranked, NEIGHBOUR)
        return Understanding(
            taken.text,
            found,
            entry=ranking[0][0] if found == "answer" else None,
            options=tuple((worth or [ranking[0][0]])[:MOST_OPTIONS]) if found == "options" else (),
            score=judged.stand.certainty,
            social=_named(ranked, SOCIAL)[0][0] if found == "social" else None,
            alarm=_kind(taken.heard, ranked) if found == "escalate" else None,
            neighbour=neighbours[0][0]
            if found == "none" and neighbours and neighbours[0][1] >= NEIGHBOUR_SHARE
            else None,
            ranking=tuple(ranking[:10]),
            sentence=self._sentence(ranked, judged.evidence),
        )

    def _sentence(self, ranked: list[Ranked], evidence: Evidence) -> str | None:
        """The best entry's sentence that is most like the message."""
        rows = [int(evidence.sentences[at]) for at, meaning, _ in ranked if meaning.kind == ENTRY]
        return self.library.told.sentences[rows[0]].text if rows and rows[0] >= 0 else None

    def _ranked(self, judged: Judged) -> list[Ranked]:
        """The candidates, the likeliest first."""
        meanings = [self.library.meanings[place] for place in judged.evidence.meanings.tolist()]
        shares = judged.shares[:-1].tolist()
        ranked = list(zip(range(len(meanings)), meanings, shares, strict=True))
        ranked.sort(key=lambda one: -one[2])
        return ranked

    def _explain(self, taken: "Taken") -> dict[str, object]:
        """The reasons, as plain values for people."""
        reading, heard = taken.reading, taken.heard
        sides: dict[str, object] = {}
        if taken.judged is not None:
            chances = taken.sides
            if chances is None:
                chances = self._sides(heard, taken.wishing, taken.judged.stand, reading)
            told = zip(SIDES, chances.astype(float).round(4).tolist(), strict=True)
            sides = {"sides": dict(told)}
        if taken.found is None:
            return {"band": "unknown", "read_as": reading.whole} | sides
        return self._shown(reading, taken.decisive) | heard.explained() | sides

    def _shown(self, reading: Reading, judged: Judged) -> dict[str, object]:
        evidence, stand = judged.evidence, judged.stand
        best = self._ranked(judged)[:NEAREST_SHOWN]
        bands = self._bands(judged.judge)
        pulls = strongest(evidence, judged.judge.ranker, [place for place, _, _ in best])
        return {
            "read_as": reading.whole,
            "vectors": judged.judge is self._judge_by(VECTORS),
            "other_platforms": list(reading.platforms),
            "nearest": [
                self._nearest(evidence, one, pull) for one, pull in zip(best, pulls, strict=True)
            ],
            "kinds": {
                kind: round(share, 4)
                for kind, share in zip((*KINDS, "nothing"), stand.kinds, strict=True)
            },
            "certainty": round(stand.certainty, 4),
            "hope": round(stand.hope, 4),
            "bands": {"answer": round(bands.answer, 4), "offer": round(bands.offer, 4)},
            "margins": {
                "answer": round(stand.certainty - bands.answer, 4),
                "offer": round(stand.hope - bands.offer, 4),
            },
        }

    def _nearest(
        self, evidence: Evidence, ranked: Ranked, pull: dict[str, float]
    ) -> dict[str, object]:
        place, meaning, share = ranked
        row = int(evidence.sentences[place])
        told = self.library.told.sentences[row] if row >= 0 else None
        return {
            "kind": KINDS[meaning.kind],
            "name": meaning.name,
            "share": round(share, 4),
            "phrasing": self.library.texts[int(evidence.best[place])],
            "sentence": told.text if told else None,
            "part": told.part if told else None,
            "evidence": pull,
            "why": in_words(evidence.values[place], pull),
        }


def _named(ranked: list[Ranked], kind: int) -> list[tuple[str, float]]:
    """The candidates of a kind by name, the likeliest first."""
    return [(meaning.name, share) for _, meaning, share in ranked if meaning.kind == kind]


def _kind(heard: HeardWish, ranked: list[Ranked]) -> Alarm:
    """What kind an alarm is: as it is heard, or the kind of the examples that it repeats."""
    repeated = _named(ranked, ESCALATE)
    close = bool(repeated) and repeated[0][1] >= CLOSE
    if (heard.alarm >= LEAST["escalate"] and not close) or not repeated:
        return heard.kind
    return cast("Alarm", repeated[0][0])


def _wordless(text: str) -> Understanding:
    """A message of pictures, punctuation or nothing."""
    for kind, pictures in language.mapping("social", "signs").items():
        if any(picture in text for picture in pictures.split()):
            return Understanding(
                text, "social", social=kind, explain={"band": "sign", "read_as": ""}
            )
    return Understanding(text, "none", explain={"band": "wordless", "read_as": ""})


def fingerprint(bank: Bank) -> str:
    """A name for what this bank compiles to in this process."""
    encoder = vectors.current()
    return serialize.fingerprint(bank, encoder.name if encoder else "")


def compile_matcher(bank: Bank, cache: Path | None = CACHE) -> TrainedMatcher:
    """The bank's matcher: fitted once, then read from the `cache` folder (None: always fitted).

    A damaged or missing file is written anew; a folder that cannot be written costs only time.
    """
    if cache is None:
        return fit_matcher(bank)
    file = cache / f"{fingerprint(bank)}.npz"
    try:
        return load_matcher(compiled.read(file))
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
        matcher = fit_matcher(bank, cache)
    with suppress(OSError):
        compiled.keep(file, dump_matcher(matcher), newest=KEPT)
    return matcher


def dump_matcher(matcher: TrainedMatcher) -> bytes:
    """A matcher as bytes, without pickle, for `load_matcher`."""
    return serialize.dump((matcher.library, matcher.guides))


def load_matcher(data: bytes) -> TrainedMatcher:
    """What `dump_matcher` wrote. Raises ValueError, KeyError or BadZipFile on damage."""
    library, guides = serialize.load(data)
    return _with_encoder(library, guides)


def _with_encoder(library: Index, guides: dict[str, str]) -> TrainedMatcher:
    """Vectors are of use only where bank and message have them from the same model."""
    encoder = vectors.current() if library.meant else None
    same = encoder is not None and library.meant and encoder.name == library.meant.model
    return TrainedMatcher(library, guides, encoder if same else None)


def fit_matcher(bank: Bank, cache: Path | None = None) -> TrainedMatcher:
    """Fit a matcher: seconds. The same bank always gives the same matcher.

    Texts whose vectors the `cache` folder knows are not encoded again.
    """
    encoder = vectors.current()
    remembered = Remembered(encoder, cache) if encoder else None
    library, guides = fit_library(bank, phrasings_of(bank), remembered)
    if remembered is not None:
        remembered.keep()
    return _with_encoder(library, guides)


def fit_library(
    bank: Bank, phrasings: Sequence[Phrasing], encoder: Encoder | None
) -> tuple[Index, dict[str, str]]:
    """What a bank is known by when it is asked in these ways, and entry id → guide."""
    known, letters, words = make_ready(phrasings, bank.synonyms, Sounds.from_pypinyin())
    library = with_vectors(build_library(known, letters, words, told_by(bank)), known, encoder)
    library = replace(library, lines=build_lines(bank.entries, encoder))
    return library, {entry.id: entry.guide for entry in bank.entries}


def with_vectors(library: Index, known: Sequence[KnownPhrasing], encoder: Encoder | None) -> Index:
    """The same library, with the vectors of what it was built from."""
    if encoder is None or not known:
        return library
    texts = [fold(one.phrasing.text) for one in known]
    told = [fold(sentence.text) for sentence in library.told.sentences]
    of = np.repeat(np.arange(len(library.meanings)), np.diff(library.first))
    meant = build_meant(encoder, texts, of, len(library.meanings), told)

    def alike(row: int, own: slice) -> Floats:
        return meant.near(meant.phrasings[own], meant.vector(row))

    near = usual(library.first, library.kinds == ENTRY, alike)
    return replace(library, meant=meant, usual_near=near)


def told_by(bank: Bank) -> dict[str, tuple[Sentence, ...]]:
    """What each entry tells."""
    return {entry.id: tuple(sentences_of(entry)) for entry in bank.entries}
