"""What a merchant tells of their situation, heard in any message and remembered.

The facts, how people say them and which sentences of an answer concern whom are data
(`facts.toml`). A fact is the last thing said about it; one that is denied, supposed or said of
somebody else is no fact.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from handlers.dialogue.memory import Memory, seconds_since

STALE = timedelta(days=30)
"""A fact this old no longer chooses an answer, unless the case it was told in is open."""

SUBJECT = "subject"
_COLLECTED = frozenset({"tried"})
"""Facts of which several hold at once."""

_BEFORE = 5
_DENIED = re.compile(r"(?:不是|并非|没有|没|不|别|非)[是属于]?(?:什么|啥)?$")
_SUPPOSED = re.compile(
    r"(?:如果|要|要是|假如|假设|万一|比如|是不是|是否|还是|或者?|和|跟|与|、|/)$"
)
_OF_OTHERS = re.compile(r"(?:你们?|您|贵|他们|别的|什么|哪家|有的)的?(?:是|这)?(?:个|家)?$")
_SUPPOSED_AFTER = re.compile(r"^的?(?:话|和|跟|与|、|/|还是|或)")


@dataclass(frozen=True, slots=True)
class _Value:
    """One thing that a fact can be."""

    fact: str
    name: str
    label: str
    says: tuple[re.Pattern[str], ...]
    words: tuple[str, ...] = ()
    opposite: str = ""
    keeps: tuple[str, ...] = ()
    """Values that say less than this one: told afterwards, they change nothing."""


def _table() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "facts.toml").read_text(encoding="utf-8"))


@cache
def _rules() -> tuple[Mapping[str, Any], ...]:
    """What follows from facts for entries."""
    return tuple(_table()["rules"])


def _holding(known: Mapping[str, str]) -> Iterable[Mapping[str, Any]]:
    for rule in _rules() if known else ():
        if all(known.get(fact) in values for fact, values in rule["when"].items()):
            yield rule


def instead(entry: str, known: Mapping[str, str]) -> str:
    """The entry that answers a question about `entry` for this merchant; "" for that entry."""
    for rule in _holding(known):
        if rule.get("asked") == entry and "answer" in rule:
            return str(rule["answer"])
    return ""


def shut(known: Mapping[str, str]) -> frozenset[str]:
    """The entries that lead this merchant nowhere."""
    return frozenset(str(rule["shut"]) for rule in _holding(known) if "shut" in rule)


def starts_at(entry: str, known: Mapping[str, str]) -> int:
    """The first step of an entry that this merchant can use; 0 for all of them."""
    for rule in _holding(known):
        if rule.get("asked") == entry and "start" in rule:
            return int(rule["start"])
    return 0


@cache
def _known() -> tuple[dict[str, str], tuple[_Value, ...]]:
    """The facts' labels, and every value of every fact."""
    table = _table()
    del table["rules"]
    labels = {fact: str(values.pop("label")) for fact, values in table.items()}
    return labels, tuple(
        _Value(
            fact,
            name,
            value["label"],
            tuple(re.compile(one) for one in value["says"]),
            tuple(value.get("words", ())),
            value.get("not", ""),
            tuple(value.get("keeps", ())),
        )
        for fact, values in table.items()
        for name, value in values.items()
    )


@cache
def _value(fact: str, name: str) -> _Value | None:
    return next((one for one in _known()[1] if (one.fact, one.name) == (fact, name)), None)


def told(text: str) -> dict[str, str]:
    """The facts that a message tells: name and value."""
    said: dict[str, tuple[int, str]] = {}
    several: dict[str, list[str]] = {}
    for value in _known()[1]:
        found = _found(value, text)
        if found is None:
            continue
        at, word = found
        if value.fact in _COLLECTED:
            several.setdefault(value.fact, []).append(word)
        elif value.fact not in said or at > said[value.fact][0]:
            said[value.fact] = (at, word)
    one = {fact: word for fact, (_, word) in said.items()}
    return one | {fact: " ".join(words) for fact, words in several.items()}


def _found(value: _Value, text: str) -> tuple[int, str] | None:
    """Where the message says it last, and what it comes to; None when it does not."""
    last: tuple[int, str] | None = None
    for pattern in value.says:
        for match in pattern.finditer(text):
            before, after = (
                text[max(match.start() - _BEFORE, 0) : match.start()],
                text[match.end() :],
            )
            if (
                _SUPPOSED.search(before)
                or _OF_OTHERS.search(before)
                or _SUPPOSED_AFTER.match(after)
            ):
                continue
            word = match.groupdict().get("page") or value.name
            if _DENIED.search(before):
                word = value.opposite
            if word and (last is None or match.start() >= last[0]):
                last = (match.start(), word)
    return last


