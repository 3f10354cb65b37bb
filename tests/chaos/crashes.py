"""One story, told again and again; each time the program dies at the next place, and goes on."""

import multiprocessing
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from storage.database import Database
from storage.models.base import Table
from storage.queries import consultants
from tests.chaos.auditor import audit
from tests.chaos.child import ChildSettings, live
from tests.chaos.load import Said
from tests.chaos.platform import AnsweredPush, Platform
from tests.installed import ACCOUNT, AES_KEY, APP_ID, SECRET, TOKEN
from tests.ports import free_port
from wechat.simulator import Fault, Server, SimulatedAccount

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.chaos.warm"])
OPENID = "oMortal"
NEXT_LIFE_SECONDS = 70.0  # longer than a send may take: what its process left is given up
SENDS = "custom/send"


@dataclass(frozen=True, slots=True)
class CrashReport:
    """`died` names the place, "" when the story ended before it came."""

    died: str
    violations: list[str]


def tell(die_at: int, database: Database, folder: Path) -> CrashReport:
    """The story with a death at place number `die_at`, on an empty database that has its tables."""
    _wipe(database)
    with Stage(database, folder, die_at) as stage:
        Scenario(stage).play()
        found = audit(stage.platform, stage.said, database, killed=True)
    unsaid = [each.key for each in stage.said if each.status != requests.codes.created]
    unanswered = [each.pushed.n for each in stage.platform.tried.values() if not each.answers]
    problems = [f"{key} was never taken" for key in unsaid]
    problems += [f"push {number} was never answered" for number in unanswered]
    return CrashReport(stage.died, problems + found.violations)


class CrashingPlatform(Platform):
    """Pushes to a child that may die of it; the next try meets the next child."""

    revive: Callable[[], None]

    def _one(self, tried: AnsweredPush) -> None:
        super()._one(tried)
        self.revive()


@dataclass
class Stage(AbstractContextManager["Stage"]):
    """The simulator, the child and the consultant's token."""

    database: Database
    folder: Path
    die_at: int
    died: str = ""
    said: list[Said] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.ahead = PROCESSES.Value("d", 0.0)
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        account = SimulatedAccount(
            app_id=APP_ID,
            app_secret=SECRET,
            token=TOKEN,
            encoding_aes_key=AES_KEY,
            original_id=ACCOUNT,
            webhook=f"{self.url}/wechat",
        )
        self.platform = CrashingPlatform(account, seed=0, spacing=0.0)
        self.platform.clock = self.now
        self.platform.thrice = 0.0
        self.platform.revive = self.revive
        self._server = Server(self.platform)
        self._server.start()
        with self.database.write() as session:
            who = consultants.add(
                session, name="小李", password="correct horse", role="admin", now=self.now()
            )
            self.token = consultants.new_token(session, who, self.now())
        self._begin(self.die_at)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.kill()
        self._child.join()
        self._server.stop()

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead.value)

    def revive(self) -> None:
        """If the child is dying or dead, the next one takes over, a little later."""
        if not self._heard.poll(0.0) and self._child.is_alive():
            return
        self._child.join()
        self.died = str(self._heard.recv()) if self._heard.poll(0.0) else "somewhere"
        self.ahead.value += NEXT_LIFE_SECONDS
        self._begin(0)

    def ask(self, method: str, path: str, body: dict[str, str] | None = None) -> requests.Response:
        """Asked again until there is an answer, as a page or a program does."""
        while True:
            try:
                return requests.request(
                    method,
                    f"{self.url}/{path}",
                    json=body,
                    headers={"Authorization": f"Bearer {self.token}"},
                    timeout=20,
                )
            except requests.ConnectionError:
                time.sleep(0.02)
                self.revive()

    def _begin(self, die_at: int) -> None:
        self._heard, tell = PROCESSES.Pipe(duplex=False)
        life = ChildSettings(
            self.database.url, self._server.url, self._port, self.folder, die_at, self.ahead
        )
        self._child = PROCESSES.Process(target=live, args=(life, tell), daemon=True)
        self._child.start()
        tell.close()
        assert self._heard.recv() == "ready"


class Scenario:
    """A merchant asks, a consultant takes over, sends fail in three ways, words ride along."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._conversation = 0

    def play(self) -> None:
        self._merchant("保证金怎么退")
        self._merchant("转人工")
        self._conversation = self._find()
        self._post("claim")
        self._says("a")
        self._work()
        self._says("long", parts=40)
        self._work()
        self._says("rides")
        self._merchant("在吗")
        self._work()
        for name, fault in self._faults():
            self._stage.platform.break_next(fault)
            self._says(name)
            self._work()
            self._says(f"{name} and then")
            self._work()
            self._merchant("好的")
        self._post("resolve")
        self._merchant("怎么关店")
        self._stage.platform.mend()
        for _ in range(3):
            self._later()
            self._work()

    @staticmethod
    def _faults() -> list[tuple[str, Fault]]:
        return [
            ("busy", Fault(SENDS, code=-1)),
            ("refused", Fault(SENDS, code=40001)),
            ("lost", Fault(SENDS, cut="after")),
            ("out of quota", Fault(SENDS, code=45047)),
        ]

    def _merchant(self, text: str) -> None:
        self._stage.platform.say(OPENID, text)

    def _later(self) -> None:
        self._stage.ahead.value += NEXT_LIFE_SECONDS

    def _work(self) -> None:
        self._stage.ask("GET", f"work/{self._conversation}")

    def _find(self) -> int:
        found = self._stage.ask("GET", f"api/v1/conversations?merchant={OPENID}").json()
        return int(found["conversations"][0]["id"])

    def _post(self, action: str) -> None:
        answer = self._stage.ask("POST", f"api/v1/conversations/{self._conversation}/{action}", {})
        assert answer.ok or answer.status_code == requests.codes.conflict, answer.text

    def _says(self, name: str, *, parts: int = 1) -> None:
        marks = tuple(f"【{name}.{part}】" for part in range(parts))
        text = "".join(f"{mark}这一步要先在后台提交申请,再等平台审核通过。" for mark in marks)
        said = Said(self._conversation, name, text, marks)
        self._stage.said.append(said)
        path = f"api/v1/conversations/{self._conversation}/messages"
        answer = self._stage.ask("POST", path, {"text": text, "key": name})
        said.status = answer.status_code
        if answer.ok:
            said.ids.add(int(answer.json()["id"]))


def _wipe(database: Database) -> None:
    with database.write() as session:
        for table in reversed(Table.metadata.sorted_tables):
            session.execute(table.delete())
