"""Makes faq/matching/rarity.npz from the word list of jieba: `python -m bench.rarity`."""

from collections import Counter
from itertools import pairwise
from math import log
from pathlib import Path

import jieba
import numpy as np

from faq.matching.rarity import SHIFT, UNSEEN, code

OUT = Path(__file__).parents[1] / "faq" / "matching" / "rarity.npz"
MOST_PAIRS = 120_000
RAREST = 14.0
"""Natural logarithm of one in so many: rarer than this is all the same."""
ACROSS = 0.3
"""Of the pairs by chance, so many stand across the border of two words, which the list lacks."""


def count() -> tuple[Counter[str], Counter[str]]:
    """Characters and neighbours within words, by how often they are written."""
    chars: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for line in Path(jieba.__file__).with_name("dict.txt").read_text("utf-8").splitlines():
        word, often, *_ = line.split(" ")
        if all("\u3400" <= char <= "\u9fff" for char in word):
            for char in word:
                chars[char] += int(often)
            for a, b in pairwise(word):
                pairs[a + b] += int(often)
    return chars, pairs


def main() -> None:
    chars, pairs = count()
    total = sum(chars.values())
    made = {code(char): often / total for char, often in chars.items()}
    for pair, often in pairs.most_common(MOST_PAIRS):
        by_chance = chars[pair[0]] * chars[pair[1]] / total
        made[code(pair)] = (often + ACROSS * by_chance) / total
    # Neighbours that no word has: two common characters still meet by chance.
    common = [char for char, _ in chars.most_common(400)]
    for a in common:
        for b in common:
            made.setdefault(ord(a) << SHIFT | ord(b), ACROSS * chars[a] * chars[b] / total**2)
    codes = np.array(sorted(made), np.uint32)
    levels = [min(UNSEEN, round(UNSEEN * -log(made[each]) / RAREST)) for each in codes.tolist()]
    np.savez_compressed(OUT, codes=codes, levels=np.array(levels, np.uint8))


if __name__ == "__main__":
    main()
