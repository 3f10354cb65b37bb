"""What is right for a question, in the words of the labelled sets, and how well an answer does."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from faq.understanding import Understanding

Kind = Literal["in", "human", "social", "none", "escalate", "not"]
KINDS = ("in", "human", "social", "none", "escalate", "not")
OFFERED = 3
RIGHT, NEARLY, WRONG = 2, 1, 0


@dataclass(frozen=True, slots=True)
class Expected:
    """`kind` as in the labelled sets: in | human | social | none | escalate. `not`: a person only
    said that it is none of `accept`."""

    kind: Kind
    accept: tuple[str, ...] = ()
    social: str = ""
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"kind": self.kind, "accept": list(self.accept)}
        return found | {key: getattr(self, key) for key in ("social", "why") if getattr(self, key)}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question and what is right for it. `source`: pinned | labelled | real; `times`: how many
    messages ask it in other courtesies."""

    text: str
    expected: Expected | None
    source: str
    message: int | None = None
    times: int = 1


def expected(data: Mapping[str, Any]) -> Expected:
    """Raises ValueError with a Chinese message when the kind is unknown."""
    kind = data.get("kind")
    if kind not in KINDS:
        raise ValueError(f"kind 要是 {'、'.join(KINDS[:-1])} 之一")
    accept = data.get("accept") or []
    if not isinstance(accept, list):
        raise ValueError('accept 要写成 ["…"]')  # noqa: TRY004 (one kind of error for a bad line)
    return Expected(
        kind, tuple(map(str, accept)), str(data.get("social") or ""), str(data.get("why") or "")
    )


def grade(meaning: Understanding, right: Expected) -> int:
    """How good this is: RIGHT, NEARLY (a person can still pick it) or WRONG."""
    if right.kind == "in":
        return _grade_entry(meaning, right.accept)
    if right.kind == "not":
        return WRONG if meaning.outcome == "answer" and meaning.entry in right.accept else RIGHT
    if right.kind == "none":
        if meaning.outcome == "answer":
            return WRONG
        return RIGHT if meaning.outcome == "none" else NEARLY
    if meaning.outcome != right.kind:
        return WRONG
    kept = not right.social or meaning.social in (None, right.social)
    return RIGHT if right.kind != "social" or kept else WRONG


def _grade_entry(meaning: Understanding, accept: tuple[str, ...]) -> int:
    if meaning.outcome == "answer":
        return RIGHT if meaning.entry in accept else WRONG
    if meaning.outcome == "options":
        return NEARLY if set(accept) & set(meaning.options[:OFFERED]) else WRONG
    return WRONG


def read_questions(text: str) -> Iterator[Labelled]:
    """The firm's own set. Raises ValueError, with the line, for what is none."""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
            yield Labelled(str(data["text"]), expected(data), "labelled")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            why = str(error) if type(error) is ValueError else "要有 text、kind 和 accept"
            raise ValueError(f"第 {number} 行：{why}") from None


def what(meaning: Understanding) -> str:
    """In one word for programs: the entry that answers, else the outcome."""
    return meaning.entry or "" if meaning.outcome == "answer" else meaning.outcome


def differs(before: Understanding, after: Understanding) -> bool:
    """Would a merchant notice?"""
    return _shown(before) != _shown(after)


def _shown(meaning: Understanding) -> tuple[object, ...]:
    offered = frozenset(meaning.options[:OFFERED]) if meaning.outcome == "options" else None
    return what(meaning), offered, meaning.neighbour if meaning.outcome == "none" else None
