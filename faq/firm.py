"""`firm.toml` beside the guides: what is the firm's own in what the bot says."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from faq.bank import Bank, Button, Firm, InquiryField, Thing
from faq.problems import Problem

NAME = "firm.toml"
KNOWN = frozenset({"name", "person", "things", "menu", "inquiry", "texts", "edited_at_desk"})
SHAPES = {
    "name": "文字",
    "person": "文字",
    "things": '[{ label = "…", entry = "…" }]',
    "menu": '[{ name = "…", entry = "…" }]，entry 也可以换成 key 或 url',
    "inquiry": '[{ name = "…", label = "…", ask = "…" }]',
    "texts": '[texts] 下面一行一条：名字 = "…"，或 ["…", "…"]',
}
MOST_THINGS, MOST_BUTTONS, MOST_FIELDS = 3, 3, 6
LABEL_MAX, NAME_MAX, PERSON_MAX = 20, 20, 6
BUTTON_BYTES, KEY_BYTES, URL_BYTES = 16, 128, 1024
"""What WeChat takes of a menu."""
PERSON = "human"
"""The key of a button that leads to a person."""
KINDS = ("name", "problem", "contact", "text")
OF_THEIR_OWN = frozenset({"problem", "contact"})
"""Fields that are known by their name."""
TAKEN = frozenset({"alarm", "phone", "note", "notes", "pictures", "materials", "urged"})
"""What else stands in a case beside the inquiry's fields."""
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,23}")


def read_firm(text: str | None, problems: list[Problem]) -> Firm:
    """The firm; what is wrong with the file is added to `problems`."""
    if text is None:
        return Firm()
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(NAME, 0, f"不是 TOML：{error}"))
        return Firm()
    problems += [Problem(NAME, 0, f"不认识「{key}」") for key in data if key not in KNOWN]
    found = {key: _part(key, data[key], problems) for key in SHAPES if key in data}
    known = {key: value for key, value in found.items() if value is not None}
    return Firm(edited_at_desk=data.get("edited_at_desk") is True, **known)


def _part(key: str, value: Any, problems: list[Problem]) -> Any:  # noqa: ANN401 (one of Firm's)
    try:
        return _READ[key](value)
    except (TypeError, KeyError, AttributeError):
        problems.append(Problem(NAME, 0, f"{key} 写成 {SHAPES[key]}"))
        return None


def _of(value: Any, *known: str) -> Iterator[dict[str, str]]:  # noqa: ANN401 (whatever TOML has)
    """Tables with these keys and no other, all of them texts."""
    for table in value:
        if not isinstance(table, dict) or table.keys() - set(known):
            raise TypeError("not such a table")
        if not all(isinstance(each, str) for each in table.values()):
            raise TypeError("not a text")
        yield {name: text.strip() for name, text in table.items()}


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value.strip()


def _things(value: object) -> tuple[Thing, ...]:
    return tuple(Thing(each["label"], each["entry"]) for each in _of(value, "label", "entry"))


def _menu(value: object) -> tuple[Button, ...]:
    return tuple(
        Button(each["name"], each.get("key", ""), each.get("entry", ""), each.get("url", ""))
        for each in _of(value, "name", "key", "entry", "url")
    )


def _inquiry(value: object) -> tuple[InquiryField, ...]:
    tables = _of(value, "name", "label", "ask", "kind")
    return tuple(
        InquiryField(each["name"], each["label"], each["ask"], each.get("kind") or kind_of(each))
        for each in tables
    )


def kind_of(table: dict[str, str]) -> str:
    """What a field is by its name alone."""
    return table["name"] if table["name"] in OF_THEIR_OWN else "text"


def _texts(value: Any) -> dict[str, tuple[str, ...]]:  # noqa: ANN401 (whatever TOML has)
    return {str(key): _wordings(text) for key, text in value.items()}


def _wordings(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value.strip(),)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(each.strip() for each in value)
    raise TypeError("a text is a text, or several of them")


_READ = {
    "name": _name,
    "person": _name,
    "things": _things,
    "menu": _menu,
    "inquiry": _inquiry,
    "texts": _texts,
}


