"""What the dialogue may know when it decides: the conversation so far, and the people behind it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from statistics import median

from faq.understanding import Understanding
from handlers.dialogue.turn import Desk, Scene
from handlers.parts import Parts
from storage import cases, conversations
from storage.database import Session
from storage.tables import Case, Conversation

RECENT = timedelta(days=14)  # what an estimate of the wait is made of
KEPT_RANKING = 5
KEPT_NEAREST = 3
KEPT_EVIDENCE = ("band", "bands", "margins", "kinds", "certainty", "other_platforms")


def scene(session: Session, conversation: Conversation, parts: Parts, now: datetime) -> Scene:
    """The scene for one turn. Runs inside the transaction that holds the conversation."""
    case = conversations.open_case(session, conversation.id)
    return Scene(
        now=now,
        state=conversations.state_of(case),
        memory=conversation.memory,
        desk=Asked(lambda: _desk(session, case, parts, now)),
        phone=parts.firm.phone,
        account=parts.firm.account,
        waiting_since=case.opened_at if case is not None and case.state == "waiting" else None,
    )


class Asked(Desk):
    """A desk that is looked at when the bot first asks about it: most turns never do, and it
    takes three queries and the calendar."""

    def __init__(self, look: Callable[[], Desk]) -> None:
        self.__dict__["_look"] = look

    @cached_property
    def _found(self) -> Desk:
        found: Desk = self.__dict__["_look"]()
        return found

    @property
    def on_duty(self) -> int:
        return self._found.on_duty

    @property
    def open_now(self) -> bool:
        return self._found.open_now

    @property
    def position(self) -> int:
        return self._found.position

    @property
    def wait_minutes(self) -> int | None:
        return self._found.wait_minutes

    @property
    def opens_at(self) -> datetime | None:
        return self._found.opens_at

    @property
    def hours(self) -> str:
        return self._found.hours


def _desk(session: Session, case: Case | None, parts: Parts, now: datetime) -> Desk:
    hours = parts.firm.hours
    opened_at = case.opened_at if case is not None and case.state == "waiting" else now
    waits = cases.recent_waits(session, since=now - RECENT)
    return Desk(
        on_duty=cases.on_duty(session),
        open_now=hours.is_open(now),
        position=cases.waiting_before(session, opened_at) + 1,
        wait_minutes=max(1, round(median(waits))) if waits else None,
        opens_at=hours.next_opening(now),
        hours=hours.in_words(),
    )


def kept(meaning: Understanding) -> dict[str, object]:
    """What is stored with a merchant's message for the desk and for later mining.

    The evidence without the words it was read from: those are the message, and may have held a
    secret that is masked there.
    """
    evidence = {name: meaning.explain[name] for name in KEPT_EVIDENCE if name in meaning.explain}
    nearest = meaning.explain.get("nearest")
    if isinstance(nearest, list):
        evidence["nearest"] = nearest[:KEPT_NEAREST]
    return {
        "outcome": meaning.outcome,
        "entry": meaning.entry,
        "options": list(meaning.options),
        "score": round(meaning.score, 4),
        "social": meaning.social,
        "alarm": meaning.alarm,
        "neighbour": meaning.neighbour,
        "ranking": [[entry, round(score, 4)] for entry, score in meaning.ranking[:KEPT_RANKING]],
        "explain": evidence,
    }
