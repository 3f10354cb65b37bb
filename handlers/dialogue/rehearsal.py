"""A conversation played without a database: what the bot says, turn by turn, and why.

For `ask --conversation`. It keeps what storage and the desk would: the memory between two turns,
and whether a case is open. Seconds pass between the lines as they do between messages.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from faq.bank import Bank
from faq.understanding import Matcher
from handlers.dialogue.moves import POLITE
from handlers.dialogue.texts import Texts
from handlers.dialogue.turn import Outcome, Turn
from handlers.dialogue.types import CancelCase, Decide, Decision, Incoming, OpenCase, TurnContext

GAP = 11.0
"""Seconds between two lines that say nothing of it."""
STAFF = ("consultant_accept", "consultant_release")
INPUTS = ("say", "voice", "image", "event")
_HUMAN = ("asked", "not_understood", "unsolved", "stuck", "inquiry", "error")
_FIRST = 4


class LineError(ValueError):
    """A line has no input that can be played."""


class Policy(Protocol):
    """`handlers.dialogue.policy`: what is said next, how a message is read, and which rule wins."""

    @property
    def decide(self) -> Decide: ...
    @property
    def read(self) -> Callable[[TurnContext, Incoming, Bank, Matcher, Texts], Turn]: ...
    @property
    def won(self) -> Callable[[Turn], tuple[str, Outcome]]: ...


@dataclass
class Rehearsal:
    """One merchant's conversation. `context` is how it stands before the next line."""

    context: TurnContext
    bank: Bank
    matcher: Matcher
    texts: Texts
    policy: Policy

    def play(
        self, lines: Iterable[Mapping[str, object]], *, explain: bool
    ) -> Iterator[dict[str, object]]:
        """One row per line."""
        for line in lines:
            gap = timedelta(seconds=float(str(line.get("gap", GAP))))
            self.context = replace(self.context, now=self.context.now + gap)
            yield self._turn(line, explain=explain)

    def _turn(self, line: Mapping[str, object], *, explain: bool) -> dict[str, object]:
        said = {name: line[name] for name in INPUTS if name in line}
        if not said:
            raise LineError
        if line.get("event") in STAFF:
            return self._staff(said, accepts=line["event"] == STAFF[0])
        incoming = _incoming(line)
        before = self.context
        decision = self.policy.decide(before, incoming, self.bank, self.matcher, self.texts)
        turn = self.policy.read(before, incoming, self.bank, self.matcher, self.texts)
        self._carry_out(decision)
        row = said | _row(turn, decision, self.context.state)
        return (
            row | _why(turn, self.policy) if explain and incoming.kind in ("text", "voice") else row
        )

    def _staff(self, said: dict[str, object], *, accepts: bool) -> dict[str, object]:
        opened = accepts and self.context.state == "waiting"
        self.context = replace(
            self.context, state="consultant" if opened else "bot", waiting_since=None
        )
        row: dict[str, object] = {"reply": "", "outcome": "none", "entry": None, "moves": []}
        return said | row | {"facts": {}, "state": self.context.state}

    def _carry_out(self, decision: Decision) -> None:
        state, since = self.context.state, self.context.waiting_since
        if isinstance(decision.case, OpenCase):
            state, since = "waiting", self.context.now
        elif isinstance(decision.case, CancelCase):
            state, since = "bot", None
        self.context = replace(
            self.context, state=state, waiting_since=since, memory=dict(decision.memory)
        )


def _incoming(line: Mapping[str, object]) -> Incoming:
    if "event" in line:
        return Incoming(str(line["event"]).lower(), str(line.get("key", "")), is_event=True)
    if "image" in line:
        return Incoming("image")
    if "voice" in line:
        return Incoming("voice", str(line["voice"]))
    return Incoming("text", str(line["say"]))


def _row(turn: Turn, decision: Decision, state: str) -> dict[str, object]:
    heard = turn.incoming.kind in ("text", "voice") and bool(turn.text)
    moves = [turn.meant.move, *turn.meant.also] if heard else []
    return {
        "reply": "\n\n".join(reply.text for reply in decision.replies),
        "outcome": _outcome(turn, decision),
        "entry": next((reply.entry for reply in decision.replies if reply.entry), None),
        "moves": [move for move in moves if move],
        "facts": dict(turn.facts),
        "state": state,
    }


def _outcome(turn: Turn, decision: Decision) -> str:
    """What a turn came to, in the words of `ask`."""
    if isinstance(decision.case, OpenCase):
        return "human" if decision.case.reason in _HUMAN else "escalate"
    if any(reply.entry for reply in decision.replies):
        return "answer"
    unsure = decision.memory.get("unsure")
    if unsure and unsure != turn.memory.unsure:
        return "options"
    return "social" if turn.text and turn.meant.move in POLITE else "none"


def _why(turn: Turn, policy: Policy) -> dict[str, object]:
    """Clause by clause what was heard, what the bank holds, and which rule won."""
    found = turn.understanding
    winner, _ = policy.won(turn)
    return {
        "clauses": [clause.text for clause in turn.heard.clauses],
        "scores": {
            "moves": {part.text: dict(part.shares[:_FIRST]) for part in turn.heard.parts},
            "bank": {"outcome": found.outcome, "score": round(found.score, 4)}
            | {"entries": dict(found.ranking[:_FIRST])},
        },
        "open": list(turn.states),
        "winner": {"move": turn.meant.move, "score": turn.meant.score, "rule": winner},
    }
