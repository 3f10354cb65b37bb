"""What a guide says about smaller questions: lines of a step's help, and an entry's details.

A detail is `词、词：答`: whoever asks about the entry with one of the words is answered with the
rest. A line of a step's help is one as well when it begins with one of `ASPECTS`; what stands
before such lines is the help that most people need.
"""

from dataclasses import dataclass
from functools import lru_cache

ASPECTS = {
    "为什么": "why",
    "在哪": "where",
    "填什么": "fill",
    "报错": "error",
    "手机": "phone",
    "谁的": "whose",
    "多久": "how_long",
    "费用": "cost",
}
"""What people ask about a step: how the guides name it, and how the program does."""

SHORT = 60
"""Characters that the first help of a step may have to stand under the step at once."""


@dataclass(frozen=True, slots=True)
class StepHelp:
    """A step's help: for everybody, and by aspect."""

    first: str
    aspects: tuple[tuple[str, str], ...]

    def about(self, aspect: str) -> str:
        """What is known of one aspect; "" when nothing is."""
        return next((text for name, text in self.aspects if name == aspect), "")


@lru_cache(maxsize=1024)
def step_help(help_: str) -> StepHelp:
    """The parts of a step's help."""
    first: list[str] = []
    aspects: list[tuple[str, str]] = []
    for line in help_.splitlines():
        label, text = split(line)
        if text and label in ASPECTS:
            aspects.append((ASPECTS[label], text))
        else:
            first.append(line)
    return StepHelp("\n".join(first).strip(), tuple(aspects))


@lru_cache(maxsize=1024)
def detail(line: str) -> tuple[tuple[str, ...], str]:
    """The words and the answer of one detail; no words when the line is none."""
    label, text = split(line)
    words = tuple(word for part in label.split("、") if (word := part.strip()))
    return (words, text) if text else ((), "")


def split(line: str) -> tuple[str, str]:
    """What stands before and after the first colon."""
    label, _, text = line.replace(":", "\uff1a", 1).partition("\uff1a")
    return label.strip(), text.strip()
