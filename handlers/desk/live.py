"""Server-sent events: open pages learn within a second that something changed.

One hub per process waits for commits and looks once for all its streams; a stream only waits on the
hub. The database is the one source: a page that lost its stream asks for everything since it last
heard, and another process can answer as well.
"""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import cast

from flask import Flask, Response, abort, current_app, jsonify, request

from handlers.context import EXTENSION, STOPPING, Context, current_context
from handlers.desk.pages import desk, me
from handlers.outbound.notice_words import words_of
from storage import live
from storage.database import Database
from storage.queries import conversations, inbox, notices, push_subscriptions
from storage.queries.conversations import display_name
from storage.queries.inbox import Counts
from storage.queries.notices import Notice

log = logging.getLogger(__name__)
NAME = "dianban-live"
CATCH_UP_MAX = timedelta(hours=1)
# Both ends notice a dead connection: the page within five seconds, the server at its next beat.
BEAT_SECONDS = 2.0
# A stream ends by itself and the browser opens the next: an ended login, a stopped server.
LIFE_SECONDS = 60.0
KEPT = 256


@dataclass(frozen=True, slots=True)
class NamedNotice:
    """A notice with the name of the merchant it is about."""

    notice: Notice
    name: str


@dataclass(frozen=True, slots=True)
class News:
    """What changed: conversations with their versions, conversations where people came or went,
    and what consultants must be told of."""

    at: datetime
    changed: dict[int, int]
    people: tuple[int, ...]
    counts: Counts
    told: tuple[NamedNotice, ...] = ()
    unreached: frozenset[int] = frozenset()
    """Consultants with a device that should ring and takes nothing."""

    def for_consultant(self, consultant_id: int) -> dict[str, object]:
        counts = self.counts
        return {
            "told": [_shown(each) for each in self.told if each.notice.to in {None, consultant_id}],
            "at": self.at.astimezone(UTC).isoformat(),
            "changed": [[key, value] for key, value in self.changed.items()],
            "people": list(self.people),
            "unreached": consultant_id in self.unreached,
            "counts": {
                "waiting": counts.waiting,
                "mine": counts.claimed.get(consultant_id, 0),
                "bot": counts.bot,
            },
        }


def _shown(told: NamedNotice) -> dict[str, object]:
    notice = told.notice
    words, conversation = words_of(notice, told.name), notice.conversation_id
    return {"key": notice.key, "kind": notice.kind, "words": words, "conversation": conversation}


def look(database: Database, since: datetime, now: datetime, also: Collection[int] = ()) -> News:
    """Everything that changed since then, a little more rather than a little less, and `also` what
    is known to have changed: the clock of the machine that changed it may be behind ours."""
    with database.read() as session:
        changed = dict(conversations.changed_since(session, since - live.OVERLAP, also))
        found = notices.since(session, changed, since - live.OVERLAP)
        about = notices.titles(session, {notice.conversation_id for notice in found})
        return News(
            at=now,
            changed=changed,
            people=tuple(live.people_changed_since(session, since - live.OVERLAP)),
            counts=inbox.counts(session, now),
            told=tuple(
                NamedNotice(each, display_name(about[each.conversation_id])) for each in found
            ),
            unreached=push_subscriptions.failing(session),
        )


