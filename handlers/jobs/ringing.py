"""Rings consultants' devices within a second of what they must hear of.

Every process watches for commits; of those that see the same notice the one that holds the lease
rings. Nothing is stored for it: a process that dies loses the rings of that second and may keep
others from ringing until its lease ends; the desk and the alerts go on.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from handlers.china_time import today
from handlers.context import Context
from handlers.outbound import alerts
from handlers.outbound.notice_words import words_of
from handlers.outbound.web_push import Outcome, PushNotification, PushSender
from storage import live
from storage.database import AgainError, DatabaseDownError, Session
from storage.queries import conversations, leases, notices, presence, push_subscriptions
from storage.queries.notices import Notice
from storage.queries.push_subscriptions import Device

log = logging.getLogger(__name__)
LEASE = "ring"
# Longer than two processes are apart that see the same notice.
LEASE_SECONDS = 10.0
TELL_AGAIN_SECONDS = 60.0
KEPT = 1000
THREADS = 4


@dataclass(frozen=True, slots=True)
class Due:
    """One notice on its way to one device."""

    notice: Notice
    device: Device
    ring: PushNotification


class Ringing:
    """Watches on a thread of its own from `start` to `close`."""

    def __init__(self, context: Callable[[], Context], holder: str) -> None:
        self._context = context
        self._holder = f"{holder}:ring"
        self._closing = threading.Lock()
        self._follower: live.Follower | None = None
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="ringing")
        self._rung: OrderedDict[str, None] = OrderedDict()
        self._bell: PushSender | None = None

    def start(self) -> None:
        context = self._context()
        self._since = context.now()
        self._follower = live.Follower(context.database, "ringing", self.look)
        self._follower.start()

    def close(self) -> None:
        """Once; who comes second need not wait."""
        if not self._closing.acquire(blocking=False):
            return
        if self._follower is not None:
            self._follower.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._give_back()

    def _give_back(self) -> None:
        """The next process rings at once."""
        context = self._context()
        work = partial(leases.give_back, name=LEASE, holder=self._holder, now=context.now())
        try:
            context.database.transact(work)
        except (DatabaseDownError, AgainError):
            log.warning("the lease of the ringing could not be given back; it ends by itself")

    def look(self, changed: Collection[int] = ()) -> None:
        """Ring for what came since the last look, and in these conversations."""
        context = self._context()
        since, self._since = self._since - live.OVERLAP, context.now()
        with context.database.read() as session:
            if not push_subscriptions.exists(session):
                return
            found = dict(conversations.changed_since(session, since, changed))
            new = [each for each in notices.since(session, found, since) if self._is_new(each)]
            due = [each for notice in new for each in _due(session, context, notice)]
        if due and self._may_ring(context):
            if self._bell is None:
                self._bell = PushSender(context.database, context.now, context.firm.public_url)
            for each in due:
                self._pool.submit(self._ring, self._bell, each)

    def _is_new(self, notice: Notice) -> bool:
        if notice.key in self._rung:
            return False
        self._rung[notice.key] = None
        if len(self._rung) > KEPT:
            self._rung.popitem(last=False)
        return True

    def _may_ring(self, context: Context) -> bool:
        take = partial(
            leases.take,
            name=LEASE,
            holder=self._holder,
            now=context.now(),
            seconds=LEASE_SECONDS,
        )
        return context.database.transact(take)

    def _ring(self, sender: PushSender, due: Due) -> None:
        try:
            ring(self._context(), sender, due, self._holder)
        except DatabaseDownError:
            log.warning("what became of a ring could not be noted")
        except Exception:
            log.exception("a ring failed")


def ring(context: Context, sender: PushSender, due: Due, holder: str) -> None:
    """Ring one device and note what became of it; a device that takes nothing is told of."""
    outcome = sender.ring(due.device, due.ring)
    context.database.transact(partial(_note, context=context, due=due, outcome=outcome))
    if outcome == "failed":
        _tell_otherwise(context, due, holder)


def _note(session: Session, *, context: Context, due: Due, outcome: Outcome) -> None:
    if outcome == "gone":
        push_subscriptions.gone(session, due.device.id)
    elif outcome == "failed" or due.device.failing:
        failed_at = context.now() if outcome == "failed" else None
        push_subscriptions.note_failed(session, due.device.id, failed_at)
        live.announce(session, due.notice.conversation_id)


def _tell_otherwise(context: Context, due: Due, holder: str) -> None:
    """The alert channels ring instead, at most once a minute for each consultant."""
    now = context.now()
    take = partial(
        leases.take,
        name=f"unreached:{due.device.consultant_id}",
        holder=f"{holder}:{now.timestamp()}",
        now=now,
        seconds=TELL_AGAIN_SECONDS,
    )
    if context.database.transact(take):
        words = alerts.harmless(f"{due.device.consultant}：{due.ring.words}")
        alerts.tell_operator(context.alert_targets, f"{words}。手机提醒送不到，请打开工作台", now)


def _due(session: Session, context: Context, notice: Notice) -> Sequence[Due]:
    """The devices that ring for it: not for a reply that its consultant is looking at."""
    now = context.now()
    if notice.to is None:
        devices = push_subscriptions.on_duty(session, today(now))
    else:
        devices = push_subscriptions.of(session, notice.to)
    if not devices:
        return ()
    looking = {row.consultant_id for row in presence.here(session, notice.conversation_id, now)}
    about = notices.titles(session, [notice.conversation_id])[notice.conversation_id]
    shown = PushNotification(
        words=words_of(notice, conversations.display_name(about)),
        address=f"/desk/c/{notice.conversation_id}",
        tag=f"/desk/c/{notice.conversation_id}#end",
    )
    return [
        Due(notice, each, shown)
        for each in devices
        if notice.kind != "reply" or each.consultant_id not in looking
    ]
