"""What goes in and out of the API about the bank, verdicts and the learning queue."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from handlers.api.shape import Shape

LONG = 20_000


class EntryFields(Shape):
    """Any of them. `answer` alone is the whole answer, lines 1. 2. 3. being its steps; with `steps`
    it is what stands before them. `revision` is the one that the edit was made from."""

    guide: str | None = None
    question: str | None = None
    aliases: list[str] | None = None
    answer: str | None = None
    steps: list[str] | None = None
    step_help: list[str] | None = None
    after: str | None = None
    choices: list[str] | None = None
    details: list[str] | None = None
    short: str | None = None
    revision: int | None = None


class NewEntry(EntryFields):
    """`id` is made up when it is left out."""

    id: str | None = None


class EntryOut(Shape):
    id: str
    guide: str
    question: str
    aliases: list[str]
    answer: str
    short: str
    steps: list[str]
    step_help: list[str]
    choices: list[str]
    details: list[str]


class DraftEntryOut(EntryOut):
    revision: int
    changed: bool


class BankOut(Shape):
    version: int | None
    entries: list[EntryOut]


class DraftOut(Shape):
    """`version` is the one that the draft starts from."""

    version: int
    entries: list[DraftEntryOut]


class Removed(Shape):
    id: str
    removed: bool


class NewPublication(Shape):
    """`force` publishes what a verdict blocked, with a trace."""

    note: str = ""
    force: bool = False


class Publishing(Shape):
    publication: int


class ChangedAnswer(Shape):
    """`before` and `after` are an entry's id, or the outcome without one."""

    model_config = ConfigDict(extra="allow")
    text: str
    before: str
    after: str


class ReportOut(Shape):
    model_config = ConfigDict(extra="allow")
    better: list[ChangedAnswer]
    worse: list[ChangedAnswer]
    judge: list[ChangedAnswer]


class PublicationOut(Shape):
    id: int
    state: Literal["running", "published", "blocked", "failed"]
    kind: Literal["draft", "files", "rollback"]
    version: int | None
    by: str
    forced: bool
    phase: str
    percent: int
    error: str
    report: ReportOut


class VersionOut(Shape):
    version: int
    at: datetime
    by: str
    note: str
    score: float | None
    origin: Literal["files", "desk", "rollback"]
    report: dict[str, Any]


class VersionsOut(Shape):
    versions: list[VersionOut]


class Rollback(Shape):
    version: int


class NewVerdict(Shape):
    """On a merchant's message. `entry` is what it should have been."""

    verdict: str = Field(max_length=16)
    entry: str | None = Field(default=None, max_length=64)


class VerdictOut(Shape):
    id: int
    message: int
    verdict: str
    entry: str | None
    by: str
    at: datetime


class PinnedOut(Shape):
    model_config = ConfigDict(extra="allow")
    text: str
    kind: Literal["in", "human", "social", "none", "escalate"]
    accept: list[str]


class PinnedListOut(Shape):
    verdicts: list[PinnedOut]


class SuggestionOut(Shape):
    id: int
    text: str
    merchants: int
    times: int
    at: datetime
    why: list[str]
    bot: str
    consultant: str
    candidates: list[str]


class SuggestionsOut(Shape):
    suggestions: list[SuggestionOut]


class SuggestionVerb(Shape):
    """`do`: phrasing | not | outside | new | social | ignore | undo. `also` are others to settle
    the same way."""

    do: str = Field(max_length=16)
    entry: str | None = Field(default=None, max_length=64)
    question: str | None = Field(default=None, max_length=400)
    answer: str | None = Field(default=None, max_length=LONG)
    guide: str | None = Field(default=None, max_length=64)
    also: list[int] = Field(default_factory=list)


class Settled(Shape):
    id: int
    do: str
    entry: str | None


class MarkedStep(Shape):
    """A step that may have changed on the platform; `step` counts from 1."""

    id: int
    entry: str
    step: int
    text: str
    reached: int
    troubled: int
    at: datetime


class MarkedSteps(Shape):
    steps: list[MarkedStep]


class LookedAt(Shape):
    id: int
    by: str


class NewArticle(Shape):
    """As JSON; or as multipart/form-data with `file` (txt, md, docx) instead of `text`."""

    text: str
    guide: str | None = Field(default=None, max_length=64)


class ArticleSummary(Shape):
    id: int
    title: str
    guide: str
    by: str
    at: datetime
    waiting: int


class ArticlesOut(Shape):
    articles: list[ArticleSummary]


class ArticleLine(Shape):
    """`line` of the article; `step` counts from 1, 0 is before the steps, -1 after them."""

    text: str
    line: int
    step: int


class PieceOut(Shape):
    """`problems` say why it cannot be taken as it is; `entry` is what it became."""

    id: int
    state: Literal["open", "taken", "skipped"]
    entry: str | None
    question: str
    aliases: list[str]
    answer: str
    steps: list[str]
    after: str
    line: int
    lines: list[ArticleLine]
    problems: list[dict[str, str]]


class ArticleOut(ArticleSummary):
    text: str
    pieces: list[PieceOut]


class PieceVerb(EntryFields):
    """`do`: take | skip | undo. The fields go before the piece's own when it is taken."""

    do: str = Field(max_length=16)


class PieceSettled(Shape):
    id: int
    do: str
    state: Literal["open", "taken", "skipped"]
    entry: str | None
