"""One turn of a conversation as plain values: what came in, what was known, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from faq.understanding import Alarm, Understanding

if TYPE_CHECKING:
    from faq.bank import Bank
    from faq.understanding import Matcher
    from handlers.dialogue.texts import Texts
    from handlers.firm.opening_hours import OpeningHours

MOVE = "move:"
"""Before a move among the choices of a second opinion, where the others are entry ids."""
State = Literal["bot", "waiting", "consultant"]
CaseReason = Alarm | Literal["asked", "not_understood", "unsolved", "stuck", "inquiry", "error"]
End = Literal["answered", "queued", "ignored"]


@dataclass(frozen=True, slots=True)
class Incoming:
    """What the merchant did: a message or an event, already verified and parsed.

    `kind` is WeChat's: text, image, voice, video, shortvideo, file, location, link,
    miniprogrampage, subscribe, unsubscribe, scan, click, view, or anything unknown.
    `text` is what can be read of it: the content, the voice transcript, a click's key,
    a link's title; "" when there is nothing. `is_event`: nobody said anything; an event of a
    kind nobody knows is met with silence, a message of such a kind with a reply.
    """

    kind: str
    text: str = ""
    is_event: bool = False
    waited: bool = False
    """It said too little alone, and nothing followed: its words are in the thought already."""
    opinion: str | None = None
    """What a language model chose for it: an entry's id, "move:…", "none", or "" without one."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """A message that a second opinion may help with.

    `text` is without secrets; `open` what is open (walk, list, …); `candidates` the likeliest
    entries, best first; `ours` what is done without help: an entry's id or an outcome.
    """

    text: str
    open: str
    candidates: tuple[str, ...]
    ours: str
    moves: tuple[str, ...] = ()
    """What the message may do to what is open, such as next; chosen as "move:next"."""


@dataclass(frozen=True, slots=True)
class DeskStatus:
    """What the bot may honestly say about the people behind it.

    `position` is the merchant's own place in the queue (1 = next) when waiting, otherwise the
    place a new case would get. `wait_minutes` is a range from recent cases, None when there
    is none. `opens_at` is the next opening (aware) when closed now; `hours` is for people,
    such as "周一至周六 9:00–18:00".
    """

    on_duty: int = 0
    open_now: bool = True
    position: int = 1
    wait_minutes: tuple[int, int] | None = None
    opens_at: datetime | None = None
    hours: str = ""


@dataclass(frozen=True, slots=True)
class TurnContext:
    """Everything a turn may depend on. `memory` is what the last turn left: JSON values only."""

    now: datetime
    state: State = "bot"
    memory: Mapping[str, object] = field(default_factory=dict)
    desk: DeskStatus = field(default_factory=DeskStatus)
    phone: str = ""
    account: Literal["verified", "passive"] = "verified"
    waiting_since: datetime | None = None
    changed_steps: frozenset[tuple[str, str]] = frozenset()
    """(entry, key of the step's text) of steps that may have changed on the platform."""
    calendar: "OpeningHours | None" = None
    """The firm's days and hours; None: only what `desk` says is known."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One text to the merchant; `entry` is the bank entry it answers with, if any."""

    text: str
    entry: str | None = None


@dataclass(frozen=True, slots=True)
class StepEvent:
    """What befell the merchant at a step. `kind`: reached | stuck | differs | handed."""

    entry: str
    step_key: str
    kind: str


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Ask for a consultant. `form` has what was collected (the inquiry's fields); `called` is how
    the merchant says to be called."""

    reason: CaseReason
    summary: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    called: str = ""


@dataclass(frozen=True, slots=True)
class CancelCase:
    """The merchant called it off."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do: say, remember, open or cancel a case.

    `replies` may be empty only when `end` is "ignored" (or a consultant holds the case: then it
    is "queued" and silent). `why` says why nothing was answered, in English, for the record.
    `stored_text` replaces the merchant's text before anything is stored, None to keep it: secrets
    are masked in it. `add_to_case` adds fields to the open case's form.
    """

    end: End
    replies: tuple[Reply, ...] = ()
    memory: Mapping[str, object] = field(default_factory=dict)
    case: OpenCase | CancelCase | None = None
    add_to_case: Mapping[str, str] = field(default_factory=dict)
    called: tuple[str, str] | None = None
    """What the merchant was called before, and says to be called from now on."""
    stored_text: str | None = None
    rating: int | None = None
    why: str = ""
    understanding: Understanding | None = None
    rule: str = ""
    """What of the dialogue decided; "" when the message was a question to the bank."""
    hold: Mapping[str, object] | None = None
    """What to remember while one waits whether more follows, for a message that says too little
    alone. If more comes, nothing is said to this one; if not, decide again with `waited`."""
    unclear: Unclear | None = None
    """Nothing in it was certain: a second opinion may choose among these entries."""
    steps: tuple[StepEvent, ...] = ()
    releases: bool = False
    """A message before this one waited for the rest: this is the rest, and it gets no answer."""


class Decide(Protocol):
    """What the bot says next. Pure: the same arguments give the same decision."""

    def __call__(
        self,
        context: TurnContext,
        incoming: Incoming,
        bank: "Bank",
        matcher: "Matcher",
        texts: "Texts",
    ) -> Decision: ...
