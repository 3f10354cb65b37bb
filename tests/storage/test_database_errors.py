"""A PostgreSQL that cannot be used: what the owner is told, by the server's own refusals."""

import os
import socketserver
import sqlite3
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url, text

import bot
from storage import database as storage_database
from storage.database import Database
from tests.commands.test_commands import CONFIG
from tests.conftest import POSTGRES
from tests.scale.tools import fresh_postgres

SECRET = "hush"
NEGOTIATIONS = {80877103, 80877104}  # «TLS?» and «GSSAPI?», before the login itself


def said(*words: str | Path) -> str:
    """What a command that fails says: one line, and nothing that is nobody's business."""
    result = CliRunner().invoke(bot.cli, [str(word) for word in words])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert SECRET not in result.output
    return result.output


@pytest.fixture
def sqlite_settings(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    assert CliRunner().invoke(bot.cli, ["db", "upgrade", "--config", str(path)]).exit_code == 0
    return path


def upgrading(folder: Path, url: str) -> str:
    path = folder / "postgres.toml"
    path.write_text(f'{CONFIG}\n[storage]\nurl = "{url}"\n', encoding="utf-8")
    return said("db", "upgrade", "--config", path)


def both(settings: Path, url: str, words: str) -> None:
    """The same words for a database of the settings and for one to move to."""
    upgrade = upgrading(settings.parent, url)
    move = said("db", "move", "--to", url, "--config", settings)
    assert words in upgrade
    assert "storage.url" in upgrade
    assert "storage.url" not in move
    assert move == upgrade.replace("storage.url", "--to")


def changed(url: str, **parts: str) -> str:
    return make_url(url).set(**parts).render_as_string(hide_password=False)  # type: ignore[arg-type]


@contextmanager
def stranger(rights: str = "LOGIN") -> Iterator[str]:
    """A role that owns nothing."""
    name = f"dianban_stranger_{os.getpid()}"
    server = Database(POSTGRES)
    with server.engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {name} {rights} PASSWORD '{SECRET}'"))
    try:
        yield name
    finally:
        with server.engine.begin() as connection:
            connection.execute(text(f"DROP ROLE {name}"))
        server.close()


class Refusal(socketserver.StreamRequestHandler):
    """Answers a login as PostgreSQL does that takes nobody in."""

    words = ""
    sqlstate = ""

    def handle(self) -> None:
        while True:
            size, kind = struct.unpack("!II", self.rfile.read(8))
            self.rfile.read(size - 8)
            if kind not in NEGOTIATIONS:
                break
            self.wfile.write(b"N")
        fields = f"SFATAL\0VFATAL\0C{self.sqlstate}\0M{self.words}\0\0".encode()
        self.wfile.write(b"E" + struct.pack("!I", len(fields) + 4) + fields)


@contextmanager
def refusing(sqlstate: str, words: str) -> Iterator[str]:
    refusal = type("Refusal", (Refusal,), {"sqlstate": sqlstate, "words": words})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), refusal) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"postgresql+psycopg://hush:{SECRET}@127.0.0.1:{server.server_address[1]}/{SECRET}"
        server.shutdown()


@pytest.mark.postgres
def test_a_role_that_may_make_no_tables(postgres_url: str, sqlite_settings: Path) -> None:
    assert postgres_url
    with stranger() as role, fresh_postgres() as owned:
        url = changed(owned, username=role, password=SECRET)
        both(sqlite_settings, url, "GRANT USAGE, CREATE ON SCHEMA public")


@pytest.mark.postgres
@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_is_not_in_utf8(
    postgres_url: str, sqlite_settings: Path, encoding: str
) -> None:
    assert postgres_url
    options = f"TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
    with fresh_postgres(options=options) as url:
        both(sqlite_settings, url, "createdb --encoding UTF8 --template template0")


@pytest.mark.postgres
def test_a_database_that_is_not_there(postgres_url: str, sqlite_settings: Path) -> None:
    both(sqlite_settings, changed(postgres_url, database="hush_nowhere"), "库不存在")


@pytest.mark.postgres
def test_a_role_that_is_not_there(postgres_url: str, sqlite_settings: Path) -> None:
    url = changed(postgres_url, username="hush_nobody", password=SECRET)
    both(sqlite_settings, url, "用户名或密码")


@pytest.mark.postgres
def test_a_role_that_may_not_come_in(postgres_url: str, sqlite_settings: Path) -> None:
    with stranger("NOLOGIN") as role:
        url = changed(postgres_url, username=role, password=SECRET)
        both(sqlite_settings, url, "LOGIN 和 CONNECT")


@pytest.mark.postgres
def test_a_sqlite_that_is_busy_is_not_taken_for_the_one_to_move_to(
    postgres_url: str, sqlite_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert postgres_url
    monkeypatch.setattr(storage_database, "BUSY_MS", 50)
    file = sqlite_settings.parent / "data" / "dianban.db"
    with fresh_postgres() as url, closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        move = said("db", "move", "--to", url, "--config", sqlite_settings)
    assert "storage.url" in move
    assert "--to" not in move


@pytest.mark.parametrize(
    ("sqlstate", "words", "told"),
    [
        ("28P01", 'password authentication failed for user "hush"', "用户名或密码"),
        ("28P01", '用户 "hush" Password 认证失败', "用户名或密码"),
        ("28000", 'no pg_hba.conf entry for host "10.0.0.1", user "hush"', "白名单"),
        ("3D000", '数据库 "hush" 不存在', "库不存在"),
        ("53300", "sorry, too many clients already", "OperationalError"),
    ],
)
def test_what_a_server_refuses_with(
    sqlite_settings: Path, sqlstate: str, words: str, told: str
) -> None:
    with refusing(sqlstate, words) as url:
        both(sqlite_settings, url, told)


@pytest.mark.parametrize(
    ("place", "told"),
    [("127.0.0.1:9", "主机没有应答"), ("hush.invalid", "主机名"), ("127.0.0.1:70000", "端口")],
)
def test_a_server_that_is_not_there(sqlite_settings: Path, place: str, told: str) -> None:
    both(sqlite_settings, f"postgresql+psycopg://u:{SECRET}@{place}/d", told)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"postgres://u:{SECRET}@db/d", "--to 要以 postgresql+psycopg:// 开头"),
        (f"postgresql+nothing://u:{SECRET}@db/d", "--to 要以 postgresql+psycopg:// 开头"),
        (f"sqlite:///{SECRET}", "--to 要以 postgresql+psycopg:// 开头"),
        (f"postgresql+psycopg://u:{SECRET}@1:2@db:5432/d", "@ 写 %40"),
    ],
)
def test_an_address_to_move_to_that_is_none(sqlite_settings: Path, url: str, told: str) -> None:
    assert told in said("db", "move", "--to", url, "--config", sqlite_settings)
