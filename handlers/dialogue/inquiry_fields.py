"""The fields of the inquiry, in the order in which they are asked for.

A field's `name` is its key in the case's form and in the API, the attribute of `memory.Form`, and
the end of its texts `form_ask_NAME` and `field_NAME`; `label` stands before it at the desk.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

SHOP, PROBLEM, CONTACT = "shop", "problem", "contact"
MAX_FIELD = 200
MAX_SHOP = 30

IS = r"(?:改成|改为|应该是|就是|是|叫做|叫|为|[:\uff1a])"
_FILLER = r"(?:嘛|呢|啊|哈|呀|那个|就|[\s,\uff0c])*"
_STOP = r"\s,\uff0c。;\uff1b「」“”\""
_VALUE = rf"[「“\"]?([^{_STOP}]{{1,{MAX_SHOP}}})"


@dataclass(frozen=True, slots=True)
class Field:
    """`said`: the message names the field by itself; the first group that matched is its value.
    `wrong`: the merchant says that it is wrong, as in 店名错了."""

    name: str
    label: str
    wrong: re.Pattern[str]
    said: re.Pattern[str] | None = None
    longest: int = MAX_FIELD
    asks: bool = False
    """Its value may sound like a question."""

    def find(self, text: str) -> re.Match[str] | None:
        """Where a message names the field by itself."""
        return self.said.search(text) if self.said else None


FIELDS = (
    Field(
        SHOP,
        "店铺",
        wrong=re.compile(r"店.{0,4}(?:错|改)"),
        said=re.compile(
            r"(?<!没有)(?<!没)(?:店铺名称|店铺名字|店铺名|店名)(?:写?错了?[,\uff0c]?\s*)?"
            rf"{_FILLER}{IS}*{_FILLER}(?!{IS}|错|写|打|改|不|了|还|怎|会|要){_VALUE}"
            rf"|(?:店铺|小店|我们?的?店|店){IS}\s*{_VALUE}"
            rf"|^(?:店铺|店名)\s*(?!{IS}|错|写|打|改|不|了|的|在|被|有|没|里){_VALUE}$"
        ),
        longest=MAX_SHOP,
    ),
    Field(
        PROBLEM,
        "问题",
        wrong=re.compile(r"(?:问题|情况).{0,4}(?:错|改)"),
        said=re.compile(rf"(?:问题|情况|事情|需求){IS}+\s*([^\n]{{2,{MAX_FIELD}}})"),
        asks=True,
    ),
    # Said by a phone number or a WeChat name: `form_fields.named_fields` reads those.
    Field(CONTACT, "联系方式", wrong=re.compile(r"(?:电话|号码|手机|微信).{0,4}(?:错|改)")),
)
BY_NAME = {field.name: field for field in FIELDS}
NAMES = tuple(field.name for field in FIELDS)


def in_lines(values: Mapping[str, str]) -> str:
    """What was told, a line for each field."""
    return "\n".join(
        f"{field.label}：{values[field.name]}" for field in FIELDS if field.name in values
    )
