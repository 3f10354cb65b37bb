"""A conversation kept in memory: applies each turn's outcome as storage and the desk would."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path

from faq.bank import Bank
from faq.guides import read_bank
from faq.matching.matcher import compile_matcher
from faq.understanding import Matcher
from handlers.dialogue import desk_view
from handlers.dialogue.policy import decide
from handlers.dialogue.texts import Texts, load_texts
from handlers.dialogue.types import (
    CancelCase,
    Decision,
    DeskStatus,
    Incoming,
    OpenCase,
    State,
    TurnContext,
    Unclear,
)
from handlers.firm.opening_hours import OpeningHours
from handlers.inbound.wait_estimate import ENOUGH, PastCase, wait_range
from tests.dialogue.tables import Heard, Table, offers_guesses

GUIDES = Path(__file__).parents[2] / "faq" / "guides"
START = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
"""A Wednesday, 10:00 in Beijing."""

STEP = timedelta(seconds=40)
"""Between two messages unless a table says otherwise."""

HOLD = 2.5
"""So long a message that says too little waits for the next one."""

HANDED = {"release": "released", "resolve": "resolved", "requeue": "requeued"}

EVERY_DAY = OpeningHours(
    weekdays=((time(9), time(18)),),
    saturday=((time(9), time(18)),),
    sunday=((time(9), time(18)),),
)
PHONE = "0898-66668888"


@cache
def firm() -> tuple[Bank, Matcher, Texts]:
    """The firm's own bank, the real matcher and the shipped texts, made once."""
    bank, problems = read_bank(GUIDES)
    assert not [problem for problem in problems if problem.severity == "error"]
    return bank, compile_matcher(bank), load_texts()


