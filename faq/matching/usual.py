"""How alike the phrasings of one entry usually are in a bank.

Authors differ: where one entry's phrasings hardly share a word, a message that shares a few words
with one of them says more than it does elsewhere.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from faq.matching.arrays import Floats

LOOKED_AT = 150
"""Phrasings of a bank that are compared with their siblings, spread over all of them."""


def usual(
    first: NDArray[np.intp], entries: NDArray[np.bool_], alike: Callable[[int, slice], Floats]
) -> float:
    """The mean likeness of a phrasing to the nearest other one of its entry, 0 without any.

    The phrasings of meaning m are `first[m]:first[m + 1]`; `alike` compares one with several.
    """
    rows = [
        (row, slice(begin, end))
        for begin, end, entry in zip(first[:-1].tolist(), first[1:].tolist(), entries, strict=True)
        if entry and end - begin > 1
        for row in range(begin, end)
    ]
    found = []
    for row, own in rows[:: -(-len(rows) // LOOKED_AT) or 1]:
        likeness = alike(row, own)
        found.append(float(np.delete(likeness, row - own.start).max()))
    return sum(found) / len(found) if found else 0.0
