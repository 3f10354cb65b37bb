"""How a message looks: its characters, its clauses, and whether it asks."""

import re
import unicodedata

_CLAUSE = re.compile(r"[\s,，。;；!！?？、~]+")
_QUESTION = re.compile(
    r"[?？]|怎么|怎样|咋|如何|多久|多少|几天|几点|哪|什么|啥|为何|为什么|[吗么呢]$|是不是|能不能|可不可以|可以不|行不|会不会|有没有|要不要|[了过得到好成]没有?[啊呀呢]?$"
)


def content(text: str) -> str:
    """The characters that carry meaning: width and case folded, no punctuation or emoji."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return folded if folded.isalnum() else "".join(filter(str.isalnum, folded))


def clauses(text: str) -> tuple[str, ...]:
    """The parts of a message between spaces and punctuation."""
    return tuple(part for part in _CLAUSE.split(text) if part)


def is_question(text: str) -> bool:
    """Whether a message asks something."""
    return bool(_QUESTION.search(text))
