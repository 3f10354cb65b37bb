"""Builds the TurnContext: the conversation so far, and the state of the desk."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import cached_property

from faq.understanding import Understanding
from handlers.china_time import today
from handlers.context import Context
from handlers.dialogue.types import DeskStatus, TurnContext
from handlers.inbound.wait_estimate import LOOKED_AT, PERIOD, PastCase, wait_range
from storage.database import Session
from storage.queries import cases
from storage.queries.turns import Snapshot

KEPT_RANKING = 5
KEPT_NEAREST = 3
KEPT_EVIDENCE = ("band", "bands", "margins", "kinds", "certainty", "other_platforms")


Reading = Callable[[], AbstractContextManager[Session]]
"""Opens a session on the connection that the turn has already. Asking the pool for a second one
while holding the first could deadlock."""


def build(context: Context, known: Snapshot, now: datetime, reading: Reading) -> TurnContext:
    """The context for one turn of the conversation as it is known."""
    waiting_since = known.opened_at if known.state == "waiting" else None
    return TurnContext(
        now=now,
        state=known.state,
        memory=known.memory,
        desk=LazyDeskStatus(lambda: _desk(context, waiting_since, now, reading)),
        phone=context.firm.phone,
        account=context.firm.account,
        waiting_since=waiting_since,
        calendar=context.hours,
        changed_steps=context.marked_steps.value,
    )


class LazyDeskStatus(DeskStatus):
    """A desk that is looked at when the bot first asks about it: most turns never do, and it
    takes three queries and the calendar."""

    def __init__(self, look: Callable[[], DeskStatus]) -> None:
        self.__dict__["_look"] = look

    @cached_property
    def _found(self) -> DeskStatus:
        found: DeskStatus = self.__dict__["_look"]()
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
    def wait_minutes(self) -> tuple[int, int] | None:
        return self._found.wait_minutes

    @property
    def opens_at(self) -> datetime | None:
        return self._found.opens_at

    @property
    def hours(self) -> str:
        return self._found.hours


def _desk(
    context: Context, waiting_since: datetime | None, now: datetime, reading: Reading
) -> DeskStatus:
    hours = context.hours
    with reading() as session:
        rows = cases.claimed_since(session, now - PERIOD, limit=LOOKED_AT)
        on_duty = cases.on_duty(session, today(now))
        before = cases.waiting_before(session, waiting_since or now)
    past = [
        PastCase(_minutes(claimed - opened), _minutes((closed or now) - claimed))
        for opened, claimed, closed in rows
        if hours.is_open(opened)
    ]
    open_now = hours.is_open(now)
    return DeskStatus(
        on_duty=on_duty,
        open_now=open_now,
        position=before + 1,
        wait_minutes=wait_range(past, ahead=before, on_duty=on_duty) if open_now else None,
        opens_at=hours.next_opening(now),
        hours=hours.in_words(),
    )


def _minutes(duration: timedelta) -> float:
    return duration.total_seconds() / 60


def understanding_record(meaning: Understanding, rule: str = "") -> dict[str, object]:
    """What is stored with a merchant's message for the desk and for later mining.

    With the `rule` of the dialogue that decided, if any: then it was no question to the bank.

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
        **({"rule": rule} if rule else {}),
    }
