"""The commands as the README writes them, and what an owner meets first: a full disk, no rights,
a port that is taken."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
import pytest

import bot
from handlers.sandbox import stage
from tests.ops.installation import settle
from wechat.simulator import SimulatedAccount

ROOT = Path(bot.__file__).parent
WITHOUT_ROOTS_RIGHTS = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")
SOMEBODY = 65534


def owner(*words: str | Path, before: tuple[str, ...] = ()) -> str:
    """What ./bot.py says, started with the system's Python."""
    done = subprocess.run(
        [*before, str(ROOT / "bot.py"), *map(str, words)],
        env={"PATH": os.defpath}, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    return done.stdout + done.stderr


def written() -> Iterator[tuple[str, str]]:
    pages = [ROOT / "README.md", ROOT / "README.zh-CN.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for command in re.findall(r"`([./\w]*bot\.py [a-z][^`|]*)`", page.read_text("utf-8")):
            yield page.name, command


def test_every_command_that_is_written_down_is_there() -> None:
    found = list(written())
    assert len(found) > 20
    for page, command in found:
        program, *words = command.split()
        assert program in {"./bot.py", ".venv/bin/python"} or page == "chaos.md", (page, command)
        here: click.Command = bot.cli
        for word in words:
            if not isinstance(here, click.Group):
                break
            there = here.commands.get(word)
            assert there is not None, (page, command)
            here = there


def test_bot_py_finds_what_was_installed() -> None:
    assert "Commands:" in owner("--help")


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    settle(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        text = (tmp_path / "config.toml").read_text("utf-8")
        with_port = text.replace("[server]\n", f"[server]\nport = {port}\n")
        (tmp_path / "config.toml").write_text(with_port, "utf-8")
        said = owner("serve", "--config", tmp_path / "config.toml")
    assert f"{port}：已经有程序在用" in said
    assert "Traceback" not in said


def test_the_sandbox_lives_beside_an_occupied_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        account = SimulatedAccount(
            app_id="wx0", app_secret="s", token="t", encoding_aes_key="k" * 43,
            original_id="gh_0", webhook="http://127.0.0.1:9",
        )  # fmt: skip
        with stage.simulator(account, taken) as simulator:
            assert not simulator.url.endswith(f":{taken}")


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root")
@pytest.mark.parametrize("there", [False, True])
def test_a_folder_without_rights_is_told(tmp_path: Path, *, there: bool) -> None:
    settle(tmp_path)
    config = tmp_path / "config.toml"
    if there:
        owner("db", "upgrade", "--config", config)
    (tmp_path / "data").mkdir(exist_ok=True)
    for path in (tmp_path / "data", *(tmp_path / "data").iterdir()):
        os.chown(path, SOMEBODY, SOMEBODY)
        path.chmod(0o755 if path.is_dir() else 0o444)
    said = owner("db", "upgrade", "--config", config, before=WITHOUT_ROOTS_RIGHTS)
    assert "没有权限" in said
    assert "dianban.db" in said
    assert "Traceback" not in said


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    yield disk
    subprocess.run(["/bin/umount", "--lazy", str(disk)], check=True)


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as rest, suppress(OSError):
        while True:
            rest.write(b"x" * 4096)


@pytest.mark.slow
def test_a_full_disk_is_told(small_disk: Path) -> None:
    settle(small_disk)
    config = small_disk / "config.toml"
    assert "最新" in owner("db", "upgrade", "--config", config)
    fill(small_disk / "rest")
    for _ in range(2):
        said = owner("db", "upgrade", "--config", config)
        assert "磁盘满了" in said
        assert "Traceback" not in said
        shutil.rmtree(small_disk / "data", ignore_errors=True)
        fill(small_disk / "more")