def learn(memory: Memory, text: str, now: datetime) -> Memory:
    """The memory with what a message tells."""
    new = {fact: word for fact, word in told(text).items() if not _keeps(memory, fact, word)}
    if not new:
        return memory
    for fact in _COLLECTED & new.keys():
        before = memory.facts.get(fact, "").split()
        new[fact] = " ".join(dict.fromkeys((*before, *new[fact].split())))
    times = dict.fromkeys(new, now.isoformat())
    return replace(memory, facts={**memory.facts, **new}, facts_at={**memory.facts_at, **times})


def _keeps(memory: Memory, fact: str, word: str) -> bool:
    """Whether what is known already says more: gone for good, and now 停了."""
    known = _value(fact, memory.facts.get(fact, ""))
    return known is not None and word in known.keeps


def current(memory: Memory, now: datetime, *, case_open: bool) -> Mapping[str, str]:
    """The facts that still hold."""
    if case_open or not memory.facts:
        return memory.facts
    limit = STALE.total_seconds()
    times = memory.facts_at
    return {
        fact: word
        for fact, word in memory.facts.items()
        if seconds_since(times.get(fact, ""), now) <= limit
    }


def in_words(known: Mapping[str, str]) -> tuple[str, ...]:
    """The facts as lines for a consultant."""
    names_, _ = _known()
    return tuple(
        f"{names_[fact]}：{'、'.join(_labels(fact, word))}"
        for fact, word in known.items()
        if fact in names_ and word
    )


def labels(known: Mapping[str, str]) -> tuple[str, ...]:
    """The facts as a merchant may read them."""
    return tuple(label for fact, word in known.items() for label in _labels(fact, word))


def _labels(fact: str, word: str) -> Iterable[str]:
    if fact == "page":
        return (f"「{word}」",)
    names = word.split() if fact in _COLLECTED else (word,)
    return (value.label for name in names if (value := _value(fact, name)))


_SENTENCE = re.compile(r"[^\n。;；]*[\n。;；]?")
_CLAUSE = re.compile(r"[^，,：:]*[，,：:]?")
_BULLET = "· "


def fitting(text: str, known: Mapping[str, str]) -> str:
    """A guide's text without what concerns another kind of merchant than this one.

    A clause that begins with the name of a kind belongs to it, and so do those after it up to
    the end of the sentence or to the next kind.
    """
    mine, others = _kinds(known)
    if not others or not any(word in text for word in others):
        return text
    kept = (_sentence(one, mine, others) for one in _SENTENCE.findall(text))
    whole = re.sub(r"\n{3,}", "\n\n", "".join(kept)).strip("\n")
    return re.sub(r"[；;](?=\n|$)", "。", whole)


def _kinds(known: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the merchant's own kind and of the others."""
    subject = known.get(SUBJECT, "")
    values = [value for value in _known()[1] if value.fact == SUBJECT]
    mine = tuple(word for value in values if value.name == subject for word in value.words)
    others = tuple(word for value in values if value.name != subject for word in value.words)
    return (mine, others) if mine else ((), ())


def _sentence(sentence: str, mine: tuple[str, ...], others: tuple[str, ...]) -> str:
    kept: list[str] = []
    dropped = False
    for clause in _CLAUSE.findall(sentence):
        bare = clause.removeprefix(_BULLET).lstrip()
        if bare.startswith(others):
            dropped = True
        elif bare.startswith(mine):
            dropped = False
        if not dropped:
            kept.append(clause)
    whole = "".join(kept)
    if not dropped or not whole:
        return whole
    end = sentence[-1:] if sentence[-1:] in "\n。；;" else ""
    return whole.rstrip("，,；;") + (end if not whole.endswith(tuple("：:")) else "")


@cache
def names() -> tuple[str, ...]:
    """What the kinds of merchants are called in the guides, the longest first."""
    words = (word for value in _known()[1] for word in value.words)
    return tuple(sorted(words, key=len, reverse=True))


def is_for(sentence: str, known: Mapping[str, str]) -> bool:
    """Whether a sentence begins with the name of this merchant's own kind."""
    mine, _ = _kinds(known)
    return bool(mine) and sentence.removeprefix(_BULLET).lstrip().startswith(mine)


def excluded(text: str, known: Mapping[str, str]) -> bool:
    """Whether a text still holds a branch that is not this merchant's."""
    return fitting(text, known) != text.strip("\n")
