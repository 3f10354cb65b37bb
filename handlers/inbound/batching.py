"""Group commit: jobs that arrive while a group is being stored form the next group.

A single job runs at once and alone. Under load groups grow, and a statement, a commit and a wait
for a lock are paid once per group.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Job = TypeVar("Job")
Done = TypeVar("Done")

LEADERS = 1
"""Groups that run at the same time. Two were measured to be slower than one."""
MOST = 32
"""Jobs per group at most; the first waits for the last."""


class _Waiter(Generic[Job, Done]):
    """A waiting thread: woken when its job is done, or when it has to lead the next group."""

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
    """Has no thread of its own: the first thread to arrive runs the jobs of those that wait."""

    def __init__(self, leaders: int = LEADERS, most: int = MOST) -> None:
        self._lock = threading.Lock()
        self._free = leaders
        self._most = most
        self._waiting: deque[_Waiter[Job, Done]] = deque()

    def do(self, job: Job, work: Callable[[list[Job]], Sequence[Done]]) -> Done:
        """The result of `work` for this job; blocks until its group has run.

        `work` returns one result per job, in order; what it raises is raised for the whole group.
        """
        mine = _Waiter[Job, Done](job)
        if not self._may_lead(mine):
            mine.called.wait()
        if mine.leads:
            self._lead(mine, work)
        return mine.result()

    def _may_lead(self, waiter: _Waiter[Job, Done]) -> bool:
        with self._lock:
            if self._free:
                self._free -= 1
                waiter.leads = True
            else:
                self._waiting.append(waiter)
        return waiter.leads

    def _lead(self, mine: _Waiter[Job, Done], work: Callable[[list[Job]], Sequence[Done]]) -> None:
        group = [mine, *self._others()]
        try:
            for waiter, done in zip(group, work([waiter.job for waiter in group]), strict=True):
                waiter.done = [done]
        except BaseException as error:
            for waiter in group:
                waiter.error = error
            raise
        finally:
            self._hand_over()
            for waiter in group[1:]:
                waiter.called.set()

    def _others(self) -> list[_Waiter[Job, Done]]:
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most - 1))]

    def _hand_over(self) -> None:
        """The thread that has waited longest leads the next group."""
        with self._lock:
            if not self._waiting:
                self._free += 1
                return
            next_leader = self._waiting.popleft()
            next_leader.leads = True
        next_leader.called.set()
