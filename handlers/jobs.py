"""What happens by itself, on Huey: deliveries, media, alerts, and the sweep every minute.

The rows in the database are what counts; a task is only a doorbell. A task that is lost with
its process costs a minute, because the sweep finds the rows.
"""

import logging
import secrets
import threading
from collections.abc import Callable
from datetime import datetime

from huey import Huey, crontab

from handlers.background import deliver, fetching, sweep, timeouts
from handlers.background.sweep import Found
from handlers.parts import Parts
from storage import media as stored_media

log = logging.getLogger(__name__)


class Jobs:
    """The tasks, registered on a Huey queue. `house` gives the parts of this process."""

    def __init__(self, huey: Huey, house: Callable[[], Parts], holder: str) -> None:
        self.huey = huey
        self._house = house
        self._holder = holder
        self._deliver = huey.task(name="deliver")(self._run_deliver)
        self._attend = huey.task(name="attend")(self._run_attend)
        self._fetch = huey.task(name="fetch")(self._run_fetch)
        huey.periodic_task(crontab(), name="sweep")(self.sweep)
        huey.on_startup(name="resume")(self.resume)
        self._resumed = threading.Lock()

    def ring(self, conversation_id: int) -> None:
        """Something of this conversation waits. Never raises: the sweep comes by anyway."""
        self._put(self._attend, conversation_id)

    def sweep(self) -> None:
        """Once a minute on one of all processes."""
        found = sweep.sweep(self._house(), f"{self._holder}:{secrets.token_hex(4)}")
        if found is not None:
            self._pass_on(found)

    def resume(self) -> None:
        """Once when this process starts: what the last one left waits no minute for the sweep."""
        if self._resumed.acquire(blocking=False):
            self._pass_on(sweep.left_behind(self._house()))

    def _pass_on(self, found: Found) -> None:
        for conversation_id in found.conversations:
            self._put(self._deliver, conversation_id)
        for media_id in found.media:
            self._put(self._fetch, media_id)

    def _put(self, task: Callable[[int], object], number: int) -> None:
        try:
            task(number)
        except Exception as error:  # noqa: BLE001 (any queue's error; the rows are safe)
            log.warning("the job queue took nothing (%s); the sweep will", type(error).__name__)

    def _run_attend(self, conversation_id: int) -> None:
        """Deliver first: somebody waits. Then tell people of a new case, and fetch what came."""
        self._run_deliver(conversation_id)
        house = self._house()
        timeouts.tell(house, self._holder)
        with house.database.read() as session:
            due = stored_media.due(session, house.now(), conversation_id=conversation_id)
        for media_id in due:
            self._put(self._fetch, media_id)

    def _run_fetch(self, media_id: int) -> None:
        fetching.fetch(self._house(), media_id)

    def _run_deliver(self, conversation_id: int) -> None:
        house = self._house()
        again_at = deliver.deliver(house, conversation_id)
        if again_at is not None:
            self._deliver.schedule((conversation_id,), delay=_seconds(house.now(), again_at))


def _seconds(now: datetime, then: datetime) -> float:
    return max(0.1, (then - now).total_seconds())
