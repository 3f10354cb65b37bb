"""What the inquiry asks for: the fields of the firm's `firm.toml`, in their order.

A field's `name` is its key in the case's form and in the API, and the end of its texts
`form_ask_NAME` and `field_NAME`. How merchants name one by themselves may be the firm's own too
(`sayings.toml`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from faq.bank import CONTACT, PROBLEM, Firm, InquiryField
from handlers.dialogue import sayings

MAX_FIELD = 200
MAX_NAME = 30

IS = r"(?:改成|改为|应该是|就是|是|叫做|叫|为|[:\uff1a])"
_FILLER = r"(?:嘛|呢|啊|哈|呀|那个|就|[\s,\uff0c])*"
_SAME = (
    r"(?:也是|都是|就是|和|跟)?(?:同号|同步|同一个|一样的?|通用|这个|它|此号|手机号?|电话|微信)?"
    r"(?:都行|都可以|也行)?"
)
"""微信同号 says of a number what else it is, and names nothing."""
_STOP = r"\s,\uff0c。;\uff1b「」“”\""
_VALUE = rf"[「“\"]?([^{_STOP}]{{1,{MAX_NAME}}})"

_GENERAL: Mapping[str, Mapping[str, Any]] = {
    PROBLEM: {
        "wrong": r"(?:问题|情况).{0,4}(?:错|改)",
        "says": rf"(?:问题|情况|事情|需求){IS}+\s*([^\n]{{2,{MAX_FIELD}}})",
        "called": ("问题", "情况"),
    },
    # Said by a phone number or a WeChat name: `form_fields.named_fields` reads those.
    CONTACT: {
        "wrong": r"(?:电话|号码|手机|微信).{0,4}(?:错|改)",
        "says": sayings.NEVER.pattern,
        "called": ("联系电话", "电话", "手机号?", "联系方式", "微信号?", "联系"),
    },
}


@dataclass(frozen=True, slots=True)
class Field:
    """`said`: the message names the field by itself; the first group that matched is its value.
    `unasked`: the same where nobody asks for it, and a looser way of saying it may mean anything.
    `wrong`: the merchant says that it is wrong, as in 店名错了. `looks`: words alone that are this.
    `none`: there is none, which is kept as `nothing`. `called`: patterns of what stands before it.
    """

    name: str
    label: str
    kind: str
    said: re.Pattern[str]
    unasked: re.Pattern[str]
    wrong: re.Pattern[str]
    looks: re.Pattern[str]
    none: re.Pattern[str]
    nothing: str
    called: tuple[str, ...]

    @property
    def longest(self) -> int:
        return MAX_NAME if self.kind == "name" else MAX_FIELD

    @property
    def asks(self) -> bool:
        """Its value may sound like a question."""
        return self.kind == PROBLEM

    def find(self, text: str) -> re.Match[str] | None:
        """Where a message names the field by itself."""
        return self.said.search(text)


@dataclass(frozen=True)
class Inquiry:
    """The fields in the order in which they are asked for."""

    fields: tuple[Field, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @cached_property
    def caller(self) -> Field | None:
        """The field that says how the merchant is called, if any does."""
        return next((field for field in self.fields if field.kind == "name"), None)

    @cached_property
    def label_start(self) -> re.Pattern[str]:
        return re.compile(rf"^{self._called}[:\uff1a是]+")

    @cached_property
    def label_alone(self) -> re.Pattern[str]:
        return re.compile(rf"^.{{0,2}}{self._called}[:\uff1a是]*{_SAME}$")

    @cached_property
    def _called(self) -> str:
        return f"(?:{'|'.join(word for field in self.fields for word in field.called)})"

    def ordered(self, values: Mapping[str, str]) -> dict[str, str]:
        """What was told, in the order of the fields."""
        return {name: values[name] for name in self.names if values.get(name)}

    def in_lines(self, values: Mapping[str, str]) -> str:
        """What was told, a line for each field."""
        told = self.ordered(values)
        return "\n".join(f"{self.by_name[name].label}：{value}" for name, value in told.items())

    def called(self, values: Mapping[str, str]) -> str:
        """How the merchant says to be called; "" when nothing was told."""
        return values.get(self.caller.name, "") if self.caller else ""


def of_firm(firm: Firm) -> Inquiry:
    return _made(firm.asks, firm.sayings)


@lru_cache(maxsize=8)
def _made(fields: tuple[InquiryField, ...], said: str) -> Inquiry:
    own = sayings.read(said).inquiry
    return Inquiry(tuple(_field(each, own.get(each.name, {})) for each in fields))


def _field(one: InquiryField, own: Mapping[str, Any]) -> Field:
    label = re.escape(one.label)
    usual = {"says": rf"{label}{IS}+\s*{_VALUE}", "wrong": rf"{label}.{{0,4}}(?:错|改)"}
    words = {**usual, "called": (label,), **_GENERAL.get(one.kind, {}), **own}
    return Field(
        one.name,
        one.label,
        one.kind,
        said=pattern(words["says"]),
        unasked=pattern(words.get("unasked", words["says"])),
        wrong=pattern(words["wrong"]),
        looks=pattern(words.get("looks", sayings.NEVER.pattern)),
        none=pattern(words.get("none", sayings.NEVER.pattern)),
        nothing=str(words.get("nothing", "")),
        called=tuple(words["called"]),
    )


def pattern(words: str) -> re.Pattern[str]:
    """A pattern of `sayings.toml`: `<is>`, `<filler>` and `<value>` stand for what is general."""
    parts = (("<is>", IS), ("<filler>", _FILLER), ("<value>", _VALUE))
    for mark, part in parts:
        words = words.replace(mark, part)
    return re.compile(words)
