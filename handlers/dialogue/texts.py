"""The bot's texts: one data file that the owner may copy and change, checked on start."""

import logging
import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from faq.bank import Firm

MAX_BYTES = 1200
"""A text is part of a message of at most 2000 bytes; this leaves room for steps and options."""

_FORBIDDEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"包[退过成]|一定能|肯定能|百分之?百|绝对|秒[退到]|马上到账|全额|稳[退过]"),
        "不要向商家打包票",
    ),
    (re.compile(r"[!！]"), "不用感叹号"),
    (re.compile(r"亲[,，亲爱]|^亲"), "不用「亲」"),
    (re.compile(r"\d{1,2}[:：]\d{2}"), "时间写成占位符，由设置决定"),
    (re.compile(r"\d{7,}"), "电话写成占位符 {phone}，由设置决定"),
    (re.compile(r"\d+ *(?:分钟|小时)"), "等待时间写成占位符，由实际排队决定"),
    (re.compile(r"耐心等待"), "说清楚要等多久，不要只叫人等"),
)
_ENGLISH = (re.compile(r"[A-Za-z]"), "商家看到的文字里不用英文")
"""A firm's own file may name what it sells; a copy of our texts has no need to."""

log = logging.getLogger(__name__)
PERSON = "顾问"
_ALSO_FILLED = {"form_done": frozenset({"shop", "problem", "contact"})}
"""Placeholders that a copy may have although the shipped text has not."""
# Of copies made before these things came from the firm.
_GONE = frozenset({"thing_deposit", "thing_login", "shop_nameless"})
_RENAMED = {
    "alarm_dispute": "alarm_deducted",
    "label_dispute": "label_deducted",
    "form_shop_doubt": "form_name_doubt",
}
_FILLED_BEFORE = {"form_name_doubt": ("{shop}", "{value}")}
_OF_FIELD = re.compile(r"(?:form_ask|field)_[a-z][a-z0-9_]*")
"""How a field of the inquiry is asked for and called: which fields there are is the firm's."""


class TextsError(ValueError):
    """The texts cannot be used; `problems` says all that is wrong, in Chinese, for the owner."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Texts:
    """Every text under its key, each with one or more wordings."""

    wordings: Mapping[str, tuple[str, ...]]
    own: frozenset[str] = frozenset()
    """Keys that the owner's copy gives."""

    def of_firm(self, firm: Firm) -> "Texts":
        """With the firm's own wordings: over the shipped ones and under the owner's copy, until
        somebody edited them at the desk."""
        kept = frozenset[str]() if firm.edited_at_desk else self.own
        theirs = {**_of_fields(firm), **_of_today(firm.texts)}
        known = {key: text for key, text in theirs.items() if key not in kept}
        return Texts({**self._of_people(firm.person), **known}, self.own)

    def _of_people(self, person: str) -> Mapping[str, tuple[str, ...]]:
        """The program's own texts, with the firm's word for the people behind the bot."""
        if not person:
            return self.wordings
        return {
            key: text if key in self.own else tuple(one.replace(PERSON, person) for one in text)
            for key, text in self.wordings.items()
        }

    def text(self, key: str, **values: object) -> str:
        """The first wording."""
        return self.say(key, 0, **values)

    def say(self, key: str, turn: int = 0, **values: object) -> str:
        """One wording with its placeholders filled. Same `turn`, same wording."""
        wordings = self.wordings[key]
        return wordings[turn % len(wordings)].format(**values)


def load_texts(path: Path | None = None) -> Texts:
    """The shipped texts, or the owner's own copy at `path`.

    Where the copy lacks a key, as one made for an earlier version does, the shipped text is used,
    with a warning in the log. Raises TextsError with every problem of the file at once: bad TOML,
    an unknown key, a placeholder that the program does not fill, a text that is empty, too long,
    promises what the settings do not hold, or is written in English.
    """
    shipped = _read((files(__package__) / "texts.toml").read_text(encoding="utf-8"), "texts.toml")
    read = None if path is None else _read_own(path)
    own = shipped if read is None or path is None else _completed(read, shipped, path)
    given = frozenset(_of_today(read or {}))
    problems = tuple(_in_words(_problems(own, shipped, (*_FORBIDDEN, _ENGLISH))))
    if problems:
        raise TextsError(problems)
    return Texts(own, given)


