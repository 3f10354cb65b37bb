"""The part of an answer that a follow-up asks for: a branch of it, or one step."""

import re
from functools import lru_cache

from faq.bank import Entry
from faq.details import step_help
from handlers.dialogue.commands import content

Branches = tuple[tuple[str, ...], ...]
"""Words of one kind of merchant or one branch of an answer each; a follow-up names one of them."""

_LINE = re.compile(r"[^\n。;；]+[。;；]?")
_MAX_FOLLOW_UP = 16
_ASKS = re.compile(r"怎么|咋|吗|哪|什么|啥|多久|为何|能不能|要不要|行不")
"""A message that asks something is a question of its own, not the name of a branch."""

_NAME = 3
"""Characters that the name of a button or a page has at least."""

_LEAST = 10
"""Characters below which a piece of a list says nothing by itself."""


def facet(text: str, branches: Branches) -> tuple[str, ...]:
    """The one branch that a short message names; empty when it names none or several."""
    said = content(text)
    if _ASKS.search(said):
        return ()
    named = [group for group in branches if any(word in said for word in group)]
    return named[0] if len(named) == 1 and len(said) <= _MAX_FOLLOW_UP else ()


def part(entry: Entry, text: str, branches: Branches) -> str:
    """The sentences about the named branch; "" when there are none, or no others."""
    group = facet(text, branches)
    if not group or entry.steps:
        return ""
    sentences = [match.group().strip(" ·") for match in _LINE.finditer(entry.answer)]
    others = tuple(word for other in branches if other != group for word in other)
    named = [one for one in sentences if any(word in one for word in group)]
    about = [one for one in named if not _names_another(one, group, others)]
    about = [one for one in about if not one.endswith(("\uff1a", ":"))]
    whole = "\n".join(about)
    return whole if len(whole) >= _LEAST and len(about) < len(sentences) else ""


def sentence(entry: Entry, text: str) -> str:
    """The one sentence that a short follow-up shares words with: 周末算吗 after the review time."""
    if entry.steps or len(content(text)) > _MAX_FOLLOW_UP:
        return ""
    said = new_pairs(text, entry)
    sentences = [match.group().strip(" ·") for match in _LINE.finditer(entry.answer)]
    shared = [one for one in sentences if said & known_pairs(one)]
    return shared[0] if len(shared) == 1 and len(shared[0]) >= _LEAST else ""


def _names_another(sentence: str, group: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether the sentence begins with another branch: it is about that one."""
    first = min((sentence.find(w) for w in group if w in sentence), default=len(sentence))
    return any(0 <= sentence.find(w) < first for w in others)


_COMMON = frozenset(
    ("怎么", "什么", "可以", "不能", "没有", "我的", "这个", "那个", "一下", "是不", "不是", "不了")
) | frozenset(("了吗", "行吗", "怎样", "多久", "哪里", "还是"))
"""Pairs of characters that point to no step."""


def step(entry: Entry, text: str) -> int | None:
    """The step whose line and help share most pairs of characters with a follow-up.

    Words of the entry's own question say nothing about a step. None when no step stands out.
    """
    said = new_pairs(text, entry)
    helps = entry.step_help or ("",) * len(entry.steps)
    ways = (
        known_pairs(line + step_help(known).first)
        for line, known in zip(entry.steps, helps, strict=True)
    )
    shares = sorted(((len(said & way), n) for n, way in enumerate(ways, start=1)), reverse=True)
    (best, number), (second, _) = shares[:2]
    return number if best > second else by_verb(entry, text)


_VERBS = "登填交核查换清改"
"""Characters that tell what is done at a step, however it is said: 登起了, 交上去了."""


def by_verb(entry: Entry, text: str) -> int | None:
    """The one step at which this is done, known by its verb alone."""
    done = next((verb for verb in _VERBS if verb in text), "")
    steps = [n for n, line in enumerate(entry.steps, start=1) if done and done in line]
    return steps[0] if len(steps) == 1 else None


_QUOTED = re.compile(r"「([^」]+)」")


def quoted(entry: Entry, text: str) -> int | None:
    """The one step that has a button's or page's name in quotes which a message repeats."""
    named = _all_quoted(entry, text)
    return named[0] if len(named) == 1 else None


def first_quoted(entry: Entry, text: str) -> int:
    """The first step with such a name, 0 where none has one."""
    return next(iter(_all_quoted(entry, text)), 0)


def _all_quoted(entry: Entry, text: str) -> list[int]:
    names = ((number, _QUOTED.findall(line)) for number, line in enumerate(entry.steps, start=1))
    return [number for number, known in names if any(name in text for name in known)]


@lru_cache(maxsize=512)
def _phrasing_pairs(entry: Entry) -> tuple[frozenset[str], ...]:
    return tuple(pairs(one) for one in (entry.question, entry.short, *entry.phrasings))


def closeness(entry: Entry, text: str) -> float:
    """How near a text is to the nearest of an entry's phrasings, 0 to 1."""
    said = pairs(text)
    if not said:
        return 0.0
    return max(2 * len(said & one) / (len(said) + len(one) or 1) for one in _phrasing_pairs(entry))


def names_step(entry: Entry, name: str) -> int | None:
    """The one step whose line has this very name in it, as 保证金管理 does."""
    if len(name) < _NAME:
        return None
    named = [n for n, line in enumerate(entry.steps, start=1) if name in known_content(line)]
    return named[0] if len(named) == 1 else None


_SAME = 0.6
"""From this share of its pairs on, a sentence says what another one says. The details of the
shipped guides that repeat the beginning of their entry have .62 to .82, others .54 at most."""


def says_already(first: str, lead: str) -> bool:
    """Whether the beginning of an answer says what would be said before it; a no it may lack."""
    said = pairs(lead)
    if lead.startswith("不") and lead[:2] not in first:
        return False
    return len(said & pairs(first)) >= _SAME * len(said) if said else False


def new_pairs(text: str, entry: Entry) -> frozenset[str]:
    return pairs(text) - known_pairs(entry.question + entry.short) - _COMMON


def pairs(text: str) -> frozenset[str]:
    plain = content(text)
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


# Lines of the guides, of which there are few, and never a merchant's words.
known_content = lru_cache(maxsize=1024)(content)
known_pairs = lru_cache(maxsize=1024)(pairs)
