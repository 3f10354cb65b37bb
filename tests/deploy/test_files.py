"""The files in deploy/ are right as far as this machine can tell."""

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from sqlalchemy import make_url

from tests.conftest import need
from tests.scale.running import ROOT

DEPLOY = ROOT / "deploy"
UNITS = (
    "dianban.service", "dianban-backup.service", "dianban-backup.timer",
    "dianban-pgdump.service", "dianban-pgdump.timer",
)  # fmt: skip


def systemd_analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        need("systemd-analyze is missing")
    return found


def section(unit: str, name: str) -> list[tuple[str, str]]:
    lines, inside = [], False
    for line in (DEPLOY / unit).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            inside = line == f"[{name}]"
        elif inside and "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            lines.append((key, value))
    return lines


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    analyze = systemd_analyze()
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\n", encoding="ascii")
    program.chmod(0o755)
    for name in UNITS:
        unit = (DEPLOY / name).read_text(encoding="utf-8")
        unit = unit.replace("/opt/dianban/.venv/bin/python", str(program))
        (tmp_path / name).write_text(unit, encoding="utf-8")
    done = subprocess.run(
        [analyze, "verify", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "dianban" in line]
    assert ours == []
    assert done.returncode == 0, done.stderr


def test_the_units_run_commands_that_exist_and_give_them_time_to_stop() -> None:
    service = dict(section("dianban.service", "Service"))
    assert service["User"] == "dianban"
    assert int(service["TimeoutStopSec"]) > 20, (
        "handlers/ops/server.py lets requests finish for 20 s"
    )
    for unit in UNITS[:2]:
        line = dict(section(unit, "Service"))["ExecStart"]
        called = re.search(r"/opt/dianban/\.venv/bin/python bot\.py (\w+) ", line)
        assert called is not None
        assert " --config /etc/dianban/config.toml" in line
        help_text = subprocess.run(
            [ROOT / ".venv/bin/python", "bot.py", called[1], "--help"],
            cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
        ).stdout  # fmt: skip
        assert "--config" in help_text


def test_the_service_is_kept_in_a_small_room(tmp_path: Path) -> None:
    analyze = systemd_analyze()
    shutil.copy(DEPLOY / "dianban.service", tmp_path)
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20",
         str(tmp_path / "dianban.service")],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-500:] + done.stderr


@pytest.mark.parametrize("name", ["backup", "pgdump"])
def test_the_timers_are_for_the_backups_and_know_their_hour(name: str) -> None:
    timer = dict(section(f"dianban-{name}.timer", "Timer"))
    assert timer["OnCalendar"].endswith("Asia/Shanghai")
    assert timer["Persistent"] == "true"
    assert dict(section(f"dianban-{name}.timer", "Install"))["WantedBy"] == "timers.target"


def test_both_backups_go_straight_into_one_folder_from_the_same_small_room() -> None:
    backup, dump = (
        dict(section(f"dianban-{name}.service", "Service")) for name in ("backup", "pgdump")
    )
    assert " backup /var/lib/dianban/backups --config " in backup["ExecStart"]
    assert "cd /var/lib/dianban/backups && " in dump["ExecStart"]
    assert "password" not in dump["ExecStart"].casefold(), "command lines are for all to read"
    own = ("ExecStart", "ExecStartPre", "ExecStartPost", "ExecStopPost", "Environment",
           "WorkingDirectory")  # fmt: skip
    rooms = [{k: v for k, v in unit.items() if k not in own} for unit in (backup, dump)]
    assert rooms[0] == rooms[1]


def dump_once(folder: Path, service_file: Path) -> int:
    """What dianban-pgdump.service does, in another folder."""
    for key, line in section("dianban-pgdump.service", "Service"):
        if key.startswith("ExecStart"):
            command = line.replace("/var/lib/dianban", str(folder))
            command = command.replace("$$", "$").replace("%%", "%")
            environment = {"PATH": os.defpath, "PGSERVICEFILE": str(service_file)}
            done = subprocess.run(["/bin/sh", "-c", command], env=environment, check=False)
            if done.returncode:
                return done.returncode
    return 0


@pytest.mark.postgres
def test_a_dump_is_whole_or_not_there_and_the_newest_14_are_kept(
    postgres_url: str, tmp_path: Path
) -> None:
    at, saved = make_url(postgres_url), tmp_path / "backups"
    service = tmp_path / "pg_service.conf"
    lines = {"host": at.host, "port": at.port, "dbname": at.database, "user": at.username,
             "password": at.password}  # fmt: skip
    text = "[dianban]\n" + "".join(f"{key}={value}\n" for key, value in lines.items() if value)
    service.write_text(text, encoding="utf-8")
    saved.mkdir()
    older = [f"202601{day:02d}-193000.dump" for day in range(1, 17)]
    for name in (*older, "20251231-193000.dump.part"):
        (saved / name).touch()
    (saved / "20251230-193000").mkdir()  # a backup of SQLite, from before the move
    assert dump_once(tmp_path, service) == 0
    *kept, newest, folder = sorted(saved.iterdir(), key=lambda path: (path.is_dir(), path.name))
    assert [path.name for path in kept] == older[3:]
    assert newest.read_bytes().startswith(b"PGDMP")
    assert folder.is_dir()

    service.write_text(text.replace(f"dbname={at.database}", "dbname=no_such"), encoding="utf-8")
    assert dump_once(tmp_path, service) != 0
    assert len(list(saved.glob("*.dump"))) == 14


