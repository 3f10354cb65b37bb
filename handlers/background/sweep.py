"""Every minute, once over all processes: a look at what was left behind.

Each chore is on its own: one that breaks is logged and does not keep the others from running.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from handlers import privacy
from handlers.background import alerts, deliver, timeouts, watchdog
from handlers.parts import Parts
from storage import deliveries, gauges, leases, upkeep
from storage import media as stored_media
from storage.database import Session
from wechat.codes import CODES

log = logging.getLogger(__name__)
NAME = "sweep"
HOUR = 3600.0
FOR_OPERATOR = frozenset(
    code for code, rule in CODES.items() if rule.action in deliver.FOR_OPERATOR
)
SECONDS = 55  # less than the minute between two sweeps, more than one takes


@dataclass
class Found:
    """What the background should do next: conversations to deliver to, media to fetch."""

    conversations: list[int] = field(default_factory=list)
    media: list[int] = field(default_factory=list)


def sweep(parts: Parts, holder: str) -> Found | None:
    """Do the chores; None when another process does them. `holder` must be new for every call."""
    now = parts.now()
    with parts.database.write() as session:
        if not leases.take(session, NAME, holder=holder, now=now, seconds=SECONDS):
            return None
    found = Found()
    for chore in (
        _recover,
        lambda parts, found: found.conversations.extend(watchdog.finish(parts)),
        lambda parts, _: timeouts.wake(parts),
        lambda parts, _: timeouts.expire(parts),
        lambda parts, _: timeouts.tell(parts, holder),
        lambda parts, _: _tell_operator(parts, holder),
        _due,
        lambda parts, _: parts.database.transact(lambda s: gauges.fold(s, parts.now())),
        lambda parts, _: privacy.keep_to_age(parts, holder),
    ):
        _do(chore, parts, found)
    with parts.database.write() as session:
        leases.beat(session, NAME, holder=holder, now=parts.now())
    return found


def give_back(session: Session, holder: str, now: datetime) -> None:
    """No process of this holder sweeps any more."""
    leases.give_back(session, NAME, holder=f"{holder}:", now=now)


def left_behind(parts: Parts) -> Found:
    """What the sweep would find for the background, without its lease: whoever does it twice at
    the same moment does no harm."""
    found = Found()
    for chore in (_recover, _due):
        _do(chore, parts, found)
    return found


def _do(chore: Callable[[Parts, Found], object], parts: Parts, found: Found) -> None:
    try:
        chore(parts, found)
    except Exception:
        log.exception("a chore of the sweep failed; the next sweep tries again")


def _recover(parts: Parts, found: Found) -> None:
    """Sends whose process died; what waits behind them may go."""
    now = parts.now()
    with parts.database.read() as session:
        stuck = deliveries.with_stuck(session, now)
    for conversation_id in stuck:
        work = partial(deliver.recover, conversation_id=conversation_id, now=now)
        parts.database.transact(work)
        found.conversations.append(conversation_id)


def _tell_operator(parts: Parts, holder: str) -> None:
    """What holds messages back until a setting changes: in the log, and told once an hour."""
    now = parts.now()
    with parts.database.write() as session:
        due = [
            (code, words)
            for code, words in upkeep.held_for_operator(session, FOR_OPERATOR)
            if leases.take(session, f"operator:{code}", holder=holder, now=now, seconds=HOUR)
        ]
    for code, words in due:
        log.error("messages are held until a setting changes: WeChat answers %s", code)
        alerts.tell_operator(parts.channels, words, now)


def _due(parts: Parts, found: Found) -> None:
    now = parts.now()
    with parts.database.read() as session:
        found.conversations.extend(deliveries.due(session, now))
        found.media.extend(stored_media.due(session, now))
