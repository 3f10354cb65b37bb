"""What of a text counts: characters and their neighbours, sounds, synonyms, other platforms."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from faq import language
from faq.matching.blocks import CHAR, PAIR, PLATFORM, SOUND_PAIR, SYNONYM
from faq.matching.normalize import fold, plain
from faq.matching.pinyin import Sounds

_UNIT = re.compile(r"[\u3400-\u9fff]|[0-9a-z]+")


def units(text: str) -> list[str]:
    """Han characters one by one, other words whole."""
    return _UNIT.findall(text)


@dataclass(frozen=True)
class Featurer:
    """Turns plain texts into named features.

    `synonyms` is word → its group's name; `platforms` are names that speak against the bank.
    """

    sounds: Sounds
    synonyms: dict[str, str]
    platforms: tuple[str, ...]

    @classmethod
    def for_bank(
        cls, sounds: Sounds, groups: Sequence[Sequence[str]], own: Iterable[str]
    ) -> "Featurer":
        """`groups` are the bank's synonyms, `own` its entries' plain texts."""
        known = " ".join(own)
        others = [name for name in language.words("platforms", "names") if name not in known]
        made: dict[str, str] = {}
        for group in groups:
            for word in group:
                made.setdefault(plain(fold(word)), f"={plain(fold(group[0]))}")
        made.pop("", None)
        return cls(sounds, made, tuple(others))

    @cached_property
    def _synonym(self) -> re.Pattern[str] | None:
        words = sorted(self.synonyms, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, words))) if words else None

    @cached_property
    def _platform(self) -> re.Pattern[str] | None:
        words = sorted(self.platforms, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, words))) if words else None

    def other_platforms(self, text: str) -> list[str]:
        """Names in the text of platforms that the bank is not about."""
        return self._platform.findall(text) if self._platform else []

    def of(self, text: str) -> dict[str, int]:
        """Feature → the index of its block in `faq.matching.blocks`."""
        row = units(text)
        made = dict.fromkeys(row, CHAR)
        ends = ["^", *row, "$"]
        made.update(dict.fromkeys(map("".join, pairwise(ends)), PAIR))
        of = self.sounds.of
        heard = [of.get(unit, unit) for unit in row]
        made.update(dict.fromkeys([f"~{a} {b}" for a, b in pairwise(heard)], SOUND_PAIR))
        if self._synonym:
            made.update((self.synonyms[word], SYNONYM) for word in self._synonym.findall(text))
        if self.other_platforms(text):
            made["!platform"] = PLATFORM
        return made
