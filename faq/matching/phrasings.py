"""Every example of every meaning: the bank's own, and what any bank is told besides."""

from collections.abc import Iterator
from typing import get_args

from faq import language
from faq.bank import Bank
from faq.matching.meanings import (
    ENTRY,
    ESCALATE,
    HUMAN,
    NEIGHBOUR,
    OUTSIDE,
    SOCIAL,
    Meaning,
    Phrasing,
)
from faq.matching.normalize import tidy
from faq.understanding import Alarm


def phrasings_of(bank: Bank) -> list[Phrasing]:
    """The bank's phrasings and the general ones, each said once: the bank's own comes first."""
    chosen: dict[str, Phrasing] = {}
    own = list(_own(bank))
    for phrasing in (*own, *_general()):
        chosen.setdefault(tidy(phrasing.text), phrasing)
    words = " ".join(tidy(one.text) for one in own if one.meaning.kind == ENTRY)
    for phrasing in _outside(words):
        chosen.setdefault(tidy(phrasing.text), phrasing)
    return list(chosen.values())


def _own(bank: Bank) -> Iterator[Phrasing]:
    for entry in bank.entries:
        for text in (entry.question, entry.short, *entry.phrasings):
            yield Phrasing(text, Meaning(ENTRY, entry.id))
    for neighbour in bank.neighbours:
        for text in neighbour.phrasings:
            yield Phrasing(text, Meaning(NEIGHBOUR, neighbour.id))
    for kind, texts in bank.alarms.items():
        for text in texts:
            yield Phrasing(text, Meaning(ESCALATE, kind))


def _general() -> Iterator[Phrasing]:
    for text in language.words("human", "phrasings"):
        yield Phrasing(text, Meaning(HUMAN, "human"))
    for file, kind, names in (
        ("alarms", ESCALATE, get_args(Alarm)),
        ("social", SOCIAL, language.kinds("social")),
    ):
        for name in names:
            if name in language.table(file):
                for text in language.words(file, name, "phrasings"):
                    yield Phrasing(text, Meaning(kind, name))


def _outside(own: str) -> Iterator[Phrasing]:
    """What no firm's bank answers, but for the lines about a thing that this bank speaks of."""
    for subject, body in language.sections("outside").items():
        spoken_of = [word for word in body["words"] if word in own]
        for text in body["phrasings"]:
            if not any(word in text for word in spoken_of):
                yield Phrasing(text, Meaning(OUTSIDE, subject))
