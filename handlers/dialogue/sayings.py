"""How this firm's merchants speak: `sayings.toml` beside the guides, ready to be used.

What they tell of their situation and what follows from it, the branches that an answer tells apart,
and the words of their subject. A firm without the file has none of these.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

LABEL, SEVERAL, UNSAID, QUOTES = "label", "several", "unsaid", "quotes"
NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Value:
    """One thing that a fact can be."""

    fact: str
    name: str
    label: str
    says: tuple[re.Pattern[str], ...]
    words: tuple[str, ...] = ()
    opposite: str = ""
    keeps: tuple[str, ...] = ()
    """Values that say less than this one: told afterwards, they change nothing."""


@dataclass(frozen=True)
class Sayings:
    """`noted`: facts that may be said back. `several`: facts of which several hold at once.
    `quoted`: facts that are the merchant's own words."""

    branches: tuple[tuple[str, ...], ...] = ()
    values: tuple[Value, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    noted: frozenset[str] = frozenset()
    several: frozenset[str] = frozenset()
    quoted: frozenset[str] = frozenset()
    rules: tuple[Mapping[str, Any], ...] = ()
    words: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    inquiry: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    moves: tuple[tuple[str, str], ...] = ()
    """What this firm's merchants say, each with the move that it makes."""

    def word(self, name: str) -> re.Pattern[str]:
        """One of `sayings_check.WORDS`; what matches nothing where the firm has none."""
        return self.words.get(name, NEVER)

    def first(self, name: str) -> str:
        """The first of a word's alternatives; "" where the firm has none."""
        return self.word(name).pattern.split("|")[0] if name in self.words else ""

    def value(self, fact: str, name: str) -> Value | None:
        return self._by_name.get((fact, name))

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str], Value]:
        return {(one.fact, one.name): one for one in self.values}

    @cached_property
    def kinds(self) -> tuple[Value, ...]:
        """Values that sentences of the guides are written for."""
        return tuple(value for value in self.values if value.words)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the kinds of merchants are called in the guides, the longest first."""
        return tuple(sorted((w for kind in self.kinds for w in kind.words), key=len, reverse=True))


@lru_cache(maxsize=8)
def read(text: str) -> Sayings:
    """The sayings of a file that `sayings_check` found nothing wrong with; "" has none."""
    table = tomllib.loads(text)
    facts = table.get("facts", {})
    return Sayings(
        branches=tuple(tuple(group) for group in table.get("branches", [])),
        values=tuple(_values(facts)),
        labels={fact: str(values[LABEL]) for fact, values in facts.items()},
        noted=frozenset(fact for fact, values in facts.items() if not values.get(UNSAID)),
        several=frozenset(fact for fact, values in facts.items() if values.get(SEVERAL)),
        quoted=frozenset(fact for fact, values in facts.items() if values.get(QUOTES)),
        rules=tuple(table.get("rules", [])),
        words={name: re.compile(one) for name, one in table.get("words", {}).items()},
        inquiry=table.get("inquiry", {}),
        moves=tuple(
            (said, move) for move, examples in table.get("moves", {}).items() for said in examples
        ),
    )


def _values(facts: Mapping[str, Mapping[str, Any]]) -> Iterator[Value]:
    for fact, values in facts.items():
        for name, value in values.items():
            if name in (LABEL, SEVERAL, UNSAID, QUOTES):
                continue
            yield Value(
                fact,
                name,
                str(value["label"]),
                tuple(re.compile(one) for one in value["says"]),
                tuple(value.get("words", ())),
                value.get("not", ""),
                tuple(value.get("keeps", ())),
            )
