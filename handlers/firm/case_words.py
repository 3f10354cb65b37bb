"""What the firm calls the reasons for a case and its outcomes, edited at the desk by admins.

A reason or outcome is a key; its words are dated, so that history keeps those that stood then. One
that is merged is shown and filtered as the other; one that is retired is no longer offered. The
firm may add outcomes of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from storage.database import Session
from storage.queries import desk_settings

SETTING = "wording"
Kind = Literal["reason", "outcome"]
REASONS = {
    "asked": "要人工",
    "not_understood": "两次没答上",
    "unsolved": "试过没解决",
    "stuck": "步骤卡住",
    "inquiry": "询价",
    "error": "程序出错",
    "complaint": "投诉、不满",
    "legal": "律师、法院、报警",
    "stolen": "账号被盗",
    "scammed": "被骗",
    "secret": "发了敏感信息",
    "deducted": "扣款有争议",
    "blocked": "钱被冻住",
    "wrong_payout": "钱打错账户",
    "bereavement": "有人离世",
    "family": "离婚、病重、未成年",
    "licence": "执照纠纷",
    "exhausted": "都试过了没用",
    "distress": "情绪很差",
    "stepped_in": "顾问主动接入",
    "urgent": "急事",
}
"""Why a case was opened, as people read it."""
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
class CaseWords:
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


def read(session: Session) -> CaseWords:
    stored = desk_settings.value(session, SETTING) or {}
    return CaseWords(
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
