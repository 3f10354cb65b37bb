"""What can go wrong, one function each, and a seeded order to let it happen in."""

import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import make_url, text

from storage.database import Database
from tests.chaos.installation import Installation
from tests.chaos.platform import Platform
from wechat.simulator import Fault, Server

SENDS, TOKENS = "custom/send", "stable_token"
LOCKED_SECONDS = 6.0  # twice as long as a writer waits
AWAY_SECONDS = 4.0
GONE_SECONDS = 3.0
FULL_SECONDS = 4.0
HANG_UP_SECONDS = 5.0


@dataclass(slots=True)
class Trouble:
    """`happen` lets one thing go wrong and mends it again before it returns; `count` says what."""

    installations: Sequence[Installation]
    platform: Platform
    server: Server
    seed: int
    count: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def happen(self, kinds: list[str]) -> None:
        kind = self._random.choice(kinds)
        self.count[kind] = self.count.get(kind, 0) + 1
        TROUBLES[kind](self)

    # WeChat

    def busy(self) -> None:
        self._fault(Fault(SENDS, times=3, code=-1))

    def too_fast(self) -> None:
        self._fault(Fault(SENDS, times=2, code=45011))

    def quota(self) -> None:
        self._fault(Fault(SENDS, times=1, code=self._random.choice([45047, 45015])))

    def token_refused(self) -> None:
        self._fault(Fault(SENDS, times=1, code=self._random.choice([40001, 42001, 40014])))

    def token_forgotten(self) -> None:
        self.platform.credentials.forget()

    def no_token(self) -> None:
        self._fault(Fault(TOKENS, times=1, code=-1))

    def cut_before(self) -> None:
        self._fault(Fault(SENDS, times=2, cut="before"))

    def cut_after(self) -> None:
        self._fault(Fault(SENDS, times=2, cut="after"))

    def stall(self) -> None:
        self._fault(Fault(SENDS, times=2, stall=self._random.choice([2.0, 11.0])))

    def drip(self) -> None:
        self._fault(Fault(SENDS, times=2, drip=1.0))

    def hang_up(self) -> None:
        """WeChat gives up before we can answer, again and again."""
        before = self.platform.settings
        self.platform.settings = replace(before, timeout=self._random.choice([0.02, 0.05, 0.2]))
        time.sleep(HANG_UP_SECONDS)
        self.platform.settings = replace(self.platform.settings, timeout=before.timeout)

    def gateway(self) -> None:
        self._fault(Fault(SENDS, times=1, status=502))

    def away(self) -> None:
        self.server.stop()
        time.sleep(AWAY_SECONDS)
        self.server.start()

    def _fault(self, fault: Fault) -> None:
        self.platform.break_next(fault)

    # The program

    def kill(self) -> None:
        """Everything at once, at a random moment, and up again."""
        if self._random.random() < 0.5:
            self._fault(Fault(SENDS, times=4, stall=0.4))
        time.sleep(self._random.uniform(0, 1.0))
        one = self._one()
        one.kill()
        time.sleep(self._random.choice([0.0, 0.0, 1.0]))
        one.start()

    def freeze(self) -> None:
        """Nothing runs for a while; in the longest, all of WeChat's tries are over."""
        one = self._one()
        one.freeze()
        time.sleep(self._random.choice([1.0, 6.0, 24.0]))
        one.thaw()

    def kill_worker(self) -> None:
        self._one().kill_one(self._random.randrange(8))

    def restart(self) -> None:
        """The graceful way: nothing that was begun may be cut off."""
        one = self._one()
        if not one.stop():
            self.problems.append("SIGTERM did not end the program in time")
        one.start()

    def clock_jumps(self) -> None:
        """Ahead and back again, inside what WeChat's signatures allow."""
        jump = self._random.choice([-120.0, -30.0, 45.0, 200.0])
        for ahead in (jump, 0.0):
            for each in self.installations:
                each.shift_clock(ahead)
            if ahead:
                time.sleep(2.0)

    def _one(self) -> Installation:
        """Where it happens: on one of the machines."""
        return self._random.choice(self.installations)

    # The database

    def locked(self) -> None:
        """Another writer holds it longer than anybody waits."""
        database = Database(self._database)
        try:
            if database.is_sqlite:
                with closing(sqlite3.connect(self._file(), isolation_level=None)) as other:
                    other.execute("PRAGMA busy_timeout = 10000")
                    other.execute("BEGIN IMMEDIATE")
                    time.sleep(LOCKED_SECONDS)
                    other.execute("ROLLBACK")
            else:
                with database.engine.begin() as connection:
                    connection.execute(text("LOCK TABLE conversation IN EXCLUSIVE MODE"))
                    time.sleep(LOCKED_SECONDS)
        finally:
            database.close()

    def full(self) -> None:
        """No file may grow any more."""
        if self._is_sqlite():
            one = self._one()
            one.limit_files(4096)
            time.sleep(FULL_SECONDS)
            one.limit_files()

    def gone(self) -> None:
        """SQLite: the file is moved away. PostgreSQL: every connection is cut, again and again."""
        if self._is_sqlite():
            self._move_away()
            return
        end = time.monotonic() + GONE_SECONDS
        url = make_url(self._database)
        server = Database(url.set(database="postgres").render_as_string(hide_password=False))
        try:
            while time.monotonic() < end:
                with server.engine.begin() as connection:
                    connection.execute(
                        text(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            " WHERE datname = :name"
                        ),
                        {"name": url.database},
                    )
                time.sleep(0.3)
        finally:
            server.close()

    def _move_away(self) -> None:
        path = Path(self._file())
        files = [file for end in ("", "-wal", "-shm") if (file := Path(f"{path}{end}")).exists()]
        away = path.parent / "away"
        away.mkdir(exist_ok=True)
        for file in files:
            file.rename(away / file.name)
        time.sleep(GONE_SECONDS)
        for file in files:
            (away / file.name).rename(file)

    @property
    def _database(self) -> str:
        """The one that all machines share."""
        return self.installations[0].places.database

    def _is_sqlite(self) -> bool:
        return self._database.startswith("sqlite")

    def _file(self) -> str:
        return str(make_url(self._database).database)


TROUBLES: dict[str, Callable[[Trouble], None]] = {
    "busy": Trouble.busy,
    "too_fast": Trouble.too_fast,
    "quota": Trouble.quota,
    "token_refused": Trouble.token_refused,
    "token_forgotten": Trouble.token_forgotten,
    "no_token": Trouble.no_token,
    "cut_before": Trouble.cut_before,
    "cut_after": Trouble.cut_after,
    "stall": Trouble.stall,
    "gateway": Trouble.gateway,
    "drip": Trouble.drip,
    "hang_up": Trouble.hang_up,
    "freeze": Trouble.freeze,
    "away": Trouble.away,
    "kill": Trouble.kill,
    "kill_worker": Trouble.kill_worker,
    "restart": Trouble.restart,
    "clock_jumps": Trouble.clock_jumps,
    "locked": Trouble.locked,
    "full": Trouble.full,
    "gone": Trouble.gone,
}
