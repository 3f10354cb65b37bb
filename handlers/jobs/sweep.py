"""The sweep: every minute, in one of all processes, it finds what is overdue.

Chores are independent: one that fails is logged and does not keep the others from running.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from handlers.actions import assignment
from handlers.context import Context
from handlers.inbound import refusals
from handlers.jobs import timeouts, watchdog
from handlers.knowledge import drift, learning, publications
from handlers.ops import erasure
from handlers.outbound import alerts, sender
from storage.database import Session
from storage.queries import deliveries, gauges, leases, upkeep
from storage.queries import media as stored_media
from storage.queries import publications as stored_publications
from wechat.codes import OPERATOR_CODES

log = logging.getLogger(__name__)
NAME = "sweep"
HOUR = 3600.0
SECONDS = 55  # less than the minute between two sweeps, more than one takes


@dataclass
class SweepResult:
    """What the background should do next: conversations to deliver to, media to fetch."""

    conversations: list[int] = field(default_factory=list)
    media: list[int] = field(default_factory=list)
    publications: list[int] = field(default_factory=list)


def sweep(context: Context, holder: str) -> SweepResult | None:
    """Do the chores; None when another process does them. `holder` must be new for every call."""
    now = context.now()
    with context.database.write() as session:
        if not leases.take(session, NAME, holder=holder, now=now, seconds=SECONDS):
            return None
    found = SweepResult()
    for chore in (
        _recover,
        lambda context, found: found.conversations.extend(watchdog.finish(context)),
        lambda context, _: timeouts.wake(context),
        lambda context, _: timeouts.expire(context),
        lambda context, _: assignment.assign_waiting(context),
        lambda context, _: timeouts.tell(context, holder),
        lambda context, _: _tell_operator(context, holder),
        lambda context, _: _tell_of_refusals(context, holder),
        _due,
        _unpublished,
        lambda context, _: learning.collect(context),
        lambda context, _: drift.look(context),
        lambda context, _: context.database.transact(lambda s: gauges.fold(s, context.now())),
        lambda context, _: erasure.keep_to_age(context, holder),
    ):
        _do(chore, context, found)
    with context.database.write() as session:
        leases.beat(session, NAME, holder=holder, now=context.now())
    return found


def give_back(session: Session, holder: str, now: datetime) -> None:
    """No process of this holder sweeps any more."""
    leases.give_back(session, NAME, holder=f"{holder}:", now=now)
    publications.give_back(session, holder, now)


def left_behind(context: Context) -> SweepResult:
    """What the sweep would find for the background, without its lease: whoever does it twice at
    the same moment does no harm."""
    found = SweepResult()
    for chore in (_recover, _due, _unpublished):
        _do(chore, context, found)
    return found


def _do(
    chore: Callable[[Context, SweepResult], object], context: Context, found: SweepResult
) -> None:
    try:
        chore(context, found)
    except Exception:
        log.exception("a chore of the sweep failed; the next sweep tries again")


def _recover(context: Context, found: SweepResult) -> None:
    """Sends whose process died; what waits behind them may go."""
    now = context.now()
    with context.database.read() as session:
        stuck = deliveries.with_stuck(session, now)
    for conversation_id in stuck:
        work = partial(sender.recover, conversation_id=conversation_id, now=now)
        context.database.transact(work)
        found.conversations.append(conversation_id)


def _tell_operator(context: Context, holder: str) -> None:
    """What holds messages back until a setting changes: in the log, and told once an hour."""
    now = context.now()
    with context.database.write() as session:
        due = [
            (code, words)
            for code, words in upkeep.held_for_operator(session, OPERATOR_CODES)
            if leases.take(session, f"operator:{code}", holder=holder, now=now, seconds=HOUR)
        ]
    for code, words in due:
        log.error("messages are held until a setting changes: WeChat answers %s", code)
        alerts.tell_operator(context.alert_targets, words, now)


def _unpublished(context: Context, found: SweepResult) -> None:
    """Publications that nobody works on, or whose process is gone."""
    publications.reap(context)
    with context.database.read() as session:
        found.publications.extend(stored_publications.waiting(session))


def _tell_of_refusals(context: Context, holder: str) -> None:
    """Ten pushes in five minutes and more, and none was taken: told at most once an hour."""
    now = context.now()
    with context.database.write() as session:
        words = refusals.alarming(session, now)
        if words and not leases.take(session, "refused", holder=holder, now=now, seconds=HOUR):
            return
    if words:
        log.error("every push is refused")
        alerts.tell_operator(context.alert_targets, words, now)


def _due(context: Context, found: SweepResult) -> None:
    now = context.now()
    with context.database.read() as session:
        found.conversations.extend(deliveries.due(session, now))
        found.media.extend(stored_media.due(session, now))
