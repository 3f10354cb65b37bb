"""The lines that an entry tells, each the answer to a smaller question about it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from faq.bank import Entry
from faq.details import ASPECTS, detail, step_help
from faq.matching.meant import Bytes, Encoder, to_bytes
from faq.matching.normalize import fold

_SENTENCE = re.compile(r"[^\n。;；]+[。;；]?")
_NAMES = {name: label for label, name in ASPECTS.items()}
_INTRODUCES = ("：", ":")
SHORTEST, LONGEST = 4, 80
"""Characters that a sentence has at least, and that are encoded of a line with its keys."""


@dataclass(frozen=True, slots=True)
class Line:
    """`text` is what is said; `keys` are the words that it stands under, if any. `kind` is
    "detail", "help", "step" or "answer"."""

    entry: str
    kind: str
    text: str
    keys: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """The line with its keys."""
        return "、".join(self.keys) + "：" + self.text if self.keys else self.text


def lines_of(entry: Entry) -> Iterator[Line]:
    """All lines of an entry: its details, its steps with their help, its sentences."""
    for each in entry.details:
        keys, text = detail(each)
        if text:
            yield Line(entry.id, "detail", text, keys)
    helps = entry.step_help or ("",) * len(entry.steps)
    for step, known in zip(entry.steps, helps, strict=True):
        yield from _of_help(entry.id, known)
        yield Line(entry.id, "step", step)
    for part in (entry.answer, entry.after):
        yield from _sentences(entry.id, part)


def _of_help(entry: str, known: str) -> Iterator[Line]:
    about = step_help(known)
    if about.first:
        yield Line(entry, "help", about.first)
    for aspect, text in about.aspects:
        yield Line(entry, "help", text, (_NAMES[aspect],))


def _sentences(entry: str, part: str) -> Iterator[Line]:
    for found in _SENTENCE.findall(part):
        text = found.strip(" ·")
        if len(text) >= SHORTEST and not text.endswith(_INTRODUCES):
            yield Line(entry, "answer", text)


_NO_VECTORS: Bytes = np.zeros((0, 0), np.int8)


@dataclass(frozen=True)
class Lines:
    """The lines of all entries, an entry's together, and their vectors with their keys; without a
    model these have no rows."""

    lines: tuple[Line, ...] = ()
    vectors: Bytes = field(default_factory=lambda: _NO_VECTORS)

    @cached_property
    def _places(self) -> dict[str, slice]:
        found: dict[str, slice] = {}
        for place, line in enumerate(self.lines):
            first = found[line.entry].start if line.entry in found else place
            found[line.entry] = slice(first, place + 1)
        return found

    def of(self, entry: str) -> slice:
        """Where an entry's lines are; an empty slice for an unknown one."""
        return self._places.get(entry, slice(0, 0))


def build_lines(entries: Sequence[Entry], encoder: Encoder | None) -> Lines:
    """The lines of a bank, with their vectors where there is a model."""
    lines = tuple(line for entry in entries for line in lines_of(entry))
    if encoder is None or not lines:
        return Lines(lines)
    encoded = encoder.encode([fold(line.whole[:LONGEST]) for line in lines])
    return Lines(lines, to_bytes(encoded))
