"""The tasks on Huey: deliveries, media, alerts, and the sweep every minute.

The database rows say what is due; a task is only a hint to look. A task that is lost with its
process costs a minute, because the sweep finds the rows.
"""

import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from huey import Huey, crontab
from huey.api import TaskWrapper

from handlers.actions import assignment
from handlers.context import Context
from handlers.inbound import media_download
from handlers.jobs import sweep, timeouts
from handlers.jobs.ringing import Ringing
from handlers.jobs.sweep import SweepResult
from handlers.knowledge import publications
from handlers.outbound import sender
from storage.database import AgainError, DatabaseDownError
from storage.queries import media as stored_media

log = logging.getLogger(__name__)
OWN_THREADS = 2


class Jobs:
    """The tasks, registered on a Huey queue. `context` returns the context of this process."""

    def __init__(self, huey: Huey, context: Callable[[], Context], holder: str) -> None:
        self.huey = huey
        self._context = context
        self._holder = holder
        self._deliver = huey.task(name="deliver")(self._run_deliver)
        # "attend" is the name in the queues of installations that are upgraded in place.
        self._deliver_and_follow_up = huey.task(name="attend")(self._run_deliver_and_follow_up)
        self._fetch = huey.task(name="fetch")(self._run_fetch)
        self._publish = huey.task(name="publish")(self._run_publish)
        huey.periodic_task(crontab(), name="sweep")(self.sweep)
        huey.on_startup(name="resume")(self.resume)
        huey.on_shutdown(name="give back")(self.give_back)
        self._resumed = threading.Lock()
        self._ringing = Ringing(context, holder)
        self._own = ThreadPoolExecutor(OWN_THREADS, thread_name_prefix="own-jobs")

    def enqueue_delivery(self, conversation_id: int) -> None:
        """Something of this conversation waits. Never raises: the sweep comes by anyway."""
        self._put(self._deliver_and_follow_up, conversation_id)

    def enqueue_publication(self, publication_id: int) -> None:
        """A publication waits for somebody to work on it. Never raises."""
        self._put(self._publish, publication_id)

    def sweep(self) -> None:
        """Once a minute on one of all processes."""
        found = sweep.sweep(self._context(), f"{self._holder}:{secrets.token_hex(4)}")
        if found is not None:
            self._pass_on(found)

    def resume(self) -> None:
        """Once when this process starts: what the last one left waits no minute for the sweep."""
        if self._resumed.acquire(blocking=False):
            self._ringing.start()
            self._pass_on(sweep.left_behind(self._context()))

    def give_back(self) -> None:
        """When this process stops: whoever wants to move or restore the data need not wait.

        Each thread of the queue calls it when it has done its last job, which may be the sweep.
        """
        context = self._context()
        work = partial(sweep.give_back, holder=self._holder, now=context.now())
        try:
            context.database.transact(work)
        except (DatabaseDownError, AgainError):
            log.warning("the lease of the sweep could not be given back; it ends by itself")
        self._ringing.close()

    def _pass_on(self, found: SweepResult) -> None:
        for conversation_id in found.conversations:
            self._put(self._deliver, conversation_id)
        for media_id in found.media:
            self._put(self._fetch, media_id)
        for publication_id in found.publications:
            self._put(self._publish, publication_id)

    def _put(self, task: TaskWrapper, number: int) -> None:
        """Where the queue is away, this process runs the task itself, a few at a time."""
        try:
            task(number)
        except Exception as error:  # noqa: BLE001 (any queue's error; the rows are safe)
            log.warning("the job queue took nothing (%s)", type(error).__name__)
            self._own.submit(self._answer, task, number)

    def _answer(self, task: TaskWrapper, number: int) -> None:
        try:
            task.call_local(number)
        except Exception:
            log.exception("a job failed without its queue; the sweep finds what is left")

    def _run_deliver_and_follow_up(self, conversation_id: int) -> None:
        """Deliver first: somebody waits. Then a new case is given to somebody or told to all, and
        what came is fetched."""
        self._run_deliver(conversation_id)
        context = self._context()
        assignment.assign_waiting(context)
        timeouts.tell(context, self._holder)
        with context.database.read() as session:
            due = stored_media.due(session, context.now(), conversation_id=conversation_id)
        for media_id in due:
            self._put(self._fetch, media_id)

    def _run_fetch(self, media_id: int) -> None:
        media_download.fetch(self._context(), media_id)

    def _run_publish(self, publication_id: int) -> None:
        """On a thread of its own: it takes a minute, and messages wait for no publication."""
        work = partial(publications.run, self._context(), publication_id, self._holder)
        threading.Thread(target=work, name="publish", daemon=True).start()

    def _run_deliver(self, conversation_id: int) -> None:
        context = self._context()
        again_at = sender.deliver(context, conversation_id)
        if again_at is not None:
            self._deliver.schedule((conversation_id,), delay=_seconds(context.now(), again_at))


def _seconds(now: datetime, then: datetime) -> float:
    return max(0.1, (then - now).total_seconds())
