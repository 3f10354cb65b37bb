"""The columns of the evidence: what is measured of a candidate and of a message."""

from faq.matching.meanings import KINDS

SHOWN = (
    "linear", "cosine", "covered", "ratio", "sound_ratio", "linear_lead", "covered_lead",
    "chars_covered", "rarest_missing", "phrasing_covered", "common_covered", "common_missing",
    "told", "told_covered", "any_covered", "told_lead", "any_lead",
    "near", "near_three", "direct", "told_near", "near_lead", "direct_lead", "told_near_lead",
)  # fmt: skip
VECTORS = (
    "near",
    "near_three",
    "direct",
    "told_near",
    "near_lead",
    "direct_lead",
    "told_near_lead",
)
"""Those of `SHOWN` that need sentence vectors; all 0 without."""
"""What is measured of each candidate. All between -1 and 1.

`linear` is the linear model's output, `cosine` the nearest phrasing's; `covered` is the share of
the message's weight that the candidate's phrasings have, `chars_covered` that of its characters,
`rarest_missing` the weight of the rarest character they lack, `phrasing_covered` the share of
the nearest phrasing that the message has; `ratio` and `sound_ratio` are rapidfuzz's; a `_lead`
is the distance to the best other candidate. `common_covered` and `common_missing` weigh by how rare
a character or pair is in Chinese (`faq.matching.rarity`). `told` is the cosine of the nearest
sentence of an entry's answer and steps, `told_covered` what all of them have, `any_covered` what
they or the phrasings have. `near`, `near_three` (mean of the three nearest), `told_near` and
`direct` are of sentence vectors (`faq.matching.meant`).
"""
SMALLER = ("linear", "cosine", "covered", "any_covered", "told", "near", "direct", "told_near")
"""Counted once more, times how few phrasings the bank's entries have."""
TRAITS = (
    *KINDS,
    "social_long",
    "human_long",
    "escalate_long",
    "outside_platform",
    "entry_platform",
    "name_missing",
    "entry_small",
    *(f"{name}_small" for name in SMALLER),
)
BESTS = (
    "linear", "cosine", "covered", "common_covered", "told", "any_covered", "near", "direct",
    "told_near",
)  # fmt: skip
MESSAGE = (
    "nothing", "unknown", "long", *(f"best_{name}" for name in BESTS), "platform", "foreign",
    "common_foreign", "small", "many", "cosine_usual", "near_usual",
)  # fmt: skip
"""What is measured of the message itself; it stands in the row of "nothing in the bank".

`cosine_usual` and `near_usual` are the best ones less what is usual in the bank."""
NAMES = (*SHOWN, *TRAITS, *MESSAGE)
COLUMN = {name: index for index, name in enumerate(NAMES)}
KIND_AT = COLUMN[KINDS[0]]
MESSAGE_AT = COLUMN[MESSAGE[0]]
