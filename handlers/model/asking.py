"""Asking within bounds: few at once, a daily limit, a breaker, a deadline, a ledger.

Nothing here holds a lock or a database connection while the model thinks.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from handlers.model.client import Completion, Message, ModelClient, ModelError
from storage.database import AgainError, Database, DatabaseDownError
from storage.queries import model_calls

T = TypeVar("T")
log = logging.getLogger(__name__)
AT_ONCE = 4
FAILURES, REST_SECONDS = 3, 30.0
CACHED = 1000
COUNT_EVERY_SECONDS = 20.0
CHINA = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """The owner's settings. `use`: off | shadow | choose."""

    use: str = "off"
    drafts: bool = False
    phrasings: bool = False
    daily_limit: int = 1000
    deadline_ms: int = 1500

    @property
    def seconds(self) -> float:
        return self.deadline_ms / 1000


class Refused(Exception):  # noqa: N818 (a state of ours, no error)
    """Not asked: too many at once, the day's limit, or the provider rests."""


class Asking:
    """What one process asks the model. `clock` is monotonic seconds, `now` the time of day."""

    def __init__(
        self,
        settings: ModelSettings,
        client: ModelClient,
        database: Database,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.client = client
        self.now = now
        self._database = database
        self._clock = clock
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._threads = ThreadPoolExecutor(2 * AT_ONCE, thread_name_prefix="model")
        # Whoever waits here for an answer must not take the threads that ask.
        self._background = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="model-later")
        self._lock = threading.Lock()
        self._failures = 0
        self._rests_until = 0.0
        self._counted = (0, float("-inf"))
        self._cache: OrderedDict[tuple[object, ...], str] = OrderedDict()

    def both(self, questions: Sequence[Sequence[Message]]) -> list[Completion]:
        """Two questions side by side under one deadline. Raises Refused or ModelError."""
        with _Place(self):
            started = [self._threads.submit(self._complete, each) for each in questions]
            finished, late = wait(
                started, timeout=self.settings.seconds, return_when=FIRST_EXCEPTION
            )
            error = next((each.exception() for each in finished if each.exception()), None)
            if error is not None or late:
                self._failed()
                raise error or ModelError("slow")
            self._worked()
            return [each.result() for each in started]

    def one(
        self, question: Sequence[Message], *, seconds: float, max_tokens: int, as_json: bool
    ) -> Completion:
        """One question for a person who waits. Raises Refused or ModelError."""
        with _Place(self):
            try:
                answer = self.client.complete(
                    question, seconds=seconds, max_tokens=max_tokens, as_json=as_json
                )
            except ModelError:
                self._failed()
                raise
            self._worked()
            return answer

    def later(self, work: Callable[[], T]) -> Future[T]:
        """In the background."""
        return self._background.submit(work)

    def cached(self, key: tuple[object, ...]) -> str | None:
        with self._lock:
            return self._cache.get(key)

    def keep(self, key: tuple[object, ...], choice: str) -> None:
        with self._lock:
            self._cache[key] = choice
            while len(self._cache) > CACHED:
                self._cache.popitem(last=False)

    def record(self, **columns: object) -> None:
        """Into the ledger. Never raises: an answer must not wait for it."""
        try:
            with self._database.write() as session:
                model_calls.add(session, at=self.now(), model=self.client.name[:64], **columns)
        except (DatabaseDownError, AgainError):
            log.warning("a question to the model could not be recorded")

    def _complete(self, question: Sequence[Message]) -> Completion:
        return self.client.complete(
            question, seconds=self.settings.seconds, max_tokens=60, as_json=True
        )

    def enter(self) -> None:
        """Take a place, or raise Refused."""
        if self._rests() or self._used_up():
            raise Refused
        if not self._places.acquire(blocking=False):
            raise Refused

    def leave(self) -> None:
        self._places.release()

    def _rests(self) -> bool:
        """After three failures in a row: one probe a while, everybody else goes on without."""
        with self._lock:
            if self._failures < FAILURES:
                return False
            if self._clock() < self._rests_until:
                return True
            self._rests_until = self._clock() + REST_SECONDS  # this one is the probe
            return False

    def _failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._rests_until = self._clock() + REST_SECONDS

    def _worked(self) -> None:
        with self._lock:
            self._failures = 0

    def _used_up(self) -> bool:
        """The day's limit over all processes, looked up every few seconds."""
        count, at = self._counted
        if self._clock() - at > COUNT_EVERY_SECONDS:
            local = self.now() + CHINA
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) - CHINA
            try:
                with self._database.read() as session:
                    count = model_calls.count_since(session, midnight)
            except DatabaseDownError:
                return True
            self._counted = (count, self._clock())
        else:
            self._counted = (count + 1, at)
        return count >= self.settings.daily_limit


class _Place:
    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def __enter__(self) -> None:
        self._asking.enter()

    def __exit__(self, *_: object) -> None:
        self._asking.leave()