def firm_problems(firm: Firm) -> list[tuple[str, str]]:
    """What is wrong with the texts of a firm: the key, and why, in Chinese."""
    shipped = load_texts().wordings
    known = {f"{start}_{each.name}" for each in firm.inquiry for start in ("form_ask", "field")}
    texts = _of_today(firm.texts)
    stray = (key for key in texts if _OF_FIELD.fullmatch(key) and key not in known | shipped.keys())
    words = [(key, "inquiry 里没有这一样，请删掉或改对名字。") for key in stray]
    theirs = {**shipped, **_of_fields(firm), **texts}
    return [*words, *_problems(theirs, shipped, _FORBIDDEN)]


def _in_words(problems: Iterator[tuple[str, str]]) -> Iterator[str]:
    return (f"{key}：{words}" for key, words in problems)


def _of_fields(firm: Firm) -> dict[str, tuple[str, ...]]:
    """How the firm asks for the fields of its inquiry, and what it calls them."""
    asked = {f"form_ask_{each.name}": each.ask for each in firm.inquiry}
    called = {f"field_{each.name}": each.label for each in firm.inquiry}
    return {key: (text,) for key, text in (asked | called).items()}


def _of_today(texts: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Texts written for an earlier version, under the names and with the places of this one."""
    today = {}
    for key, wordings in texts.items():
        name = _RENAMED.get(key, key)
        before, now = _FILLED_BEFORE.get(name, ("", ""))
        today[name] = tuple(text.replace(before, now) if before else text for text in wordings)
    return {name: wordings for name, wordings in today.items() if name not in _GONE}


def _read_own(path: Path) -> dict[str, tuple[str, ...]]:
    try:
        return _read(path.read_text(encoding="utf-8-sig"), path.name)
    except OSError as error:
        raise TextsError((f"{path.name}：打不开（{error.strerror}）。",)) from error
    except UnicodeDecodeError as error:
        raise TextsError((f"{path.name}：不是 UTF-8 编码，请另存为 UTF-8。",)) from error


def _completed(
    own: dict[str, tuple[str, ...]], shipped: Mapping[str, tuple[str, ...]], path: Path
) -> dict[str, tuple[str, ...]]:
    """A copy made for an earlier version: keys renamed since, the shipped texts for new ones."""
    renamed = _of_today(own)
    missing = [key for key in shipped if key not in renamed]
    if missing:
        log.warning("%s lacks %s: the shipped texts are used", path.name, ", ".join(missing))
    return {key: shipped[key] for key in missing} | renamed


def _read(source: str, name: str) -> dict[str, tuple[str, ...]]:
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise TextsError((f"{name}：格式读不懂（{error}）。",)) from error
    return {key: _wordings(value) for key, value in table.items()}


def _wordings(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value.strip(),)
    if isinstance(value, list):
        return tuple(part.strip() for part in value if isinstance(part, str))
    return ()


Rules = tuple[tuple[re.Pattern[str], str], ...]


def _problems(
    own: Mapping[str, tuple[str, ...]], shipped: Mapping[str, tuple[str, ...]], rules: Rules
) -> Iterator[tuple[str, str]]:
    known = {key for key in own if key in shipped or _OF_FIELD.fullmatch(key)}
    for key in sorted(own.keys() - known):
        yield key, "程序里没有这一条，请删掉或改对名字。"
    for key in filter(known.__contains__, own):
        if not own[key]:
            yield key, "是空的，请写上文字。"
        named = (_placeholders(text) or () for text in shipped.get(key, ()))
        allowed = _ALSO_FILLED.get(key, frozenset()).union(*named)
        for text in own[key]:
            yield from ((key, problem) for problem in _faults(text, allowed, rules))


def _faults(text: str, allowed: frozenset[str], rules: Rules) -> Iterator[str]:
    if not text:
        yield "是空的，请写上文字。"
    if (size := len(text.encode())) > MAX_BYTES:
        yield f"太长了，有 {size} 字节，最多 {MAX_BYTES}。"
    found = _placeholders(text)
    if found is None:
        yield "花括号没有成对。"
        return
    if unknown := found - allowed:
        yield f"不认识的占位符 {'、'.join(sorted(unknown))}。"
    bare = re.sub(r"\{\w+\}", "", text)
    yield from (f"{advice}。" for pattern, advice in rules if pattern.search(bare))


def _placeholders(text: str) -> frozenset[str] | None:
    """The names in braces; None when the braces do not fit."""
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError:
        return None
    return frozenset(name for _, name, _, _ in parsed if name is not None)