def check_firm(firm: Firm, bank: Bank) -> Iterator[tuple[str, str]]:
    """What cannot be right: where (`name`, `things`, `menu`, `inquiry`), and why, in Chinese."""
    if len(firm.name) > NAME_MAX:
        yield "name", f"名字最多 {NAME_MAX} 个字"
    if len(firm.person) > PERSON_MAX:
        yield "person", f"真人的叫法最多 {PERSON_MAX} 个字"
    yield from (("things", words) for words in _check_things(firm, bank))
    yield from (("menu", words) for words in _check_menu(firm, bank))
    yield from (("inquiry", words) for words in _check_inquiry(firm))


def _check_things(firm: Firm, bank: Bank) -> Iterator[str]:
    if len(firm.things) > MOST_THINGS:
        yield f"大家来办的事最多 {MOST_THINGS} 件，现在有 {len(firm.things)} 件"
    for thing in firm.things:
        if not 0 < len(thing.label) <= LABEL_MAX:
            yield f"「{thing.label}」要有名字，最多 {LABEL_MAX} 个字"
        if not thing.entry:
            yield f"「{thing.label}」还没有选答哪一条"
        elif thing.entry not in bank.by_id:
            yield f"「{thing.label}」的「{thing.entry}」没有这条问答"


def _check_menu(firm: Firm, bank: Bank) -> Iterator[str]:
    if len(firm.menu) > MOST_BUTTONS:
        yield f"菜单最多 {MOST_BUTTONS} 个按钮，现在有 {len(firm.menu)} 个"
    for button in firm.menu:
        if not 0 < (size := len(button.name.encode())) <= BUTTON_BYTES:
            yield f"按钮「{button.name}」有 {size} 字节，微信要 1 到 {BUTTON_BYTES}（5 个汉字）"
        yield from _check_target(button, bank)
    keys = Counter(button.key or button.entry for button in firm.menu if not button.url)
    yield from (f"两个按钮的 key 都是「{key}」" for key, times in keys.items() if times > 1)


def _check_target(button: Button, bank: Bank) -> Iterator[str]:
    if button.url:
        if not button.url.startswith(("https://", "http://")):
            yield f"按钮「{button.name}」的网址要以 https:// 开头"
        if len(button.url.encode()) > URL_BYTES:
            yield f"按钮「{button.name}」的网址太长，最多 {URL_BYTES} 字节"
        if button.key or button.entry:
            yield f"按钮「{button.name}」的 url 和问答只能写一个"
    elif not (leads_to := button.entry or button.key):
        yield f"按钮「{button.name}」还没有选点了做什么"
    elif leads_to not in {PERSON, *bank.by_id}:
        yield f"按钮「{button.name}」的「{leads_to}」没有这条问答"
    if len(button.key.encode()) > KEY_BYTES:
        yield f"按钮「{button.name}」的 key 太长，最多 {KEY_BYTES} 字节"


def _check_inquiry(firm: Firm) -> Iterator[str]:
    if len(firm.inquiry) > MOST_FIELDS:
        yield f"询价最多问 {MOST_FIELDS} 样，现在有 {len(firm.inquiry)} 样"
    for one in firm.inquiry:
        yield from _check_field(one)
    for what in ("name", "label"):
        said = Counter(getattr(one, what) for one in firm.inquiry)
        yield from (f"「{text}」有两样，换一个名字" for text, times in said.items() if times > 1)
    kinds = Counter(one.kind for one in firm.inquiry)
    if kinds["name"] > 1:
        yield "只有一样能当称呼（kind 写 name）"
    if firm.inquiry and not kinds["problem"]:
        yield "少了「problem」：总要问遇到了什么问题"


def _check_field(one: InquiryField) -> Iterator[str]:
    if not _FIELD.fullmatch(one.name):
        yield f"「{one.name}」要用小写英文字母开头，只写字母、数字和下划线"
    if one.name in TAKEN:
        yield f"「{one.name}」这个名字程序自己要用，换一个"
    if not 0 < len(one.label) <= LABEL_MAX:
        yield f"「{one.name}」要有叫法（label），最多 {LABEL_MAX} 个字"
    if not one.ask:
        yield f"「{one.name}」没有写怎么问（ask）"
    if one.kind not in KINDS:
        yield f"「{one.name}」的 kind 只能是 {'、'.join(KINDS)}"
    elif (one.kind in OF_THEIR_OWN or one.name in OF_THEIR_OWN) and one.kind != one.name:
        yield f"「{one.name}」和程序自己的「{one.kind}」冲突：这两样的 name 和 kind 要一样"