@pytest.fixture(scope="module")
def compose() -> dict[str, dict[str, dict[str, object]]]:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return loaded


def test_compose_names_only_what_is_there(compose: dict[str, dict[str, dict[str, object]]]) -> None:
    services = compose["services"]
    assert set(services) == {"dianban", "postgres", "nginx"}
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)  # type: ignore[call-overload]
        for volume in service.get("volumes", []):  # type: ignore[attr-defined]
            source = str(volume).split(":", maxsplit=1)[0]
            if source.startswith("./") and source != "./config.toml":
                assert (DEPLOY / source).exists(), source
            elif not source.startswith(("/", ".")):
                assert source in compose["volumes"]
    build = services["dianban"]["build"]
    assert isinstance(build, dict)
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"


def test_compose_has_no_password_of_its_own_and_shows_only_nginx(
    compose: dict[str, dict[str, dict[str, object]]],
) -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert len(re.findall(r"\$\{POSTGRES_PASSWORD:\?", text)) == 2
    shown = [name for name, service in compose["services"].items() if "ports" in service]
    assert shown == ["nginx"]


def test_nginx_waits_for_the_program_and_starts_again_with_it(
    compose: dict[str, dict[str, dict[str, object]]],
) -> None:
    needs = compose["services"]["nginx"]["depends_on"]
    assert needs == {"dianban": {"condition": "service_healthy", "restart": True}}
    assert "HEALTHCHECK" in dict(instructions()), "or it would never be healthy"


def test_docker_compose_accepts_the_file() -> None:
    docker = shutil.which("docker")
    asked = [docker or "docker", "compose", "version"]
    if docker is None or subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("docker compose is missing")
    subprocess.run(
        [docker, "compose", "-f", str(DEPLOY / "compose.yaml"), "config", "--quiet"],
        env={"POSTGRES_PASSWORD": "x", "TLS_NAME": "x", "PATH": "/usr/bin:/usr/local/bin:/bin"},
        check=True, timeout=60,
    )  # fmt: skip


def instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_the_image_copies_what_is_there_and_the_ignore_file_lets_it() -> None:
    let = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    copied = set()
    for name, rest in instructions():
        if name == "COPY" and "--from" not in rest:
            copied |= set(rest.split()[:-1])
    assert all((ROOT / path).exists() for path in copied)
    assert copied == let
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages <= copied, "a package of the program is missing in the image"


def test_the_image_runs_without_root_and_from_the_lock_file() -> None:
    said = instructions()
    names = [name for name, _ in said]
    assert names[0] == "FROM"
    assert ("USER", "dianban") in said
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert any(
        "--require-hashes --no-deps -r requirements.txt" in rest
        for name, rest in said
        if name == "RUN"
    )
    (fitted,) = (rest for name, rest in said if name == "RUN" and "faq fit" in rest)
    assert said.index(("RUN", fitted)) < said.index(("USER", "dianban"))
    known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "VOLUME", "STOPSIGNAL",
             "HEALTHCHECK", "ENTRYPOINT", "CMD"}  # fmt: skip
    assert set(names) <= known


def test_no_request_waits_long_for_a_machine_that_is_gone() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert re.search(r"^upstream dianban \{\n    zone dianban 64k;", text, re.MULTILINE)
    assert re.search(r"^    proxy_connect_timeout 2s;", text, re.MULTILINE), "for every location"
    assert re.search(r"^        proxy_connect_timeout 1s;", text, re.MULTILINE), "/wechat has 5 s"


def test_every_setup_fits_the_matcher_and_a_test_run_does_not_wait_for_it() -> None:
    old = ["--old-file=requirements.txt", "--old-file=requirements-dev.txt"]

    def planned(target: str) -> str:
        return subprocess.run(
            [shutil.which("make") or "make", "--dry-run", target, *old],
            cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
        ).stdout  # fmt: skip

    assert "bot.py faq fit" in planned("setup")
    assert "bot.py faq fit" not in planned("test")


def test_the_units_have_no_key_twice_by_mistake() -> None:
    for unit in UNITS:
        parser = configparser.RawConfigParser(strict=False)
        parser.read_string((DEPLOY / unit).read_text(encoding="utf-8"))
        for name in parser.sections():
            keys = [key for key, _ in section(unit, name) if key != "SystemCallFilter"]
            assert len(keys) == len(set(keys)), (unit, name)
