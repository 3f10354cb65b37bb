"""What a message may mean, and the examples of how it is said."""

from dataclasses import dataclass

KINDS = ("entry", "neighbour", "outside", "human", "escalate", "social")
ENTRY, NEIGHBOUR, OUTSIDE, HUMAN, ESCALATE, SOCIAL = range(len(KINDS))


@dataclass(frozen=True, slots=True, order=True)
class Meaning:
    """What a phrasing means: `kind` indexes `KINDS`, `name` is an id or a kind of alarm."""

    kind: int
    name: str


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One example of how a meaning is said."""

    text: str
    meaning: Meaning
