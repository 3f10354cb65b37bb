"""How characters sound: the IME's near-homophones, and pinyin typed instead of characters."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

FIRST, LAST = 0x4E00, 0x9FFF
_PRIVATE_USE = 0xE000
_SYLLABLE = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw]?)([aeiouvng]+r?)$")
_SAME_INITIAL = {"zh": "z", "ch": "c", "sh": "s", "n": "l"}
_LONGEST = 6


def fuzzy(syllable: str) -> str:
    """A toneless syllable as people mix it up: n/l, zh/z, ch/c, sh/s, ang/an, eng/en, ing/in."""
    found = _SYLLABLE.match(syllable)
    if not found:
        return syllable
    final = found[2]
    if final.endswith("ng") and final[-3:-2] in ("a", "e", "i"):
        final = final[:-1]
    return _SAME_INITIAL.get(found[1], found[1]) + final


def _toneless(reading: str) -> str:
    text = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(c for c in text if "a" <= c <= "z")


@dataclass(frozen=True)
class Sounds:
    """The toneless reading of every common character, "" where there is none."""

    readings: tuple[str, ...]

    @classmethod
    def from_pypinyin(cls) -> "Sounds":
        """Read them from pypinyin's dictionary: costs a quarter of a second, so it is kept."""
        from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415 - only when a bank is compiled

        codes = range(FIRST, LAST + 1)
        return cls(tuple(_toneless(PINYIN_DICT.get(code, "").split(",")[0]) for code in codes))

    @cached_property
    def of(self) -> dict[str, str]:
        """Character → fuzzy syllable."""
        made = {reading: fuzzy(reading) for reading in set(self.readings)}
        pairs = enumerate(self.readings, FIRST)
        return {chr(code): made[reading] for code, reading in pairs if reading}

    @cached_property
    def toneless(self) -> dict[str, str]:
        """Character → syllable as it is spelt."""
        return {chr(code): reading for code, reading in enumerate(self.readings, FIRST) if reading}

    @cached_property
    def initials(self) -> dict[str, str]:
        """Character → the first letter of its syllable."""
        return {
            chr(code): reading[0] for code, reading in enumerate(self.readings, FIRST) if reading
        }

    @cached_property
    def signs(self) -> dict[str, str]:
        """Character → one private character for its fuzzy syllable."""
        heard = enumerate(sorted(set(self.of.values())), _PRIVATE_USE)
        sign = {syllable: chr(code) for code, syllable in heard}
        return {char: sign[syllable] for char, syllable in self.of.items()}

    def string(self, units: Iterable[str]) -> str:
        """Units as one string of signs; what has no reading stands for itself."""
        get = self.signs.get
        return "".join([get(unit, unit) for unit in units])

    @cached_property
    def syllables(self) -> frozenset[str]:
        return frozenset(filter(None, self.readings)) - {"m", "n", "hm", "den", "nun"}

    def segment(self, letters: str) -> list[str] | None:
        """Letters as the fewest toneless syllables, None when they are not pinyin."""
        best: list[list[str] | None] = [[]]
        for end in range(1, len(letters) + 1):
            cut: list[str] | None = None
            for start in range(max(0, end - _LONGEST), end):
                before = best[start]
                if before is None or letters[start:end] not in self.syllables:
                    continue
                if cut is None or len(before) + 1 < len(cut):
                    cut = [*before, letters[start:end]]
            best.append(cut)
        return best[-1]
