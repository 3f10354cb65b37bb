"""What a message was heard as: its clauses, and the likeliest moves of each."""

from dataclasses import dataclass
from typing import Protocol

ANY = "any"
"""The state of an example that says nothing of what is open."""

OwnSayings = tuple[tuple[str, str], ...]
"""(saying, move) pairs."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was said: `text` without quote and faces, `clauses` in simplified characters.

    `faces` are the faces that were taken out, in order.
    """

    text: str
    clauses: tuple[str, ...]
    faces: tuple[str, ...] = ()
    asks: bool = False
    """Whether it ends a clause with a question mark or a question word."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: its likeliest meanings with probabilities, and the numbers in it."""

    text: str
    shares: tuple[tuple[str, float], ...]
    choice: int | None = None
    step: int | None = None

    @property
    def move(self) -> str:
        return self.shares[0][0]

    @property
    def score(self) -> float:
        return self.shares[0][1]

    def share(self, move: str) -> float:
        return dict(self.shares).get(move, 0.0)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as it was heard: `whole` is all clauses read as one, None for a single clause."""

    said: Said
    clauses: tuple[Clause, ...]
    whole: Clause | None = None

    @property
    def parts(self) -> tuple[Clause, ...]:
        return (*self.clauses, *((self.whole,) if self.whole else ()))

    def share(self, *moves: str) -> float:
        """The most that any part is likely to be one of these moves."""
        return max((sum(map(one.share, moves)) for one in self.parts), default=0.0)


class Recogniser(Protocol):
    """Hears the moves of a message while `state` is open.

    `own` are the firm's sayings, each with its move: believed before any likeness.
    """

    def hear(self, text: str, state: str = ANY, own: OwnSayings = ()) -> Heard: ...
