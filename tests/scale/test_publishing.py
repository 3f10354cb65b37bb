"""A publication under the program as it is installed: two web processes and the background queue."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.database import Database
from storage.models.conversations import BankVersion
from tests.full_stack import Api
from tests.scale.running import Program
from tests.wechat.tools import account

PATIENCE = 90.0
ENTRY = "deposit-refund-steps"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    database = f"sqlite:///{tmp_path / 'dianban.db'}"
    made = Program(tmp_path / "place", account(), database=database, wechat="http://127.0.0.1:9")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def api(program: Program) -> Api:
    program.run(
        "consultant", "add", "小林", "--role", "admin", "--password-stdin",
        say="correct horse battery\n",
    )  # fmt: skip
    return Api(program.url, program.run("token", "add", "小林").strip())


def until(what: Callable[[], bool]) -> bool:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up and not what():
        time.sleep(0.1)
    return what()


def gates() -> list[int]:
    """The processes that compile and replay."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = line.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"handlers.knowledge.gate_process" in words:
            found.append(int(line.parent.name))
    return found


def ours(program: Program) -> list[int]:
    """The gates that this program began."""
    return [pid for pid in gates() if os.getpgid(pid) == program.pid]


def edited(api: Api, alias: str) -> None:
    entries = api.get("bank/draft").json()["entries"]
    entry = next(each for each in entries if each["id"] == ENTRY)
    answer = api.put(f"bank/entries/{ENTRY}", {"aliases": [*entry["aliases"], alias]})
    assert answer.status_code == 200


def state(api: Api, number: int) -> str:
    return str(api.get(f"bank/publications/{number}").json()["state"])


def test_it_is_watched_to_its_end_and_a_killed_one_changes_nothing(
    program: Program, api: Api, tmp_path: Path
) -> None:
    first = api.get("bank").json()["version"]
    edited(api, "这一句以前没有人问过")
    number = api.post("bank/publish").json()["publication"]
    assert until(lambda: bool(ours(program)))
    os.kill(ours(program)[0], signal.SIGKILL)
    assert until(lambda: state(api, number) == "failed")
    assert api.get("bank").json()["version"] == first
    draft = {each["id"]: each for each in api.get("bank/draft").json()["entries"]}
    assert draft[ENTRY]["changed"]
    assert "这一句以前没有人问过" in draft[ENTRY]["aliases"]

    again = api.post("bank/publish").json()["publication"]
    seen: set[int] = set()

    def over() -> bool:
        found = api.get(f"bank/publications/{again}").json()
        seen.add(found["percent"])
        return bool(found["state"] != "running")

    assert until(over)
    assert state(api, again) == "published"
    assert len(seen) > 1, "how far it is can be seen on the way"
    # Every connection may reach the other process: all of them have it.
    assert until(lambda: all(api.get("bank").json()["version"] == first + 1 for _ in range(12)))
    database = Database(f"sqlite:///{tmp_path / 'dianban.db'}")
    with database.read() as session:
        version = session.get(BankVersion, first + 1)
        assert version is not None
        assert version.origin == "desk"
    database.close()


def test_the_whole_program_killed_in_the_middle(program: Program, api: Api) -> None:
    first = api.get("bank").json()["version"]
    edited(api, "又一句没有人问过的")
    number = api.post("bank/publish").json()["publication"]
    assert until(lambda: bool(ours(program)))
    assert program.pid is not None
    os.killpg(program.pid, signal.SIGKILL)
    program.stop()
    program.start()
    assert until(lambda: state(api, number) == "failed")
    assert api.get("bank").json()["version"] == first
    draft = {each["id"]: each for each in api.get("bank/draft").json()["entries"]}
    assert "又一句没有人问过的" in draft[ENTRY]["aliases"]
