"""How a bank reads letters: the spelling it mends, the features it looks at."""

from dataclasses import dataclass

from faq.matching.features import Featurer
from faq.matching.spelling import Speller


@dataclass(frozen=True, slots=True)
class Letters:
    """What mends a text's spelling and turns it into features; the whole bank has one."""

    speller: Speller
    featurer: Featurer
