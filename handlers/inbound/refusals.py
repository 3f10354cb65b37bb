"""Pushes that were refused: counted in memory, stored at most once a second, told in words.

A wrong clock, Token or AES key refuses everything, and nothing else shows it. Anybody can post
rubbish, so a refusal costs no statement of its own, and one alone alarms nobody.
"""

import logging
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from storage.database import Database, DatabaseDownError, DBAPIError, Session
from storage.queries import refused
from storage.queries.refused import RefusalRun
from wechat.errors import PushError

log = logging.getLogger(__name__)
PAUSE_SECONDS = 1.0
ALARMING = 10
ALARMING_FOR = timedelta(minutes=5)
WHY = {
    "signature": "签名不对：公众号后台的 Token 和设置里的 wechat.token 不一样",
    "clock": "签名对，但时间差得太多：请校准这台机器的时钟",
    "key": "解不开：公众号后台的 EncodingAESKey 或 AppID 和设置里的不一样",
    "account": "是发给另一个公众号的：检查 wechat.original_id",
    "sender": "发送人和地址里的不一致",
    "plain": '是明文：把公众号后台改成安全模式，或把 wechat.mode 改成 "plain"',
    "malformed": "内容不是微信的格式",
}


@dataclass
class Refusals:
    """What this process refused and has not stored yet. Safe to share between threads."""

    counts: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None
    clock_off: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _storing: threading.Lock = field(default_factory=threading.Lock)
    _timer: threading.Timer | None = None

    def note(self, database: Database, error: PushError, now: datetime) -> None:
        with self._lock:
            self.counts[error.reason] += 1
            self.first, self.last = self.first or now, now
            if error.seconds is not None:
                self.clock_off = error.seconds
            if self._timer is None:
                self._timer = threading.Timer(PAUSE_SECONDS, self.store, (database,))
                self._timer.daemon = True
                self._timer.start()

    def store(self, database: Database) -> None:
        """What was counted; it stays counted here while the database is away. Never raises.

        Over when it returns: a second caller waits for the first.
        """
        with self._storing:
            self._store(database)

    def _store(self, database: Database) -> None:
        with self._lock:
            self._timer = None
            counts, self.counts = self.counts, Counter()
            first, last, off = self.first, self.last, self.clock_off
            self.first = self.last = None
        if first is None or last is None:
            return
        try:
            database.transact(lambda session: refused.add(session, counts, first, last, off))
        except (DatabaseDownError, DBAPIError):
            self._put_back(counts, first, last)

    def _put_back(self, counts: Counter[str], first: datetime, last: datetime) -> None:
        with self._lock:
            self.counts += counts
            self.first, self.last = first, self.last or last


def in_words(run: RefusalRun) -> str:
    """Of a run of refusals with nothing taken in between."""
    reasons = [
        WHY.get(reason, reason)
        + (f"(现在差 {abs(run.clock_off)} 秒)" if reason == "clock" and run.clock_off else "")
        for reason, _ in sorted(run.reasons.items(), key=lambda each: -each[1])
    ]
    return f"最近 {run.count} 次推送全部被拒绝。{'；'.join(reasons)}。"


def alarming(session: Session, now: datetime) -> str:
    """What to tell the operator; "" for nothing: it may be a stranger's rubbish."""
    run = refused.run(session)
    if run is None or run.count < ALARMING or run.last - run.since < ALARMING_FOR:
        return ""
    return in_words(run) if now - run.last < timedelta(hours=1) else ""