class Hub:
    """Waits for commits on a thread of its own, begun by the first stream."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ready = threading.Condition()
        self._news: deque[tuple[int, News]] = deque(maxlen=KEPT)
        self._number = 0
        self._open = 0
        self._known = _Known()
        self._since = context.now()
        self._follower = live.Follower(context.database, "the live watch", self._look, self._quiet)

    def close(self) -> None:
        """End all streams and the watch, for a program that goes on without its desk."""
        self._follower.stop()
        with self._ready:
            self._ready.notify_all()
        self._follower.close()

    @property
    def closed(self) -> bool:
        return self._follower.is_closed

    def enter(self) -> bool:
        """Take one of the places for streams; False when all are taken."""
        with self._ready:
            if self._open >= self._context.firm.streams:
                return False
            self._open += 1
            self._context.holding.pages = self._open
            if not self._follower.is_alive:
                self._quiet()
                self._follower.start()
            return True

    def leave(self) -> None:
        with self._ready:
            self._open -= 1
            self._context.holding.pages = self._open

    def number(self) -> int:
        with self._ready:
            return self._number

    def wait(self, seen: int, seconds: float) -> list[tuple[int, News]]:
        """The news after `seen`, as soon as there is some; [] when the time is over."""
        with self._ready:
            self._ready.wait_for(lambda: self._number > seen or self.closed, timeout=seconds)
            return [each for each in self._news if each[0] > seen]

    def _quiet(self) -> None:
        self._since = self._context.now()

    def _look(self, changed: Collection[int]) -> None:
        now = self._context.now()
        news = self._known.only_new(look(self._context.database, self._since, now, changed))
        self._since = now
        if news is not None:
            self._publish(news)

    def _publish(self, news: News) -> None:
        with self._ready:
            self._number += 1
            self._news.append((self._number, news))
            self._ready.notify_all()


class _Known:
    """What was published already: looking back a little must not say the same thing twice."""

    def __init__(self) -> None:
        self._versions: dict[int, int] = {}
        self._people: dict[int, datetime] = {}
        self._counts = Counts()
        self._unreached: frozenset[int] = frozenset()

    def only_new(self, news: News) -> News | None:
        changed = {k: v for k, v in news.changed.items() if self._versions.get(k) != v}
        people = tuple(k for k in news.people if self._is_new(k, news.at))
        same = not changed and not people
        same = same and (news.counts, news.unreached) == (self._counts, self._unreached)
        self._versions = dict(news.changed)
        self._counts, self._unreached = news.counts, news.unreached
        return None if same else replace(news, changed=changed, people=people)

    def _is_new(self, conversation_id: int, at: datetime) -> bool:
        before = self._people.get(conversation_id)
        self._people[conversation_id] = at
        # Within the look-back old and new look alike: rather once too often, but not for ever.
        return before is None or at - before < live.OVERLAP


def install(app: Flask) -> None:
    hub = Hub(cast("Context", app.extensions[EXTENSION]))
    app.extensions[NAME] = hub
    app.extensions.setdefault(STOPPING, []).append(hub.close)


@desk.get("/changes")
def changes() -> Response:
    """For a page without a stream: what changed since `since` (ISO time of the last answer)."""
    now = current_context().now()
    return jsonify(look(current_context().database, _since(now), now).for_consultant(me().id))


@desk.get("/events")
def events() -> Response:
    """Server-sent events; 503 when this process has no thread to spare for one more."""
    hub = cast("Hub", current_app.extensions[NAME])
    if not hub.enter():
        abort(503)
    try:
        seen, now = hub.number(), current_context().now()
        first = look(current_context().database, _since(now), now)
    except BaseException:
        hub.leave()
        raise
    response = Response(_stream(hub, me().id, first, seen), mimetype="text/event-stream")
    response.call_on_close(hub.leave)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"  # nginx must pass each line on at once
    return response


def _stream(hub: Hub, consultant_id: int, first: News, seen: int) -> Iterator[str]:
    until = time.monotonic() + LIFE_SECONDS
    yield "retry: 1000\n" + _event(first, consultant_id)
    while time.monotonic() < until and not hub.closed:
        fresh = hub.wait(seen, BEAT_SECONDS)
        if not fresh:
            yield "event: beat\ndata:\n\n"
        for number, news in fresh:
            seen = number
            yield _event(news, consultant_id)


def _event(news: News, consultant_id: int) -> str:
    body = news.for_consultant(consultant_id)
    return f"id: {body['at']}\ndata: {json.dumps(body)}\n\n"


def _since(now: datetime) -> datetime:
    text = request.headers.get("Last-Event-ID") or request.args.get("since", "")
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        return now
    if since.tzinfo is None:
        return now
    return max(since, now - CATCH_UP_MAX)
