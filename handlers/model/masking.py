"""What leaves the house is masked: secrets, numbers, and names and places as far as we know them.

The profile, the form and patterns such as 我叫…, …省…市 are all that is known: a name that stands
in none of them goes out as it was typed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from faq.secrets import mask

_NUMBER = re.compile(r"\d[\d\-\s.,]*\d|\d")
_PERSON = re.compile(
    r"(?P<before>(?:我叫|我姓|叫我|本人|联系人|收款人|法人(?:是|叫))\s*)(?P<name>[\u4e00-\u9fff]{1,4})"
)
_PLACE = re.compile(r"[\u4e00-\u9fff]{2,7}(?:省|自治区|市|区|县|镇|乡|村|路|街|号楼|小区)")
_SHORTEST = 2


@dataclass(slots=True)
class Mask:
    """One conversation's mask: the same value always gets the same name."""

    known: Iterable[str] = ()
    values: dict[str, str] = field(default_factory=dict)
    """Name → what it stands for."""

    def out(self, text: str) -> str:
        """The text as it may leave."""
        text = mask(text)
        for value in sorted({v for v in self.known if len(v) >= _SHORTEST}, key=len, reverse=True):
            text = text.replace(value, self._name("名", value))
        text = _PERSON.sub(lambda m: m["before"] + self._name("名", m["name"]), text)
        text = _PLACE.sub(lambda m: self._name("地", m.group()), text)
        return _NUMBER.sub(lambda m: self._name("数", m.group()), text)

    def back(self, text: str) -> str:
        """A draft with the values put back."""
        for name, value in self.values.items():
            text = text.replace(name, value)
        return text

    def _name(self, kind: str, value: str) -> str:
        for name, before in self.values.items():
            if before == value:
                return name
        # Letters, so that the numbers' pattern leaves the names alone.
        letter, more = chr(ord("A") + len(self.values) % 26), len(self.values) // 26
        name = f"⟨{kind}{letter}{'甲' * more}⟩"
        self.values[name] = value
        return name


def known_values(name: str, form: Mapping[str, object]) -> list[str]:
    """What the profile and the form tell of a merchant."""
    return [str(value) for value in (name, *form.values()) if value]
