"""Group commit: what comes while others are being stored is stored together afterwards.

One that comes alone goes at once and alone. Under load groups grow by themselves, and a statement,
a commit and a wait for a lock are paid once for all of a group.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Job = TypeVar("Job")
Done = TypeVar("Done")

LEADERS = 1
"""Groups at work at the same time. A second one made both smaller, and fewer messages a second."""
MOST = 32
"""In one group; the first of it waits for the last."""


class _Place(Generic[Job, Done]):
    """Somebody's place: called when the job is done, or when it is their turn to lead."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.leads = False
        self.done: list[Done] = []  # one, in the end
        self.error: BaseException | None = None
        self.called = threading.Event()

    def result(self) -> Done:
        if self.error is not None:
            raise self.error
        return self.done[0]


class GroupCommit(Generic[Job, Done]):
    """There is no thread of its own: whoever comes first does the work of those who wait."""

    def __init__(self, leaders: int = LEADERS, most: int = MOST) -> None:
        self._lock = threading.Lock()
        self._free = leaders
        self._most = most
        self._waiting: deque[_Place[Job, Done]] = deque()

    def do(self, job: Job, work: Callable[[list[Job]], Sequence[Done]]) -> Done:
        """What `work` gives for this job, after any time and with any others beside it.

        `work` gives one result a job, in order; what it raises is raised for all of the group.
        """
        mine = _Place[Job, Done](job)
        if not self._may_lead(mine):
            mine.called.wait()
        if mine.leads:
            self._lead(mine, work)
        return mine.result()

    def _may_lead(self, place: _Place[Job, Done]) -> bool:
        with self._lock:
            if self._free:
                self._free -= 1
                place.leads = True
            else:
                self._waiting.append(place)
        return place.leads

    def _lead(self, mine: _Place[Job, Done], work: Callable[[list[Job]], Sequence[Done]]) -> None:
        group = [mine, *self._others()]
        try:
            for place, done in zip(group, work([place.job for place in group]), strict=True):
                place.done = [done]
        except BaseException as error:
            for place in group:
                place.error = error
            raise
        finally:
            self._hand_over()
            for place in group[1:]:
                place.called.set()

    def _others(self) -> list[_Place[Job, Done]]:
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most - 1))]

    def _hand_over(self) -> None:
        """The one who has waited longest leads the next group."""
        with self._lock:
            if not self._waiting:
                self._free += 1
                return
            following = self._waiting.popleft()
            following.leads = True
        following.called.set()
