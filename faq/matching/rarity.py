"""How rare a character or a pair of neighbours is in written Chinese, whatever the bank is about.

A bank of two hundred phrasings cannot tell that 的 says little and 牙 much. The counts come from
the word list of jieba (MIT), see `bench.rarity`; `rarity.npz` has them sorted by code.
"""

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from faq.matching.arrays import Floats
from faq.matching.blocks import CHAR, PAIR

SHIFT = 16
UNSEEN = 255
"""What is not in the list is as rare as anything."""
LATIN = 128
"""A whole word of letters or digits is half as rare."""


@cache
def _table() -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    with (files(__package__) / "rarity.npz").open("rb") as file, np.load(file) as arrays:
        return arrays["codes"], arrays["levels"]


def code(text: str) -> int:
    """One or two characters as a number; 0 for anything longer."""
    if len(text) == 1:
        return ord(text)
    return ord(text[0]) << SHIFT | ord(text[1]) & 0xFFFF


def rarity(names: list[str], blocks: NDArray[np.int8]) -> Floats:
    """Of each feature, 0 (says nothing) to 1; features that are no characters say nothing here."""
    codes, levels = _table()
    wanted = np.array([code(name) if len(name) <= 2 else 0 for name in names], np.uint32)  # noqa: PLR2004
    places = np.searchsorted(codes, wanted).clip(max=len(codes) - 1)
    found = np.where(codes[places] == wanted, levels[places], UNSEEN).astype(np.float32)
    latin = np.array([name.isascii() for name in names], np.bool_)
    found[latin] = LATIN
    edge = np.array([name[:1] == "^" or name[-1:] == "$" for name in names], np.bool_)
    found[edge | (blocks != CHAR) & (blocks != PAIR)] = 0
    return found / np.float32(UNSEEN)
