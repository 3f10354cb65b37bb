"""What the firm calls the reasons for a case and its outcomes, edited at the desk by admins.

A reason or outcome is a key; its words are dated, so that history keeps those that stood then. One
that is merged is shown and filtered as the other; one that is retired is no longer offered. The
firm may add outcomes of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from handlers.cases import REASONS
from storage.database import Session
from storage.queries import desk_settings

SETTING = "wording"
Kind = Literal["reason", "outcome"]
OUTCOMES = {
    "resolved": "已解决",
    "unsolved": "没能解决",
    "platform": "要等平台处理",
    "no_answer": "商家没再回复",
    "unrelated": "无关或骚扰",
    "released": "交还机器人",
    "merchant": "商家取消",
}
CHOOSABLE = ("resolved", "unsolved", "platform", "no_answer", "unrelated")
"""Outcomes that a consultant chooses; the others come from what was done."""


@dataclass(frozen=True, slots=True)
class Word:
    """One key. `names` are (since, name), oldest first; none: the program's own name stands."""

    key: str
    original: str
    names: tuple[tuple[datetime, str], ...] = ()
    into: str = ""
    retired: bool = False
    own: bool = False

    @property
    def name(self) -> str:
        return self.names[-1][1] if self.names else self.original

    def at(self, when: datetime) -> str:
        """What it was called then."""
        before = [name for since, name in self.names if since <= when]
        return before[-1] if before else self.original


@dataclass(frozen=True, slots=True)
class Wording:
    reasons: Mapping[str, Word] = field(default_factory=dict)
    outcomes: Mapping[str, Word] = field(default_factory=dict)

    def of(self, kind: Kind) -> Mapping[str, Word]:
        return self.reasons if kind == "reason" else self.outcomes

    def name(self, kind: Kind, key: str) -> str:
        """As it is called now; a key that nobody knows is its own name."""
        words = self.of(kind)
        word = words.get(key)
        if word is None:
            return key
        return words[word.into].name if word.into in words else word.name

    def name_at(self, kind: Kind, key: str, when: datetime) -> str:
        word = self.of(kind).get(key)
        return word.at(when) if word else key

    def keys(self, kind: Kind, key: str) -> tuple[str, ...]:
        """This one and those merged into it."""
        return (key, *(word.key for word in self.of(kind).values() if word.into == key))

    def shown(self, kind: Kind) -> dict[str, str]:
        """Key → name of those to filter by."""
        return {
            key: word.name
            for key, word in self.of(kind).items()
            if not word.into and not word.retired
        }

    def choosable(self) -> dict[str, str]:
        """Outcomes to choose from at the end of a case."""
        return {
            key: name
            for key, name in self.shown("outcome").items()
            if key in CHOOSABLE or self.outcomes[key].own
        }


def read(session: Session) -> Wording:
    stored = desk_settings.value(session, SETTING) or {}
    return Wording(
        _words(REASONS, stored.get("reason", {})), _words(OUTCOMES, stored.get("outcome", {}))
    )


def _words(original: Mapping[str, str], stored: Mapping[str, Any]) -> dict[str, Word]:
    words = {key: Word(key, name) for key, name in original.items()}
    for key, edited in stored.items():
        names = tuple((datetime.fromisoformat(at), name) for at, name in edited["names"])
        words[key] = Word(
            key,
            original.get(key) or names[0][1],
            names,
            str(edited.get("into", "")),
            bool(edited.get("retired")),
            own=key not in original,
        )
    return words
