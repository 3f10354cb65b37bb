"""What a short message says to the dialogue itself: 下一步, 第三步, 都不是, 算了, 1.

Sayings are data (`words.toml`) and are compared by sound, so that an IME's wrong homophone
(下一部), traditional characters and plain pinyin need no saying of their own.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from pypinyin import lazy_pinyin
from pypinyin.seg import mmseg

_LEAD = re.compile(
    r"^(?:那就|那么|那|嗯+|恩+|哦+|噢+|啊+|额|呃|好的|好吧|你好|您好|老师|老板|请问|请|麻烦|我要|我想|我|帮我|给我|就|先|再问下|还有|已经|都)"
)
_TAIL = re.compile(
    r"(?:啊|呀|吧|呢|哈|啦|嘛|哦|噢|喔|哟|咯|哎|诶|的|吗|么|了|谢谢|谢了|多谢|老师|老板|一下|先)$"
)
_MERGED_SOUNDS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "幺": 1}
_TENS = re.compile(r"^([一二三四五六七八九])?十([一二三四五六七八九])?$")
_NUMBER = r"(\d{1,3}|[一二两三四五六七八九十]{1,3})"
_STEP = re.compile(rf"第{_NUMBER}(?:步|部|布|歩)")
_CHOICE = re.compile(
    rf"^(?:我?(?:选|要|回复|回|按|点|看|问|是)?(?:的是)?)第?{_NUMBER}"
    r"(?:个|项|条|种|号|点|那个|这个|那条|这条|个问题|种情况)?(?:吧|呢|啊|呀|的|哈|那个|这个|那条)*$"
)
_LAST_CHOICE = re.compile(r"^(?:选|要|看|问)?最后(?:一|那)?(?:个|条|项|种)(?:吧|呢|啊)?$")
_RATING = re.compile(r"^(?:打|给|评)?([1-5一二两三四五])(?:分|星|颗星)?(?:吧|哈|啊)?$")


_FACE = re.compile(r"\[[\u4e00-\u9fffA-Za-z]{1,6}\]")
_CLAUSE = re.compile(r"[\s,，。;；!！?？、~]+")
_QUESTION = re.compile(
    r"[?？]|怎么|怎样|咋|如何|多久|多少|几天|几点|哪|什么|啥|为何|为什么|[吗么呢]$|是不是|能不能|可不可以|可以不|行不|会不会|有没有|要不要"
)


def content(text: str) -> str:
    """The characters that carry meaning: width and case folded, no punctuation or emoji."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return folded if folded.isalnum() else "".join(filter(str.isalnum, folded))


@lru_cache(maxsize=4096)
def _spoken(word: str) -> str:
    """One character, or one word of the dictionary, in pinyin: nothing of a merchant's own."""
    return "".join(lazy_pinyin(word))


def _merged(pinyin: str) -> str:
    """With the pairs merged that southern speakers and IMEs confuse."""
    for heard, kept in _MERGED_SOUNDS:
        pinyin = pinyin.replace(heard, kept)
    return pinyin


def _sound(form: str) -> str:
    return _merged("".join(_spoken(word) for word in mmseg.seg.cut(form)))


@cache
def _sayings() -> Mapping[str, frozenset[str]]:
    """Under each command its sayings, as they are written and as they sound."""
    table = tomllib.loads((files(__package__) / "commands.toml").read_text(encoding="utf-8"))
    written = {command: frozenset(map(content, sayings)) for command, sayings in table.items()}
    return {
        command: plain | {_sound(saying) for saying in plain if len(saying) > 1}
        for command, plain in written.items()
    }


@cache
def _beginnings() -> frozenset[str]:
    """All that the sound of a saying may begin with."""
    heard = frozenset[str]().union(*_sayings().values())
    return frozenset(one[:end] for one in heard for end in range(1, len(one) + 1))


def _heard(form: str) -> str:
    """How it sounds, "" as soon as no saying begins like that: most messages soon do not."""
    spoken = heard = ""
    for word in mmseg.seg.cut(form):
        spoken += _spoken(word)
        heard = _merged(spoken)
        if heard not in _beginnings():
            return ""
    return heard


def _forms(text: str) -> set[str]:
    """The message as it is and without the small words around it."""
    forms = {content(text)}
    for pattern in (_LEAD, _TAIL, _LEAD, _TAIL):
        forms |= {pattern.sub("", form, count=1) for form in forms}
    return forms - {""}


@lru_cache(maxsize=64)  # asked many times within one turn; a merchant's words do not stay long
def _taken(text: str) -> frozenset[str]:
    """What is looked for among the sayings: every form of a message, and how it sounds."""
    forms = _forms(text)
    return frozenset(forms | {_heard(form) for form in forms if len(form) > 1})


def says(text: str, command: str) -> bool:
    """Whether a message is one of the sayings of `command` and nothing more."""
    return len(text) <= MAX_SAYING and not _sayings()[command].isdisjoint(_taken(text))


def first_said(text: str, commands: tuple[str, ...]) -> str:
    """The first of `commands` that the message says, "" for none."""
    return next((command for command in commands if says(text, command)), "")


MAX_SAYING = 24
"""Longer messages say something of their own."""


def only_emoji(text: str) -> bool:
    """Whether a message is nothing but emoji or WeChat's own faces such as [微笑]."""
    bare = _FACE.sub("", text)
    if content(bare):
        return False
    return bare != text or any(unicodedata.category(character) == "So" for character in bare)


def clauses(text: str) -> tuple[str, ...]:
    """The parts of a message between spaces and punctuation."""
    return tuple(part for part in _CLAUSE.split(text) if part)


def is_question(text: str) -> bool:
    """Whether a message asks something."""
    return bool(_QUESTION.search(text))


def number(word: str) -> int | None:
    """3, 三, 十二 as a number; None when it is none."""
    if word.isdecimal():
        return int(word)
    if match := _TENS.match(word):
        tens, ones = match.groups()
        return _DIGITS.get(tens or "一", 1) * 10 + _DIGITS.get(ones or "零", 0)
    return _DIGITS.get(word) if len(word) == 1 else None


def step_number(text: str) -> int | None:
    """The step in 第三步是啥; None when the message names none."""
    match = _STEP.search(content(text))
    return number(match.group(1)) if match else None


def choice_number(text: str) -> int | None:
    """The number in 1, 二, 第二个, 选2, 2号; -1 for 最后一个; None when it is no choice."""
    plain = content(text)
    if _LAST_CHOICE.match(plain):
        return -1
    match = _CHOICE.match(plain)
    return number(match.group(1)) if match else None


def rating(text: str) -> int | None:
    """1 to 5 out of 5, 五分, 打4分, 5星; None otherwise."""
    match = _RATING.match(content(text))
    return number(match.group(1)) if match else None


def is_bare_number(text: str) -> bool:
    """A message that is nothing but a small number."""
    plain = content(text)
    return len(plain) <= MAX_BARE_DIGITS and number(plain) is not None


MAX_BARE_DIGITS = 3
