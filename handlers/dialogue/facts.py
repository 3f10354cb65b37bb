"""What a merchant tells of their situation, heard in any message and remembered.

The facts, how people say them and which sentences of an answer concern whom are the firm's
(`sayings.py`). A fact is the last thing said about it; one that is denied, supposed or said of
somebody else is no fact.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from handlers.dialogue.memory import Memory
from handlers.dialogue.sayings import Sayings, Value

_BEFORE = 5
_DENIED = re.compile(r"(?:不是|并非|没有|没|不|别|非)[是属于]?(?:什么|啥)?$")
_SUPPOSED = re.compile(
    r"(?:如果|要|要是|假如|假设|万一|比如|是不是|是否|还是|或者?|和|跟|与|、|/)$"
)
_OF_OTHERS = re.compile(r"(?:你们?|您|贵|他们|别的|什么|哪家|有的)的?(?:是|这)?(?:个|家)?$")
_SUPPOSED_AFTER = re.compile(
    r"^的?(?:话|和|跟|与|、|/|还是|或)|^.{0,2}(?:吗|嘛|么|吧|不|没有?)[啊呀]?(?=$|[\s,，。?？!！])"
)
"""要是…的话, and 还能登录吧: asked, and not told."""


def _holding(known: Mapping[str, str], said: Sayings) -> Iterable[Mapping[str, Any]]:
    for rule in said.rules if known else ():
        if "when" in rule and all(known.get(f) in values for f, values in rule["when"].items()):
            yield rule


def instead(entry: str, known: Mapping[str, str], said: Sayings) -> str:
    """The entry that answers a question about `entry` for this merchant; "" for that entry."""
    for rule in _holding(known, said):
        if rule.get("asked") == entry and "answer" in rule and not rule.get("unsure"):
            return str(rule["answer"])
    return ""


def plainer(
    ranking: Iterable[tuple[str, float]], known: Mapping[str, str], said: Sayings, about: str
) -> tuple[tuple[str, float], ...]:
    """Entries with weights, best first: one that presupposes what nobody told counts for the plain.

    保证金怎么退 asks for no entry about a dead number while the number is not spoken of.
    """
    weights = dict(ranking)
    for rule in said.rules:
        plain, special = rule.get("asked"), rule.get("answer")
        if plain not in weights or special not in weights:
            continue
        if rule.get("unsure") and rule in _holding(known, said):
            weights[special] += weights.pop(plain)
            continue
        if rule.get("unsure") or _is_spoken_of(rule, known, about):
            continue
        weights[plain] += weights.pop(special)
    return tuple(sorted(weights.items(), key=lambda one: -one[1]))


def without_need(entry: str, known: Mapping[str, str], said: Sayings, about: str) -> str:
    """The entry that answers where `entry` is about more than anybody spoke of; "" for itself."""
    rules = [rule for rule in said.rules if rule.get("answer") == entry]
    for rule in rules:
        told = any(_may_hold(one.get("when", {}), known) for one in rules if _same(one, rule))
        if "needs" in rule and not told and not re.search(rule["needs"], about):
            return str(rule["asked"])
    return ""


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one.get("asked") == other.get("asked"))


def _is_spoken_of(rule: Mapping[str, Any], known: Mapping[str, str], about: str) -> bool:
    """Whether what an entry presupposes was said."""
    if "needs" in rule:
        return bool(re.search(rule["needs"], about))
    return _may_hold(rule["when"], known)


def _may_hold(when: Mapping[str, Iterable[str]], known: Mapping[str, str]) -> bool:
    """Whether something of what an entry presupposes was told, and nothing against it."""
    told = known.keys() & when.keys()
    return bool(told) and all(known[fact] in when[fact] for fact in told)


def shut(known: Mapping[str, str], said: Sayings) -> frozenset[str]:
    """The entries that lead this merchant nowhere."""
    return frozenset(str(rule["shut"]) for rule in _holding(known, said) if "shut" in rule)


def starts_at(entry: str, known: Mapping[str, str], said: Sayings) -> int:
    """The first step of an entry that this merchant can use; 0 for all of them."""
    for rule in _holding(known, said):
        if rule.get("asked") == entry and "start" in rule:
            return int(rule["start"])
    return 0


def told(text: str, sayings: Sayings) -> dict[str, str]:
    """The facts that a message tells: name and value."""
    said: dict[str, tuple[int, str]] = {}
    several: dict[str, list[str]] = {}
    for value in sayings.values:
        found = _found(value, text)
        if found is None:
            continue
        at, word = found
        if value.fact in sayings.several:
            several.setdefault(value.fact, []).append(word)
        elif value.fact not in said or at > said[value.fact][0]:
            said[value.fact] = (at, word)
    one = {fact: word for fact, (_, word) in said.items()}
    return one | {fact: " ".join(words) for fact, words in several.items()}


def _found(value: Value, text: str) -> tuple[int, str] | None:
    """Where the message says it last, and what it comes to; None when it does not."""
    last: tuple[int, str] | None = None
    for pattern in value.says:
        for match in pattern.finditer(text):
            word = _word(value, match, text)
            if word and (last is None or match.start() >= last[0]):
                last = (match.start(), word)
    return last


def _word(value: Value, match: re.Match[str], text: str) -> str:
    """What a place of the message tells of the fact; "" where it is supposed or of others."""
    before = text[max(match.start() - _BEFORE, 0) : match.start()]
    after = text[match.end() :]
    if _SUPPOSED.search(before) or _OF_OTHERS.search(before) or _SUPPOSED_AFTER.match(after):
        return ""
    if _DENIED.search(before):
        return value.opposite
    return match.groupdict().get("page") or value.name


def learn(memory: Memory, text: str, now: datetime, sayings: Sayings) -> Memory:
    """The memory with what a message tells."""
    heard = told(text, sayings).items()
    new = {fact: word for fact, word in heard if not _keeps(memory, fact, word, sayings)}
    if not new:
        return memory
    for fact in sayings.several & new.keys():
        before = memory.facts.get(fact, "").split()
        new[fact] = " ".join(dict.fromkeys((*before, *new[fact].split())))
    times = dict.fromkeys(new, now.isoformat())
    return replace(memory, facts={**memory.facts, **new}, facts_at={**memory.facts_at, **times})


def _keeps(memory: Memory, fact: str, word: str, sayings: Sayings) -> bool:
    """Whether what is known already says more: gone for good, and now 停了."""
    known = sayings.value(fact, memory.facts.get(fact, ""))
    return known is not None and word in known.keeps


def in_words(known: Mapping[str, str], sayings: Sayings) -> tuple[str, ...]:
    """The facts as lines for a consultant."""
    return tuple(
        f"{sayings.labels[fact]}：{'、'.join(_labels(fact, word, sayings))}"
        for fact, word in known.items()
        if fact in sayings.labels and word
    )


def labels(known: Mapping[str, str], sayings: Sayings) -> tuple[str, ...]:
    """The facts as a merchant may read them."""
    return tuple(
        label
        for fact, word in known.items()
        if fact in sayings.noted
        for label in _labels(fact, word, sayings)
    )


_CAN = "能"


def can_do(step: str, known: Mapping[str, str], sayings: Sayings) -> bool:
    """Whether a step begins with what the merchant can do already: 登录 for one who 能登录."""
    told = (one.removeprefix(_CAN) for one in labels(known, sayings) if one.startswith(_CAN))
    return any(step.startswith(one) for one in told)


def _labels(fact: str, word: str, sayings: Sayings) -> Iterable[str]:
    if fact in sayings.quoted:
        return (f"「{word}」",)
    names = word.split() if fact in sayings.several else (word,)
    return (value.label for name in names if (value := sayings.value(fact, name)))


_SENTENCE = re.compile(r"[^\n。;；]*[\n。;；]?")
_CLAUSE = re.compile(r"[^，,：:]*[，,：:]?")
_BULLET = "· "


def fitting(text: str, known: Mapping[str, str], sayings: Sayings) -> str:
    """A guide's text without what concerns another kind of merchant than this one.

    A clause that begins with the name of a kind belongs to it, and so do those after it up to
    the end of the sentence or to the next kind.
    """
    mine, others = _kinds(known, sayings)
    if not others or not any(word in text for word in others):
        return text
    kept = (_sentence(one, mine, others) for one in _SENTENCE.findall(text))
    whole = re.sub(r"\n{3,}", "\n\n", "".join(kept)).strip("\n")
    whole = _ONE_LEFT.sub(r"\1\2", whole)
    return re.sub(r"[；;](?=\n|$)", "。", whole)


_ONE_LEFT = re.compile(rf"(^|\n)[^\n]*看您的[^\n]*[：:]\n+{_BULLET}([^\n]+)(?=\n\n|$)")
"""看您的店铺主体： and one kind below it: the kind is the answer."""


def _kinds(known: Mapping[str, str], sayings: Sayings) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the merchant's own kinds, and of the others of those facts."""
    mine: list[str] = []
    others: list[str] = []
    for value in sayings.kinds:
        if sayings.value(value.fact, known.get(value.fact, "")):
            (mine if known[value.fact] == value.name else others).extend(value.words)
    return (tuple(mine), tuple(others)) if mine else ((), ())


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


def is_for(sentence: str, known: Mapping[str, str], sayings: Sayings) -> bool:
    """Whether a sentence begins with the name of this merchant's own kind."""
    mine, _ = _kinds(known, sayings)
    return bool(mine) and sentence.removeprefix(_BULLET).lstrip().startswith(mine)


def excluded(text: str, known: Mapping[str, str], sayings: Sayings) -> bool:
    """Whether a text still holds a branch that is not this merchant's."""
    return fitting(text, known, sayings) != text.strip("\n")
