"""WeChat as the storm needs it: three tries some seconds apart, and sometimes three at once."""

import random
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from wechat.simulator import Pushed, SimulatedAccount, Simulator
from wechat.simulator.pushing import UnusableReplyError, deliver

ANSWERED = frozenset({"reply", "success", "malformed"})
TRIES = 3


@dataclass(slots=True)
class AnsweredPush:
    """One push and everything that came back for it, each answer as plain XML ("" for none)."""

    pushed: Pushed
    answers: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


class Platform(Simulator):
    """A simulator whose retries are spaced like WeChat's and which keeps every answer it got.

    `spacing` is the pause in seconds between two tries. Every try goes to one of `webhooks`, as a
    proxy before several machines would send it. Safe to share between threads.
    """

    def __init__(
        self,
        settings: SimulatedAccount,
        seed: int,
        *,
        spacing: float = 3.0,
        webhooks: Sequence[str] = (),
    ) -> None:
        super().__init__(replace(settings, attempts=1))
        self._webhooks = webhooks or [settings.webhook]
        self.tried: dict[int, AnsweredPush] = {}
        self.spacing = spacing
        self.thrice = 0.05
        """The share of pushes that arrive three times at the same moment."""
        self._random = random.Random(seed)

    def push(self, pushed: Pushed) -> Pushed:
        """Try until it is answered, three times at most."""
        tried = self.tried.setdefault(pushed.n, AnsweredPush(pushed))
        before = len(tried.answers)
        for number in range(TRIES):
            self._at_once(tried, 3 if self._random.random() < self.thrice else 1)
            if len(tried.answers) > before:
                break
            if number + 1 < TRIES:
                time.sleep(self.spacing)
        return pushed

    def again(self, pushed: Pushed) -> None:
        """The same push once more although it was answered, as WeChat does after a lost ACK."""
        self._at_once(self.tried[pushed.n], 1)

    def _at_once(self, tried: AnsweredPush, times: int) -> None:
        threads = [threading.Thread(target=self._one, args=(tried,)) for _ in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _one(self, tried: AnsweredPush) -> None:
        copy = replace(tried.pushed, attempts=[], replies=[])
        reply = None
        there = replace(self.settings, webhook=self._random.choice(self._webhooks))
        with suppress(UnusableReplyError):  # it is noted in the attempts
            reply = deliver(there, copy)
        with self._lock:
            tried.pushed.attempts += copy.attempts
            tried.statuses += [each.status for each in copy.attempts if each.status]
            if copy.outcome not in ANSWERED:
                return
            first = not any(tried.answers)
            tried.answers.append(copy.reply)
            if first and reply is not None:  # a phone shows one reply, whoever asked again
                tried.pushed.replies += copy.replies
                self._show(copy.openid, self._shown(copy, reply))
