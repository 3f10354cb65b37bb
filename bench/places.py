"""Empty databases to measure on: SQLite, and PostgreSQL where a server is named."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import POSTGRES
from tests.scale.tools import fresh_postgres

KINDS = ("SQLite", "PostgreSQL") if POSTGRES else ("SQLite",)


@contextmanager
def empty(kind: str) -> Iterator[str]:
    """The URL of a database of this kind that goes away afterwards."""
    if kind == "PostgreSQL":
        with fresh_postgres() as url:
            yield url
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/bench.db"