@dataclass
class Conversation:
    """One merchant. `case` is the open case's reason, "" for none."""

    desk: DeskStatus = field(
        default_factory=lambda: DeskStatus(
            on_duty=1, hours="每天 9:00–18:00", wait_minutes=(10, 20)
        )
    )
    account: str = "verified"
    now: datetime = START
    state: State = "bot"
    memory: Mapping[str, object] = field(default_factory=dict)
    waiting_since: datetime | None = None
    case: str = ""
    form: dict[str, str] = field(default_factory=dict)
    turns: list[tuple[Incoming, Decision]] = field(default_factory=list)
    blind: frozenset[str] = frozenset()
    opinion: Callable[[Unclear], str] | None = None
    """What a second opinion chooses for a message that is not clear."""
    _waited: bool = False

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self._waited = True

    def message(self, kind: str, text: str) -> Heard:
        return self._turn(Incoming(kind, text))

    def event(self, name: str, key: str) -> Heard:
        if name == "consultant_accept":
            return self._staff("consultant" if self.state == "waiting" else self.state)
        if name == "consultant_release":
            self.case, self.form = "", {}
            return self._staff("bot")
        return self._turn(Incoming(name, key, is_event=True))

    def burst(self, texts: Sequence[str], every: float) -> Heard:
        """Texts in a row; what is seen of all answers together."""
        heard = []
        for number, text in enumerate(texts):
            self.wait(every if number else 0.0)
            more = number < len(texts) - 1 and every < HOLD
            heard.append(self._turn(Incoming("text", text), more=more))
        return together(heard)

    def consultant(self, action: str, text: str) -> Heard:
        if action == "reply":
            return Heard(text, self.state, seen=1)
        states: dict[str, State] = {"claim": "consultant", "requeue": "waiting"}
        state = states.get(action, "bot")
        if state == "bot":
            self.case, self.form = "", {}
        return replace(self._staff(state), text=self._handed_back(action), seen=1)

    def _handed_back(self, action: str) -> str:
        """What the merchant is told when a consultant leaves."""
        if action == "claim":
            return ""
        bank, _, texts = firm()
        told = texts.text(f"handed_{HANDED[action]}")
        if action != "resolve" or not desk_view.may_ask_rating(self.memory, bank, self.now):
            return told
        self.memory = desk_view.expecting_rating(self.memory, bank, self.now)
        return f"{told}\n{texts.text('rate_ask')}"

    def context(self) -> TurnContext:
        return TurnContext(
            now=self.now,
            state=self.state,
            memory=self.memory,
            desk=self.desk,
            phone=PHONE,
            account="passive" if self.account == "passive" else "verified",
            waiting_since=self.waiting_since,
            calendar=EVERY_DAY,
        )

    def _staff(self, state: State) -> Heard:
        self.state, self.waiting_since = state, None
        return Heard("", self.state, end="")

    def _turn(self, incoming: Incoming, *, more: bool = False) -> Heard:
        """`more`: the next message comes while this one is held, if it is."""
        if not self._waited:
            self.now += STEP
        self._waited = False
        bank, matcher, texts = firm()
        turn = decide(self.context(), incoming, bank, matcher, texts)
        if turn.hold is not None:
            self.memory = dict(turn.hold)
            if more:
                return Heard("", self.state, end="ignored")
            self.now += timedelta(seconds=HOLD)
            incoming = replace(incoming, waited=True)
            turn = decide(self.context(), incoming, bank, matcher, texts)
        if turn.unclear is not None and self.opinion is not None:
            incoming = replace(incoming, opinion=self.opinion(turn.unclear))
            turn = decide(self.context(), incoming, bank, matcher, texts)
        self.turns.append((incoming, turn))
        return self._apply(incoming, turn)

    def _apply(self, incoming: Incoming, turn: Decision) -> Heard:
        self.memory = dict(turn.memory)
        stored = incoming.text if turn.stored_text is None else turn.stored_text
        opened = self._carry_out(turn)
        self.form |= turn.add_to_case
        text = "\n\n".join(reply.text for reply in turn.replies)
        entry = next((reply.entry for reply in turn.replies if reply.entry), None)
        return Heard(
            text,
            self.state,
            entry,
            turn.end,
            case=opened,
            cancels=isinstance(turn.case, CancelCase),
            rating=turn.rating,
            form=dict(self.form),
            stored=stored,
            lists=offers_guesses(text, entry, self.memory),
            seen=len(turn.replies),
        )

    def _carry_out(self, turn: Decision) -> str:
        if isinstance(turn.case, OpenCase):
            assert self.state == "bot", "a second case"
            self.state, self.waiting_since = "waiting", self.now
            self.case, self.form = turn.case.reason, dict(turn.case.form)
            return self.case
        if isinstance(turn.case, CancelCase):
            assert self.state == "waiting", "nothing to cancel"
            self.state, self.waiting_since, self.case, self.form = "bot", None, "", {}
        return ""


def together(heard: Sequence[Heard]) -> Heard:
    """What a merchant saw of several turns, as one."""
    spoken = [each for each in heard if each.text]
    return replace(
        heard[-1],
        text="\n\n".join(each.text for each in spoken),
        entry=next((each.entry for each in reversed(spoken) if each.entry), None),
        lists=any(each.lists for each in spoken),
        seen=sum(each.seen for each in spoken),
    )


def _estimate(desk: Table) -> tuple[int, int] | None:
    """What ten cases that waited so long lead to; 0: there were none."""
    waited, position = int(str(desk["wait_minutes"])), int(str(desk.get("position", 1)))
    past = [PastCase(waited, 0.0)] * ENOUGH if waited else []
    return wait_range(past, ahead=position - 1, on_duty=int(str(desk.get("on_duty", 1))))


def in_memory(desk: Table) -> Conversation:
    """A new merchant; `desk` may set a field of Desk, `closed`, `opens_in_hours` and `account`."""
    usual = Conversation()
    hours = desk.get("opens_in_hours")
    people = DeskStatus(
        on_duty=int(str(desk.get("on_duty", 1))),
        open_now=not desk.get("closed", False),
        position=int(str(desk.get("position", 1))),
        wait_minutes=_estimate(desk) if "wait_minutes" in desk else usual.desk.wait_minutes,
        opens_at=START + timedelta(hours=float(str(hours))) if hours is not None else None,
        hours=str(desk.get("hours", usual.desk.hours)),
    )
    return replace(usual, desk=people, account=str(desk.get("account", "verified")))
