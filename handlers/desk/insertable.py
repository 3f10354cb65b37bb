"""An entry as a consultant sends it: without what only the bot can keep.

回复「人工」 or 发「怎么退」 mean something while the bot answers. Under a consultant it is
silent, so a merchant who follows such a line would wait for nothing.
"""

import re
from dataclasses import replace

from faq.bank import Entry

_ORDER = re.compile(r"(?:回复|(?<![开转出])发)\s*(?:「|数字|\d)")
_SENTENCE = re.compile(r"[^。；;！!\n]*[。；;！!\n]|[^。；;！!\n]+$")
_CLAUSE = re.compile(r"[^，,：:]+[，,：:]?")
_ENDS = "。；;！!\n"
_JOINTS = "，,：: "


def insertable(entry: Entry, phone: str) -> Entry:
    """The entry in a consultant's mouth. A step keeps its place, whatever it says."""
    filled = (text.replace("{phone}", phone) for text in (entry.answer, entry.after))
    answer, after = map(without_orders, filled)
    steps = tuple(without_orders(step) or step for step in entry.steps)
    return replace(entry, answer=answer, steps=steps, after=after)


def without_orders(text: str) -> str:
    """The text without the clauses that tell what to reply to the bot."""
    kept = "".join(_sentence(sentence) for sentence in _SENTENCE.findall(text))
    kept = re.sub(r"\n{3,}", "\n\n", kept).strip()
    return re.sub(r"[；;](?=\n|$)", "。", kept)


def _sentence(sentence: str) -> str:
    if not _ORDER.search(sentence):
        return sentence
    body = sentence.rstrip(_ENDS)
    end = sentence[len(body) :]
    kept = _clauses(_CLAUSE.findall(body))
    return "".join(kept).rstrip(_JOINTS) + end if kept else "\n" * end.count("\n")


def _clauses(clauses: list[str]) -> list[str]:
    """What is left; a condition that led only to an order (想问价，回复…) goes with it."""
    kept: list[str] = []
    for number, clause in enumerate(clauses):
        if not _ORDER.search(clause):
            kept.append(clause)
        elif number == len(clauses) - 1 and _ORDER.match(clause.strip()) and kept:
            kept.pop()
    return kept
