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
from handlers.dialogue import inquiry_fields

MAX_BYTES = 1200
"""A text is part of a message of at most 2000 bytes; this leaves room for steps and options."""

_FORBIDDEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"包[退过成]|一定能|肯定能|百分之?百|绝对|秒[退到]|马上到账|全额|稳[退过]"),
        "不要向商家打包票",
    ),
    (re.compile(r"[!！]"), "不用感叹号"),
    (re.compile(r"亲[,，亲爱]|^亲"), "不用「亲」"),
    (re.compile(r"[A-Za-z]"), "商家看到的文字里不用英文"),
    (re.compile(r"\d{1,2}[:：]\d{2}"), "时间写成占位符，由设置决定"),
    (re.compile(r"\d{7,}"), "电话写成占位符 {phone}，由设置决定"),
    (re.compile(r"\d+ *(?:分钟|小时)"), "等待时间写成占位符，由实际排队决定"),
    (re.compile(r"耐心等待"), "说清楚要等多久，不要只叫人等"),
)


log = logging.getLogger(__name__)
_ALSO_FILLED = {"form_done": frozenset(inquiry_fields.NAMES)}
"""Placeholders that a copy may have although the shipped text has not."""
# Of copies made before these things came from the firm.
_GONE = frozenset({"thing_deposit", "thing_login"})
_RENAMED = {"alarm_dispute": "alarm_deducted", "label_dispute": "label_deducted"}


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
        theirs = {key: text for key, text in firm.texts.items() if key in self.wordings}
        return Texts(
            {**self.wordings, **{key: text for key, text in theirs.items() if key not in kept}}
        )

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
    given = frozenset(_RENAMED.get(key, key) for key in read or ())
    problems = tuple(_problems(own, shipped))
    if problems:
        raise TextsError(problems)
    return Texts(own, given)


def firm_problems(texts: Mapping[str, tuple[str, ...]]) -> list[str]:
    """What is wrong with the texts of a `firm.toml`, in Chinese."""
    shipped = load_texts().wordings
    return list(_problems({**shipped, **texts}, shipped))


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
    renamed = {
        _RENAMED.get(key, key): wordings for key, wordings in own.items() if key not in _GONE
    }
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


def _problems(
    own: Mapping[str, tuple[str, ...]], shipped: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    yield from (f"{key}：程序里没有这一条，请删掉或改对名字。" for key in own if key not in shipped)
    for key in own.keys() & shipped.keys():
        if not own[key]:
            yield f"{key}：是空的，请写上文字。"
        named = (_placeholders(text) or () for text in shipped[key])
        allowed = _ALSO_FILLED.get(key, frozenset()).union(*named)
        for text in own[key]:
            yield from (f"{key}：{problem}" for problem in _faults(text, allowed))


def _faults(text: str, allowed: frozenset[str]) -> Iterator[str]:
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
    yield from (f"{advice}。" for pattern, advice in _FORBIDDEN if pattern.search(bare))


def _placeholders(text: str) -> frozenset[str] | None:
    """The names in braces; None when the braces do not fit."""
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError:
        return None
    return frozenset(name for _, name, _, _ in parsed if name is not None)
