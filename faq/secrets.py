"""Finds and masks what a merchant should never have sent: codes, passwords, ID and card numbers."""

import re
from dataclasses import dataclass
from typing import Literal

from stdnum import luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

Kind = Literal["code", "password", "id", "card"]


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret's place in the text as it was sent: `text[start:end]` is what to mask."""

    start: int
    end: int
    kind: Kind


_SPOKEN = "零〇一二三四五六七八九幺两"
_DIGIT = rf"[\d{_SPOKEN}]"
_MEANS_CODE = r"(?:验证码|驗證碼|校验码|动态码|短信码|验正码|yzm|code)"
_CODE_AFTER = re.compile(
    rf"{_MEANS_CODE}[^\d{_SPOKEN}\n]{{0,8}}?(?P<secret>{_DIGIT}(?:[ \-]?{_DIGIT}){{3,7}})(?!\d)",
    re.IGNORECASE,
)
_CODE_BEFORE = re.compile(
    rf"(?<!\d)(?<!尾号)(?P<secret>\d{{4,8}})(?![\d年月天分秒次元块遍])[^\d\n没不未]{{0,14}}{_MEANS_CODE}",
    re.IGNORECASE,
)
_BARE = re.compile(r"^\s*(?!(\d)\1+\s*$)(?P<secret>\d{4,8})\s*[。.!！]?\s*$")
_PASSWORD = re.compile(
    r"(?:密\s*码|密\s*碼|口令|password|passwd|pwd|mima|密吗)(?!\s*(?:是什么|是多少|是啥))"
    r"\s*(?:是|为|：|:|=|\uff1d|就是|改成了?|给你)+\s*"
    r"(?P<secret>[!-~]{0,40}[0-9][!-~]{0,40}|[!-~]{5,40})",
    re.IGNORECASE,
)
# 来了 591736, 591736 你帮我填: handed over without the word; an amount has no six digits.
_UNIT = r"(?![\d年月天号分次秒元块万遍])"
_HANDED = re.compile(rf"(?:来了|给你|发你|告诉你)[^\d\n]{{0,4}}(?P<secret>\d{{6}}){_UNIT}")
_TO_FILL = re.compile(
    rf"(?<!\d)(?P<secret>\d{{4,8}}){_UNIT}[\s,\uff0c。]{{0,3}}(?:你|帮我?|快)?(?:填|输)"
)
# 密码也给你吧 Hai#2046: a mixed run of letters and digits close behind the word.
_PASSWORD_NEAR = re.compile(
    r"(?:密\s*码|密\s*碼|口令)[^!-~\n忘错微账邮]{0,8}"
    r"(?P<secret>(?=[!-~]*[0-9])(?=[!-~]*[A-Za-z])[!-~]{6,40})"
)
_PATTERNS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_CODE_AFTER, "code"),
    (_CODE_BEFORE, "code"),
    (_HANDED, "code"),
    (_TO_FILL, "code"),
    (_PASSWORD, "password"),
    (_PASSWORD_NEAR, "password"),
    (_BARE, "code"),
)
_LONG = re.compile(r"(?<![0-9A-Za-z])\d(?:[ \-]?\d){13,18}[Xx]?(?![0-9A-Za-z])")
_ORDER = re.compile(r"订单|訂單|单号|單號|order|运单|快递", re.IGNORECASE)
_ANY = re.compile(rf"[!-~\d{_SPOKEN}]", re.IGNORECASE)
"""Every secret has one of these; few messages do, and the others need no closer look."""
MASK = "【已隐去】"
_ID_DIGITS = 18
_CARD_DIGITS = range(16, 20)


def find_secrets(text: str) -> list[Secret]:
    """Every secret in a text, in order, not overlapping. Phone and order numbers are none."""
    text = text[:20_000]
    if not _ANY.search(text):
        return []
    found = [*_numbers(text)]
    for pattern, kind in _PATTERNS:
        found += (Secret(*m.span("secret"), kind) for m in pattern.finditer(text))
    chosen: list[Secret] = []
    for secret in sorted(found, key=lambda one: (one.start, -one.end)):
        if not chosen or secret.start >= chosen[-1].end:
            chosen.append(secret)
    return chosen


def _numbers(text: str) -> list[Secret]:
    found = []
    for match in _LONG.finditer(text):
        number = "".join(str(int(c)) if c.isdigit() else c for c in match[0] if c.isalnum())
        if len(number) == _ID_DIGITS and _is_id(number.upper()):
            found.append(Secret(*match.span(), "id"))
        elif _is_card(number) and not _ORDER.search(
            text[max(0, match.start() - 12) : match.start()]
        ):
            found.append(Secret(*match.span(), "card"))
    return found


def _is_id(number: str) -> bool:
    try:
        ric.validate(number)
    except ValidationError:
        return False
    return True


def _is_card(number: str) -> bool:
    # Chinese bank cards begin with 3 to 6 (UnionPay 62, Visa 4, Mastercard 5, JCB 35).
    return len(number) in _CARD_DIGITS and number[0] in "3456" and luhn.is_valid(number)


def mask(text: str) -> str:
    """The text with every secret replaced by MASK; the same text when there is none."""
    for secret in reversed(find_secrets(text)):
        text = text[: secret.start] + MASK + text[secret.end :]
    return text
