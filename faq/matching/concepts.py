"""What a text speaks of, clause by clause: concepts of `faq/language/concepts.toml`, and whether
each is denied, supposed, asked about or over. No trade's words: kin, death, money, blocked, ...
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise

from faq import language
from faq.matching.normalize import fold

_NUMBER = "0-9零一二两三四五六七八九十百千几半多"
_AMOUNT = re.compile(
    rf"[{_NUMBER}][{_NUMBER}.,]*\s*多?(?:万|千|百|块|元|w|k)[{_NUMBER}]*(?:多|块|元|钱)*|[0-9]{{4,}}"
)
_COUNT = re.compile(rf"[{_NUMBER}]+几?(?:个(?:师傅|客服|部门|月)|次|遍|趟|回|通|家|封|条|种|年|天)")
_AGE = re.compile(rf"[{_NUMBER}]{{1,3}}岁")
_CLAUSE = re.compile(r"([^，,。.！!？?；;：:、\n…~\s—]+)([，,。.！!？?；;：:、\n…~\s—]*)")
_ASKS = re.compile(r"(?:吗|么|呢|吧|没|不|嘛)$")
_NOT_WORD = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_DIGITS = re.compile(r"\d+")
_REACH = 5
"""Characters after a 不 or 没 within which it denies what follows."""
_DENYING = re.compile(
    "(?:没有|并没|从没|不用|不要|不必|不想|不是|不会|不需要|无需|用不着|先别|[没不别未无勿唔冇甭])"
    r"(?=([0-9a-z\u3400-\u9fff]{1,4}))"
)
"""A negation and the characters that it denies: 叫人 in 别叫人来 is not 叫人 alone."""
_LIGHT = frozenset({"asks", "not", "maybe", "over", "before", "joke", "me", "many"})
"""Concepts that say how something is meant: they are neither denied nor supposed themselves."""
_GRAMS = (1, 2, 3)
_LONGEST, _LENGTH_STEP, _LONG = 400, 8, 6
DENIED, SUPPOSED = "~", "?"
NOTHING = "nothing"
"""Words that only look like one of a concept: 工商户 is no 工商."""


@dataclass(frozen=True, slots=True)
class ClauseConcepts:
    """What one clause speaks of, in order, as names of concepts; denied ones begin with `~`,
    supposed ones with `?`."""

    names: tuple[str, ...]
    asks: bool


@cache
def _words() -> tuple[re.Pattern[str], dict[str, tuple[str, ...]]]:
    found: dict[str, list[str]] = defaultdict(list)
    for concept in language.table("concepts"):
        if concept != "labels":
            for word in language.words("concepts", concept):
                found[fold(word).strip()] += [concept] if concept != NOTHING else []
    longest_first = sorted(found, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return pattern, {word: tuple(dict.fromkeys(names)) for word, names in found.items()}


def clauses(folded: str) -> list[ClauseConcepts]:
    """The clauses of a folded text."""
    made = []
    for match in _CLAUSE.finditer(folded):
        names = tuple(_scoped(sorted(_met(match[1]))))
        asks = "?" in match[2] or "asks" in names or bool(_ASKS.search(match[1]))
        made.append(ClauseConcepts(names, asks))
    return made


def _met(clause: str) -> Iterator[tuple[int, str]]:
    for pattern, name in ((_AMOUNT, "amount"), (_COUNT, "count"), (_AGE, "age")):
        for match in pattern.finditer(clause):
            yield match.start(), name
    pattern, words = _words()
    for match in pattern.finditer(clause):
        for name in words[match[0]]:
            yield match.start(), name


def _scoped(met: list[tuple[int, str]]) -> Iterator[str]:
    """The names; the first thing after a negation is denied, all of a supposition is supposed."""
    supposed = any(name == "maybe" for _, name in met)
    denies, denied = -_REACH - 1, -1
    for place, name in met:
        if name == "not":
            denies, denied = place, -1
            yield name
        elif name in _LIGHT:
            yield name
        elif place - denies <= _REACH and denied in (-1, place):
            denied = place
            yield DENIED + name
        else:
            yield SUPPOSED + name if supposed else name


def features(text: str) -> tuple[set[str], set[str]]:
    """What of a text counts: rows of characters, and concepts with what they meet."""
    folded = fold(text)[:_LONGEST]
    return _grams(folded) | _denied(folded), _structure(folded)


def _grams(folded: str) -> set[str]:
    row = "^" + _NOT_WORD.sub(" ", _DIGITS.sub("0", folded)).strip() + "$"
    return {row[at : at + size] for size in _GRAMS for at in range(len(row) - size + 1)}


def _denied(folded: str) -> set[str]:
    """The rows of characters that are denied, marked as such."""
    rows = [match[1] for match in _DENYING.finditer(folded)]
    return {
        DENIED + row[at : at + size]
        for row in rows
        for size in _GRAMS
        for at in range(len(row) - size + 1)
    }


def _structure(folded: str) -> set[str]:
    parts = clauses(folded)
    found = set().union(*map(_of_clause, parts))
    whole = {name for part in parts for name in part.names}
    marks = {mark for part in parts for mark in _marks(part) if mark in _OF_THE_WHOLE}
    found.update("&".join(pair) for pair in combinations(sorted(whole), 2))
    found.update(f"&{name}|{mark}" for name in whole for mark in marks)
    found.update(f"!{mark}" for mark in marks)
    found.add(f"!long{min(_LONG, len(folded) // _LENGTH_STEP)}")
    found.add(f"!clauses{min(_LONG, len(parts))}")
    if parts and parts[-1].asks:
        found.add("!ends asking")
    return found


def _marks(part: ClauseConcepts) -> list[str]:
    """How a clause speaks of things, and of whom."""
    asked = ["asked"] if part.asks else []
    return asked + [mark for name, mark in _MARKS.items() if name in part.names]


_MARKS = {
    "not": "denied",
    "maybe": "supposed",
    "over": "over",
    "firm": "firm",
    "me": "me",
}
_OF_THE_WHOLE = ("asked", "supposed", "over")


def _of_clause(part: ClauseConcepts) -> set[str]:
    names, marks = set(part.names), _marks(part)
    found = names | {f"{name}|{mark}" for name in names for mark in marks}
    # Who does what to whom: 他转给我 is not 我转给他.
    found.update(f"{one}>{next_one}" for one, next_one in pairwise(part.names))
    met = {"+".join(pair) for pair in combinations(sorted(names), 2)}
    found |= met
    if "denied" in marks:
        found |= {f"{pair}|denied" for pair in met}
    if "asked" in marks or "supposed" in marks:
        found |= {f"{pair}|asked" for pair in met}
    return found


def named(feature: str) -> str:
    """A feature of structure in Chinese, "" when it is not about concepts."""
    labels = language.mapping("concepts", "labels")
    body, _, mark = feature.lstrip("&").partition("|")
    names = [part for part in re.split(r"[+&>]", body) if part and not part.startswith("!")]
    told = []
    for name in names:
        word = labels.get(name.lstrip(DENIED + SUPPOSED), "")
        told.append(labels.get(name[0], "") + word if word else "")
    if not all(told) or not told:
        return ""
    return "、".join(told) + (f"({labels[mark]})" if mark in labels else "")
