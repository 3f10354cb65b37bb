"""The bank: every entry of every guide, in one published version."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Entry:
    """One question with its phrasings, its answer and, where there is a way to walk, its steps.

    `answer` is the text before the steps; `steps` are whole lines without their numbers;
    `step_help` has, per step, what to say to a merchant who is stuck there ("" when nothing is
    known); `after` follows the steps. `choices` are the ids an overview offers, in order.
    A step's help may have lines of their own for what is asked about it (`为什么：…`, `在哪：…`,
    see `faq.details`). `details` answer what is asked about the whole entry, as `词、词：答`.
    """

    id: str
    question: str
    answer: str
    phrasings: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    step_help: tuple[str, ...] = ()
    after: str = ""
    choices: tuple[str, ...] = ()
    guide: str = ""
    details: tuple[str, ...] = ()
    short: str = ""
    """The line that offers this entry as an option, in a merchant's words; "" is the question."""

    def as_text(self, mark: str = "") -> str:
        """The whole entry as one message: answer, numbered steps (`1. …` with a `mark` of "."),
        and what follows them."""
        steps = "\n".join(f"{number}{mark} {step}" for number, step in enumerate(self.steps, 1))
        return "\n\n".join(part for part in (self.answer, steps, self.after) if part)


def step_key(step: str) -> str:
    """Names a step by its text: rewritten, it is another step."""
    return hashlib.sha256(step.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A subject next to ours that the firm does not cover, with an honest reply."""

    id: str
    title: str
    reply: str
    phrasings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Thing:
    """One of the few things that people come for: what it is called, and its entry."""

    label: str
    entry: str


@dataclass(frozen=True, slots=True)
class Button:
    """One button of the account's menu. `key` is what WeChat sends when it is tapped; it leads to
    `entry`, and where that is "" to the entry of that name or, as `human`, to a person. With
    `url` a page opens instead."""

    name: str
    key: str = ""
    entry: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class InquiryField:
    """What an inquiry asks for. `name` is its key in the case; `kind` is `name` (how the merchant
    is called at the desk), `problem`, `contact` or `text`."""

    name: str
    label: str
    ask: str
    kind: str = "text"


PROBLEM, CONTACT = "problem", "contact"
USUAL_INQUIRY = (
    InquiryField("name", "称呼", "", "name"),
    InquiryField(PROBLEM, "问题", "", PROBLEM),
    InquiryField(CONTACT, "联系方式", "", CONTACT),
)
"""For a firm that says nothing else; how they are asked for is the program's texts."""


@dataclass(frozen=True, slots=True)
class Firm:
    """What is the firm's own in what the bot says; "" and nothing where the program's words do.

    `texts` are wordings by the key of the dialogue's texts. `edited_at_desk`: they go before those
    of the settings.
    """

    name: str = ""
    things: tuple[Thing, ...] = ()
    menu: tuple[Button, ...] = ()
    inquiry: tuple[InquiryField, ...] = ()
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    person: str = ""
    """What the people behind the bot are called, where the program says 顾问."""
    edited_at_desk: bool = False
    sayings: str = ""
    """How the firm's merchants speak: the text of a file of which the dialogue knows the parts."""

    @property
    def asks(self) -> tuple[InquiryField, ...]:
        """What the inquiry asks for."""
        return self.inquiry or USUAL_INQUIRY


@dataclass(frozen=True)
class Bank:
    """All entries of all guides. Ids are unique; each group of `synonyms` is one word.

    `alarms` are the firm's own examples of what a consultant must see at once, by kind.
    """

    entries: tuple[Entry, ...]
    neighbours: tuple[Neighbour, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = field(default=())
    firm: Firm = field(default_factory=Firm)
    alarms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.entries}

    def guides(self) -> Iterable[str]:
        return dict.fromkeys(entry.guide for entry in self.entries)
