"""A follow-up that names no subject of its own means what was talked about last.

几天有结果 after an appeal is about the appeal, however sure the bank is that somebody else asks so
about the deposit; 审核几天 names its subject, and is the bank's.
"""

import re
from functools import lru_cache

from faq.bank import Entry
from faq.details import step_help
from handlers.dialogue import answer_parts, asking, commands
from handlers.dialogue.turn import Turn

_SMALL = re.compile(
    r"[这那个一步里边上在我你您她他它要能可以就怎么办弄整做搞点操作的是吗呢啊了没还也都会不行吧用得着到有该啥些呀嘛哦先再又样儿]"
)
"""Characters that name nothing: what is left of a question is its subject."""
_SOMEBODY = re.compile(r"你们|您们|贵司|贵店|他们")
_LONGEST = 16
"""Characters of a follow-up at most; a longer one says itself what it is about."""


def subject(turn: Turn) -> tuple[str, ...]:
    """What a question names beside what it asks: 结果 in 几天有结果."""
    return _subject(turn.readings[0])


def _subject(said: str) -> tuple[str, ...]:
    left = _SMALL.sub(" ", asking.without_aspects(said))
    return tuple(filter(None, map(commands.content, left.split())))


def has_subject(said: str) -> bool:
    """怎么退押金 names what it is about; 完了在哪点 does not."""
    return any(len(part) > 1 for part in _subject(said))


def is_bare(turn: Turn) -> bool:
    """手机上能弄吗 names nothing but what it asks: it can only mean what is at hand."""
    return bool(turn.aspects) and not subject(turn)


def means(turn: Turn, entry: Entry, rival: Entry | None = None) -> bool:
    """Whether a question is about `entry`, which was talked about, and names nothing of `rival`."""
    walk = turn.memory.walk
    if entry.id not in (turn.memory.entry, walk and walk.entry):
        return False
    if not asking.asks(turn.text) or len(commands.content(turn.text)) > _LONGEST:
        return False
    if _SOMEBODY.search(turn.text):
        return False
    words, before = _all_words(entry), turn.memory.thought.text
    said, known = words + before, answer_parts.known_pairs(words) | answer_parts.pairs(before)
    subjects = tuple(map(_subject, turn.readings))
    if not all(subjects):
        return bool(turn.aspects)
    if not any(all(part in said or _half_known(part, known) for part in one) for one in subjects):
        return False
    return rival is None or not names(turn, rival, entry)


def known(entry: Entry) -> frozenset[str]:
    """The pairs of characters of everything that an entry says."""
    return answer_parts.known_pairs(_all_words(entry))


def _half_known(part: str, known: frozenset[str]) -> bool:
    pairs = answer_parts.pairs(part)
    return 2 * len(pairs & known) >= len(pairs) > 0


def names(turn: Turn, rival: Entry, entry: Entry) -> bool:
    """Whether a word is in the rival's own name, and not in that of what is talked about."""
    theirs, ours = rival.question + rival.short, entry.question + entry.short
    pairs = frozenset().union(*map(answer_parts.pairs, subject(turn)))
    return bool(pairs & (answer_parts.known_pairs(theirs) - answer_parts.known_pairs(ours)))


def shortens(turn: Turn, entry: Entry, rival: Entry) -> bool:
    """备啥 after 登录信息怎么备份: one character of what was talked about stands for all of it."""
    subjects = {_subject(one.replace("哪", " ")) for one in turn.readings}
    if len(commands.content(turn.text)) > _SHORT or entry.guide == rival.guide:
        return False
    name = entry.question + entry.short
    return all(len(one) == 1 and len(one[0]) == 1 and one[0] in name for one in subjects)


_SHORT = 4


@lru_cache(maxsize=512)
def _all_words(entry: Entry) -> str:
    """Everything that an entry says."""
    helps = (step_help(one) for one in entry.step_help)
    told = (text for help_ in helps for text in (help_.first, *(t for _, t in help_.aspects)))
    parts = (entry.question, entry.short, entry.answer, *entry.steps, *told, *entry.details)
    return commands.content(" ".join((*parts, entry.after)))
