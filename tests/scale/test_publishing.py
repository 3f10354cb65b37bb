"""A publication under the program as installed: two web processes and the background queue."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.full_stack import Api
from tests.scale.running import Program
from tests.wechat.tools import account

PATIENCE = 120.0
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
        if b"handlers.knowledge.gate_child" in words:
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


def killed(api: Api, number: int, version: int, alias: str) -> None:
    """The old version is in force, and the draft as it was."""
    assert until(lambda: state(api, number) == "failed")
    assert api.get("bank").json()["version"] == version
    draft = {each["id"]: each for each in api.get("bank/draft").json()["entries"]}
    assert draft[ENTRY]["changed"]
    assert alias in draft[ENTRY]["aliases"]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_killed_one_changes_nothing_and_the_next_reaches_every_process(
    program: Program, api: Api
) -> None:
    first = api.get("bank").json()["version"]
    alias = "这一句以前没有人问过"
    edited(api, alias)
    number = api.post("bank/publish").json()["publication"]
    assert until(lambda: bool(ours(program)))
    os.kill(ours(program)[0], signal.SIGKILL)
    killed(api, number, first, alias)

    number = api.post("bank/publish").json()["publication"]
    assert until(lambda: bool(ours(program)))
    assert program.pid is not None
    os.killpg(program.pid, signal.SIGKILL)
    program.stop()
    program.start()
    killed(api, number, first, alias)

    number = api.post("bank/publish").json()["publication"]
    seen: set[int] = set()

    def over() -> bool:
        found = api.get(f"bank/publications/{number}").json()
        seen.add(found["percent"])
        return bool(found["state"] != "running")

    assert until(over)
    assert state(api, number) == "published"
    assert len(seen) > 1, "how far it is can be seen on the way"
    # Every connection may reach the other process: all of them have it.
    assert until(lambda: all(api.get("bank").json()["version"] == first + 1 for _ in range(12)))
