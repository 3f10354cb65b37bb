"""What a message was taken to mean. The matcher makes it; the dialogue acts on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Outcome = Literal["answer", "options", "human", "escalate", "social", "none"]
Social = str
"""A kind of small talk: a table of `language/social.toml` with phrasings."""
Alarm = Literal[
    "complaint",
    "legal",
    "stolen",
    "scammed",
    "secret",
    "deducted",
    "blocked",
    "wrong_payout",
    "bereavement",
    "family",
    "licence",
    "exhausted",
    "distress",
]
"""What a consultant must see at once; a case that it opens has it as its reason."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What was being talked about: it weighs on the match, and a clear new question still wins."""

    entry: str | None = None
    guide: str | None = None


@dataclass(frozen=True, slots=True)
class Understanding:
    """The meaning of one message.

    `entry` is set when `outcome` is "answer"; `options` (best first, at most 5) when it is
    "options"; `social`, `alarm` and `neighbour` (the id of a subject we do not cover) likewise.
    `score` is the calibrated probability, 0 to 1, that the best entry is right.
    `ranking` lists the best entries with their probabilities whatever the outcome.
    `sentence` is the best entry's sentence (of its answer or steps) nearest to the message.
    `explain` holds the evidence as plain JSON values, for people.
    """

    text: str
    outcome: Outcome
    entry: str | None = None
    options: tuple[str, ...] = ()
    score: float = 0.0
    social: Social | None = None
    alarm: Alarm | None = None
    neighbour: str | None = None
    ranking: tuple[tuple[str, float], ...] = ()
    sentence: str | None = None
    explain: Mapping[str, object] = field(default_factory=dict)

    @property
    def likeliest(self) -> tuple[str, float]:
        """The best entry with its probability, ("", 0.0) where the bank has none."""
        return self.ranking[0] if self.ranking else ("", 0.0)


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A line of the entry that is talked about, and how likely it answers what was just said."""

    text: str
    share: float


class Matcher(Protocol):
    """Anything that understands a message; `faq.matching.matcher` has the real one."""

    def understand(self, text: str, context: Topic | None = None) -> Understanding: ...

    def within(self, entry: str, text: str) -> Sequence[TopicLine]:
        """The lines of an entry, the likeliest answer to a follow-up first; () without any."""
        ...
