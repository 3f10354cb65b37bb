"""A guide as it was written: its sections, piece by piece, with the lines they stand on."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A piece of text and the line it stands on."""

    text: str
    at: int


@dataclass(slots=True)
class ListItem:
    """One item of a numbered list and what helps whoever is stuck there."""

    line: SourceLine
    help: str = ""


@dataclass(slots=True)
class GuideSection:
    """What stands under one second-level heading."""

    id: str
    title: str
    at: int
    short: str = ""
    phrasings: list[SourceLine] = field(default_factory=list)
    choices: list[SourceLine] = field(default_factory=list)
    details: list[SourceLine] = field(default_factory=list)
    before: list[SourceLine] = field(default_factory=list)
    steps: list[ListItem] = field(default_factory=list)
    after: list[SourceLine] = field(default_factory=list)
    strays: list[SourceLine] = field(default_factory=list)
    """What the format has no place for, such as a second numbered list."""
    lost: list[SourceLine] = field(default_factory=list)
    """What a merchant would not see: where a link leads, a picture, HTML."""
    labels: list[SourceLine] = field(default_factory=list)
    """Labels without their colon or their list: what belongs to them would be read as an answer."""


@dataclass(slots=True)
class Document:
    """A whole guide: its front matter by key, and its sections in order."""

    matter: dict[str, SourceLine] = field(default_factory=dict)
    sections: list[GuideSection] = field(default_factory=list)
    strays: list[SourceLine] = field(default_factory=list)
