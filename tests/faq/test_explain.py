"""The evidence in Chinese: each piece on the side that it spoke for, and the sum of it."""

import numpy as np

from faq.matching.columns import COLUMN, NAMES
from faq.matching.explain import in_words, summary
from faq.matching.matcher import fit_matcher
from tests.faq.test_trained import PETS


def row(**values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    made = np.zeros(len(NAMES), np.float32)
    for name, value in values.items():
        made[COLUMN[name]] = value
    return made


def test_what_is_missing_speaks_against_and_what_is_not_speaks_for() -> None:
    has = in_words(row(rarest_missing=0.0), {"rarest_missing": 0.4})
    assert has == {"for": ["少见的字它差不多都有（0.00）"], "against": []}
    nothing = in_words(row(common_missing=0.0), {"common_missing": -0.4})
    assert nothing == {"for": [], "against": []}
    lacks = in_words(row(rarest_missing=0.8), {"rarest_missing": -0.4})
    assert lacks == {"for": [], "against": ["有个少见的字它没有（0.80）"]}


def test_a_lead_that_another_has_is_said_of_the_other() -> None:
    assert in_words(row(near_lead=-0.2), {"near_lead": -0.3})["against"] == [
        "别的问法意思更近（0.20）"
    ]
    assert in_words(row(near_lead=-0.01), {"near_lead": 0.3})["for"] == []


def test_all_of_it_is_said_in_order() -> None:
    meaning = fit_matcher(PETS).understand("狗狗没了可以在你们那火化不")
    told = meaning.explain["in_words"]
    assert isinstance(told, list)
    assert told[0].startswith("判断：")
    assert "把握" in told[0]
    assert told[1].startswith("cremation：最近的问法「")


def test_an_alarm_is_said_with_what_spoke_for_it() -> None:
    told = summary("escalate", {"alarm": 0.93, "person": 0.01, "heard": ["打官司"]})
    assert told == ["判断：要顾问马上看", "听着像要顾问马上看的事（0.93）：打官司"]
