"""Phone numbers in a message, and what is wrong with one that is none.

A number of the mainland may come without its country; one of elsewhere comes with it, as +852 or
852. A number without its area code is one only where a number was asked for (`local`).
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

import phonenumbers

PhoneProblem = Literal["", "short", "long", "unknown", "spelt"]

_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"(?:\+?86[-\s]?)?\d[\d\-\s()（）]{4,22}\d")
_MOBILE = 11
_SPELT = re.compile(r"[零〇一二三四五六七八九幺](?:[\s-]?[零〇一二三四五六七八九幺]){5,}")
"""幺三八 九八七六 五四三二: a number as it is said."""
_SPOKEN = str.maketrans("零〇一二三四五六七八九幺", "001234567891")
_MIN_TRY = 6


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A valid `number` (138…, or 0898-…), or what is wrong with the digits in `said`."""

    number: str = ""
    problem: PhoneProblem = ""
    said: str = ""
    span: tuple[int, int] = (0, 0)


_ABROAD = re.compile(r"(?<![\d+])(?:00)?(?=(?:852|853|886)[-\s]?\d{4}[-\s]?\d{4,5}(?!\d))")
"""852 6123 4589 as people of Hong Kong write it, without the plus."""
_LOCAL = re.compile(r"(?<![\d+-])[2-9]\d{2,3}[-\s]?\d{4}(?![\d-])")


def _valid(text: str) -> FoundNumber | None:
    for match in phonenumbers.PhoneNumberMatcher(text, "CN"):
        if phonenumbers.is_valid_number(match.number):
            return FoundNumber(number=_written(match.number), span=(match.start, match.end))
    return None


def _from_abroad(text: str) -> FoundNumber | None:
    place = _ABROAD.search(text)
    found = _valid(f"+{text[place.end() :]}") if place else None
    if place is None or found is None:
        return None
    return replace(found, span=(place.start(), place.end() + found.span[1] - 1))


def local(text: str) -> FoundNumber:
    """66228811: seven or eight digits without an area code, in a message without other digits."""
    match = _LOCAL.search(text)
    if match is None or len(_DIGIT.findall(text)) != len(_DIGIT.findall(match.group())):
        return FoundNumber()
    return FoundNumber(number=re.sub(r"\D", "", match.group()), span=match.span())


def find(text: str) -> FoundNumber:
    """The first mobile or landline number of a message."""
    if spelt := _SPELT.search(text):
        digits = re.sub(r"\D", "", spelt.group().translate(_SPOKEN))
        return FoundNumber(problem="spelt", said=_hidden(digits), span=spelt.span())
    if len(_DIGIT.findall(text)) < _MIN_TRY:
        return FoundNumber()
    if valid := _valid(text) or _from_abroad(text):
        return valid
    tried = _DIGITS.search(text)
    if tried is None:
        return FoundNumber()
    digits = re.sub(r"\D", "", tried.group()).removeprefix("86")
    if len(digits) < _MIN_TRY:
        return FoundNumber()
    return FoundNumber(problem=_problem(digits), said=_hidden(digits), span=tried.span())


_CHINA = 86
_LANDLINE_DIGITS = range(7, 13)


def looks_like_one(text: str) -> bool:
    """Whether a message that answers a question for the number is digits of about that length."""
    digits = re.sub(r"[\s\-+]", "", text)
    return digits.isdecimal() and len(digits) in _LANDLINE_DIGITS


def _written(number: phonenumbers.PhoneNumber) -> str:
    """13800138000, 0898-66668888, 4008001234: as people here write them.

    The library leaves out the area code of smaller cities, so it is told apart here: Beijing and
    the 02x cities have two digits, all others three.
    """
    if number.country_code != _CHINA:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    digits = phonenumbers.national_significant_number(number)
    kind = phonenumbers.number_type(number)
    if kind != phonenumbers.PhoneNumberType.FIXED_LINE:
        return digits
    area = 2 if digits[0] in "12" else 3
    return f"0{digits[:area]}-{digits[area:]}"


def _problem(digits: str) -> PhoneProblem:
    if not digits.startswith("1"):
        return "unknown"
    if len(digits) < _MOBILE:
        return "short"
    return "long" if len(digits) > _MOBILE else "unknown"


def _hidden(digits: str) -> str:
    """Enough to recognise one's own number by."""
    return f"{digits[:3]}…{digits[-2:]}"
