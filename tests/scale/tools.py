"""Databases of a test's own on the PostgreSQL server, and a busy installation to fill them with."""

import itertools
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import redis
from sqlalchemy import make_url, text

from storage.database import Database
from tests.conftest import DO_NOT_WAIT_FOR_THE_DISK, POSTGRES, need
from tests.installed import House
from tests.ports import free_port

READY_SECONDS = 20.0
_numbers = itertools.count(1)


@contextmanager
def fresh_postgres(server_url: str = POSTGRES, options: str = "") -> Iterator[str]:
    """The URL of an empty database on that server that goes away afterwards."""
    name = f"dianban_scale_{os.getpid()}_{next(_numbers)}"
    server = Database(server_url)
    free = server.engine.execution_options(isolation_level="AUTOCOMMIT")
    with free.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" {options}'))
        connection.execute(text(f'ALTER DATABASE "{name}" {DO_NOT_WAIT_FOR_THE_DISK}'))
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with free.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        server.close()


def live_a_little(house: House) -> None:
    """Some of everything: answers, a walk, a case, a picture, a form, emoji."""
    house.consultant("小李")
    house.says("保证金怎么退😀")
    house.says("下一步")
    house.says("转人工", openid="oOther")
    house.says("", openid="oOther", kind="image", media_id="media-1")
    house.says("多少钱", openid="oThird")
    house.says("店铺叫海风水果店,电话13800138000", openid="oThird")


@contextmanager
def own_redis(folder: Path) -> Iterator[str]:
    """The URL of a Redis server of this test's own."""
    program = shutil.which("redis-server") or need("redis-server is missing")
    port = free_port()
    settings = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder))
    with subprocess.Popen([program, *settings], stdout=subprocess.DEVNULL) as server:
        until = time.monotonic() + READY_SECONDS
        with redis.Redis(port=port) as client:
            while not _answers(client):
                assert time.monotonic() < until, "Redis did not start"
                time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


def _answers(client: "redis.Redis") -> bool:
    with suppress(redis.ConnectionError):
        return bool(client.ping())
    return False


def break_connections(database: Database) -> int:
    """As a restarted server does: every connection of this database is dropped."""
    return break_connections_of(database.url)


def break_connections_of(url: str) -> int:
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as other:
        row = other.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    return row[0] if row else 0
