"""Finding what a merchant should never have sent: codes, passwords, papers' and cards' numbers.

The word before a number counts, not only its check digit: a card's number with a slip is still a
card's number. Texts are looked at without what hides a number (width, invisible characters,
traditional script), and places are those in the text as it was sent.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from opencc import OpenCC
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


_LONGEST = 20_000
_SPOKEN = "零〇一二三四五六七八九幺两"
_DIGIT = rf"[\d{_SPOKEN}]"
_GAP = r"[ \t\-.·_/]"
_UNIT = r"(?![\d年月天号分秒次元块万遍个位])"
_TO = r"[^\d\n]{0,8}?"
"""What may stand between the word and the number: 是, 的是, :, 给你, ..."""

_MEANS_CODE = (
    r"(?:(?:短信|手机|登录|支付|动态|安全|提款|银行)?(?:验证码|验证马|校验码|确认码|动态密码|动态码|短信码|"
    r"短信密码|一次性密码|安全码|授权码|识别码|提取码|验正码|口令码|动态口令|登录码|登陆码|认证码|随机码|短信数字|验证数字)|\byzm|yzm|\bcode|\botp|cvv2?|cvc)"
)
_CODE_AFTER = re.compile(
    rf"{_MEANS_CODE}[^\d{_SPOKEN}\n]{{0,8}}?(?P<secret>{_DIGIT}(?:[ \-]?{_DIGIT}){{2,7}})(?!\d)"
    r"(?![年月天次元块万遍分秒个位])",
)
_CODE_BEFORE = re.compile(
    rf"(?<!\d)(?<!尾号)(?P<secret>\d{{4,8}})(?![\d年月天分秒次元块遍])[^\d\n没不未]{{0,14}}{_MEANS_CODE}",
)
_CODE_FAR = re.compile(
    rf"{_MEANS_CODE}[^\d\n没不未]{{0,24}}(?P<secret>(?<!尾号)(?<!\d)\d{{6}}){_UNIT}(?!\d)",
)
# 短信里写的是 4471: a service's own number (10086, 12345, 95588) is none.
_TEXTED = re.compile(
    rf"短信[^\d\n没不未]{{0,12}}(?P<secret>(?<!\d)(?!1[02]\d{{3}}|95\d{{3}})\d{{4,8}}){_UNIT}(?!\d)"
)
# 刚来的六位是 483920，帮我登一下: six digits among words of receiving or typing them.
_RECEIVED = re.compile(
    r"(?:收到|发来|来的|刚来|[六6]位|数字|这串|那串|一串)[^\d\n没不未]{0,10}"
    rf"(?P<secret>(?<!\d)\d{{6}}){_UNIT}(?!\d)"
)
_TYPED = re.compile(
    rf"(?<![\d.])(?<!尾号)(?P<secret>\d{{6}}){_UNIT}[^\d\n]{{0,8}}(?:登|输|填|验证|别告诉|快过期|有效)"
)
_SPOKEN_TYPED = re.compile(
    rf"(?<![{_SPOKEN}])(?P<secret>[{_SPOKEN}]{{6}})(?![{_SPOKEN}十百千万年月天号分次元块个])"
    r"[^\n]{0,6}(?:登|输|填|验证)"
)
_BARE = re.compile(r"^\s*(?!(\d)\1+\s*$)(?P<secret>\d{4,8})\s*[。.!！]?\s*$")
# 来了 591736, 591736 你帮我填: handed over without the word; an amount has no six digits.
_HANDED = re.compile(rf"(?:来了|给你|发你|告诉你)[^\d\n]{{0,4}}(?P<secret>\d{{6}}){_UNIT}")
_TO_FILL = re.compile(
    rf"(?<!\d)(?P<secret>\d{{4,8}}){_UNIT}[\s,，。]{{0,3}}(?:你|帮我?|快)?(?:填|输)"
)

_MEANS_PASSWORD = r"(?:密\s*码|密马|口令|password|passwd|\bpwd|\bpw\b|mima|密吗|手势码|\bpin)"  # noqa: S105 - the words for one
_ASKED = r"(?!\s*(?:是什么|是多少|是啥|是几|多少))"
_SAYS = r"(?:是|为|:|=|就是|改成了?|换成了?|设的?是?|设成了?|给你|发你|我设的|填的?|输的?|叫|：)"
_PASSWORD = re.compile(
    rf"{_MEANS_PASSWORD}{_ASKED}\s*{_SAYS}+\s*"
    r"(?P<secret>[!-~]{0,40}[0-9][!-~]{0,40}|[!-~]{5,40})",
)
# 密码12345678: nothing between the word and what can only be one. 密码6位 asks for its length.
_PASSWORD_STUCK = re.compile(
    rf"{_MEANS_PASSWORD}{_ASKED}\s*(?P<secret>(?=[!-~]*\d)[!-~]{{5,40}}|\d{{4,20}})"
    rf"{_UNIT}"
)
_PASSWORD_OF = re.compile(
    rf"(?:账号|用户名|登录名|帐号)[^\n]{{1,30}}?{_MEANS_PASSWORD}{_ASKED}\s*{_SAYS}*\s*"
    r"(?P<secret>[a-z0-9][!-~]{4,40})(?=$|[\s,。])"
)
_PASSWORD_SPOKEN = re.compile(
    rf"{_MEANS_PASSWORD}\s*{_SAYS}*\s*(?P<secret>[{_SPOKEN}]{{6,12}})(?![{_SPOKEN}])"
)
# 密码也给你吧 Hai#2046: a mixed run of letters and digits close behind the word.
_PASSWORD_NEAR = re.compile(
    rf"{_MEANS_PASSWORD}[^!-~\n忘错微账邮]{{0,8}}"
    r"(?P<secret>(?=[!-~]*[0-9])(?=[!-~]*[a-z])[!-~]{6,40}|\d{6,12})(?![\d年月天次元块遍个位])"
)

_MEANS_CARD = (
    r"(?:银行卡|储蓄卡|信用卡|借记卡|对公账户|收款账[号户]|银行账[号户]|账户号?码?|账号|帐号|卡号|卡"
    r"|(?:工商?|农业?|中国|建设?|交通?|招商?|邮储?|民生|浦发|中信|光大|兴业|平安|广发|华夏|农信)行?(?:卡|的卡)?"
    r"|\bcard|yhk|kahao)"
)
_CARD = re.compile(rf"{_MEANS_CARD}{_TO}(?P<secret>\d(?:{_GAP}?\d){{11,18}})(?!{_GAP}?\d)")
_MEANS_ID = (
    r"(?:身份证|身份正|身分证|身份证件|证件|sfzh?|\bid(?:\s*(?:card|no\.?|number))?|id|shenfenzheng"
    r"|户口本|法人证|社保号|公民身份)"
)
_ID = re.compile(
    rf"{_MEANS_ID}{_TO}(?P<secret>\d(?:{_GAP}?\d){{16}}{_GAP}?[\dx]|\d(?:{_GAP}?\d){{14}})"
    rf"(?!{_GAP}?\d)"
)
_ID_END = re.compile(
    rf"{_MEANS_ID}[^\d\n]{{0,4}}后[四六4-6]位{_TO}(?P<secret>\d{{3,5}}[\dx])(?!\d)"
)
_ABROAD: tuple[re.Pattern[str], ...] = (
    # Hong Kong, with the check digit in brackets, or with the word.
    re.compile(r"(?<![a-z0-9])(?P<secret>[a-z]{1,2}\d{6}\s*\([\da]\))"),
    re.compile(
        r"(?:身份证|香港|hkid|\bid)[^a-z\d\n]{0,8}(?P<secret>[a-z]{1,2}\s?\d{6}\s*\(?[\da]\)?)(?![a-z\d])"
    ),
    # Macau.
    re.compile(r"(?<!\d)(?P<secret>[1578]/?\d{6}/?\s*\(\d\))"),
    re.compile(
        r"(?:澳门[^\d\n]{0,10}|身份证[^a-z\d\n]{0,8})(?P<secret>[1578]/?\d{6}/?\(?\d\)?)(?!\d)"
    ),
    # Taiwan: the first digit tells the sex (1, 2) or a resident (8, 9).
    re.compile(r"(?<![a-z0-9])(?P<secret>[a-z][1289]\d{8})(?![a-z0-9])"),
    # Passes between them: 回乡证, 通行证, 台胞证, 居住证; passports.
    re.compile(
        r"(?:回乡证|通行证|返乡证|回乡咭|回乡卡|台胞证|台湾居民|港澳居民|居住证|居留证|来往内地)"
        r"[^a-z\d\n]{0,10}(?P<secret>[a-z]?\d{8,18}(?:\(?\d{1,2}\)?)?)(?![a-z\d])"
    ),
    re.compile(
        r"(?:护照|passport|huzhao)[^a-z\d\n]{0,10}(?P<secret>(?=[a-z\d]*\d)[a-z\d]{7,10})(?![a-z\d])"
    ),
    re.compile(r"(?:军官证|士兵证)[^\d\n]{0,8}(?P<secret>\d{6,10})(?!\d)"),
)
_PATTERNS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_ID_END, "id"),
    (_CODE_AFTER, "code"),
    (_CODE_FAR, "code"),
    (_TEXTED, "code"),
    (_RECEIVED, "code"),
    (_TYPED, "code"),
    (_SPOKEN_TYPED, "code"),
    (_CODE_BEFORE, "code"),
    (_HANDED, "code"),
    (_TO_FILL, "code"),
    (_PASSWORD, "password"),
    (_PASSWORD_STUCK, "password"),
    (_PASSWORD_OF, "password"),
    (_PASSWORD_SPOKEN, "password"),
    (_PASSWORD_NEAR, "password"),
    (_BARE, "code"),
    (_ID, "id"),
    (_CARD, "card"),
    *((pattern, "id") for pattern in _ABROAD),
)
_LONG = re.compile(rf"(?<!\d)(?<!\d{_GAP})\d(?:{_GAP}?\d){{13,18}}x?(?![0-9])")
_ORDER = re.compile(r"(?:订单|单号|order|运单|快递|流水|编号|案号|工单|发票)[^\d]{0,10}$")
_PHONE = re.compile(r"^(?:86)?1[3-9]\d{9}$")
_ANY = re.compile(rf"[!-~\d{_SPOKEN}]")
"""Every secret has one of these; few messages do, and the others need no closer look."""
MASK = "【已隐去】"
_ID_DIGITS = (15, 18)
_CARD_DIGITS = range(16, 20)
_CIRCLED = {chr(0x2460 + at): str(at + 1) for at in range(9)} | {"⓪": "0", "零": "零"}


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def _plain(text: str) -> tuple[str, list[int]]:
    """The text made plain, and for each of its characters the place it came from."""
    made: list[str] = []
    places: list[int] = []
    for at, char in enumerate(text):
        if unicodedata.category(char) in ("Cf", "Mn", "Me", "Co") or char == "\u3164":
            continue  # invisible, or drawn over the character before: 4\ufe0f\u20e3
        for one in unicodedata.normalize("NFKC", _CIRCLED.get(char, char)).lower():
            if unicodedata.category(one) == "Nd":
                made.append(str(unicodedata.digit(one)))
            elif unicodedata.category(one) == "Pd" or one == "\u2212":
                made.append("-")
            else:
                made.append(one)
            places.append(at)
    return "".join(made), places


def _simplified(plain: str) -> str:
    """In simplified script, character by character: places stay."""
    if plain.isascii():
        return plain
    made = _simplifier().convert(plain)
    return made if len(made) == len(plain) else plain


def find_secrets(text: str) -> list[Secret]:
    """Every secret in a text, in order, not overlapping. Phone and order numbers are none."""
    plain, places = _plain(text[:_LONGEST])
    if not _ANY.search(plain):
        return []
    chosen: list[Secret] = []
    for secret in sorted(_all(_simplified(plain)), key=lambda one: (one.start, -one.end)):
        if not chosen or secret.start >= chosen[-1].end:
            chosen.append(secret)
    return [Secret(places[one.start], places[one.end - 1] + 1, one.kind) for one in chosen]


def _all(plain: str) -> Iterator[Secret]:
    yield from _numbers(plain)
    for pattern, kind in _PATTERNS:
        for match in pattern.finditer(plain):
            secret = Secret(*match.span("secret"), kind)
            if not _is_phone(match["secret"]) and not _is_order(plain, secret.start):
                yield secret


def _is_phone(written: str) -> bool:
    return bool(_PHONE.match(re.sub(r"\D", "", written)))


def _is_order(plain: str, start: int) -> bool:
    return bool(_ORDER.search(plain[max(0, start - 14) : start]))


def _numbers(plain: str) -> Iterator[Secret]:
    """Numbers without a word: those whose check digit is right."""
    for match in _LONG.finditer(plain):
        number = "".join(char for char in match[0] if char.isalnum())
        if len(number) in _ID_DIGITS and _is_id(number.upper()):
            yield Secret(*match.span(), "id")
        elif _is_card(number.rstrip("x")) and not _is_order(plain, match.start()):
            yield Secret(*match.span(), "card")


def _is_id(number: str) -> bool:
    try:
        ric.validate(number)
    except ValidationError:
        return False
    except KeyError:  # a place that the library knows without its counties
        return ric.calc_check_digit(number) == number[-1]
    return True


def _is_card(number: str) -> bool:
    # Chinese bank cards begin with 3 to 6 (UnionPay 62, Visa 4, Mastercard 5, JCB 35).
    return len(number) in _CARD_DIGITS and number[0] in "3456" and luhn.is_valid(number)


def mask(text: str) -> str:
    """The text with every secret replaced by MASK; the same text when there is none."""
    for secret in reversed(find_secrets(text)):
        text = text[: secret.start] + MASK + text[secret.end :]
    return text
