"""What was learned once from many trades' banks and ships with the program (`make train`).

One judge for messages of which only words are compared, one for those with sentence vectors.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log

import numpy as np

from faq.matching.arbiter import Arbiter
from faq.matching.arrays import Floats
from faq.matching.calibrator import Calibrator
from faq.matching.columns import NAMES
from faq.matching.index import FEW as FEW_PHRASINGS
from faq.matching.index import MANY as MANY_PHRASINGS
from faq.matching.thresholds import Bands

FILE = "model.npz"
WORDS, VECTORS = "words", "vectors"
FEW, MANY = "few", "many"
RICH = log(MANY_PHRASINGS / 16) / log(MANY_PHRASINGS / FEW_PHRASINGS)
"""`Index.small` with sixteen phrasings an entry: from there on a bank has many."""
PARTS = ("centre", "spread", "knots", "weights")


@dataclass(frozen=True, slots=True)
class Trained:
    """`ranker` shares a probability among the candidates; `wishes` does so to tell a wish from a
    question, by words alone. `answer` says how likely the best entry is right, `offer` how likely
    one of three is."""

    ranker: Floats
    wishes: Floats
    answer: Calibrator
    offer: Calibrator
    bands: Bands


@cache
def shipped(sort: str, size: str) -> Trained:
    """The judge for `WORDS` or `VECTORS`, for banks with `FEW` phrasings an entry or `MANY`."""
    name = f"{sort}_{size}"
    with (files(__package__) / FILE).open("rb") as file, np.load(file) as arrays:
        if tuple(arrays["names"].tolist()) != NAMES:
            raise ValueError(f"{FILE} was trained on other evidence: run make train")
        answer, offer = (
            Calibrator(*(arrays[f"{name}_{which}_{part}"] for part in PARTS))
            for which in ("answer", "offer")
        )
        bands = Bands(*arrays[f"{name}_bands"])
        return Trained(arrays[f"{name}_ranker"], arrays[f"{name}_wishes"], answer, offer, bands)


@cache
def arbiter() -> Arbiter:
    """Who has a message: the bank, or what is heard in it."""
    with (files(__package__) / FILE).open("rb") as file, np.load(file) as arrays:
        return Arbiter(arrays["arbiter_weights"], arrays["arbiter_least"])


def size_of(small: float) -> str:
    """Which judge a bank has, by `Index.small`."""
    return FEW if small > RICH else MANY
