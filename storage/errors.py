"""Why the database cannot be used, as far as an owner can mend it, and without a word of theirs.

A server that refuses a connection says why in a text only, in its own language: the driver gets
no SQLSTATE then. The text may hold names, so it is compared and never handed on.
"""

import re
import sqlite3
from typing import Literal, Protocol

__all__ = ["DatabaseDownError", "Why", "is_utf8", "why"]

Why = Literal[
    "away", "unreachable", "host", "password", "database", "access", "rights", "encoding", "full",
    "folder",
]  # fmt: skip
BY_SQLITE: dict[int, Why] = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR_SHMSIZE: "full",  # no room for the index of its log
    sqlite3.SQLITE_READONLY: "folder",
    sqlite3.SQLITE_PERM: "folder",
    sqlite3.SQLITE_CANTOPEN: "folder",
}
BY_SQLSTATE: dict[str, Why] = {
    "28P01": "password",
    "28000": "access",
    "3D000": "database",
    "42501": "rights",
}
BY_WORDS: tuple[tuple[Why, str], ...] = (
    ("host", r"failed to resolve host|could not translate host name"),
    ("password", r"password authentication failed|no password supplied|Password 认证失败"),
    ("password", r'(role|角色) ".*" (does not exist|不存在)'),
    ("database", r'(database|数据库) ".*" (does not exist|不存在)'),
    ("unreachable", r"Connection refused|[Tt]ime(d )?out|Is the server running|invalid port"),
    ("access", r"pg_hba\.conf|permission denied for database|not permitted to log in"),
)


class DatabaseDownError(Exception):
    """The database cannot be reached, or is too busy to answer in time. Nothing was stored.

    `setting` is where its address was written, and `why` what to mend.
    """

    def __init__(self, detail: str, why: Why = "away", setting: str = "storage.url") -> None:
        super().__init__(detail)
        self.why = why
        self.setting = setting


class Connected(Protocol):
    """What a driver's connection to PostgreSQL tells of itself."""

    @property
    def info(self) -> "Info": ...


class Info(Protocol):
    def parameter_status(self, param_name: str, /) -> str | None: ...


def is_utf8(connection: Connected) -> bool:
    """Can this server store every text? In SQL_ASCII not even its version can be read as one."""
    return connection.info.parameter_status("server_encoding") in {"UTF8", None}


def why(error: BaseException | None) -> Why:
    """What the driver's error says."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0)
        return BY_SQLITE.get(code) or BY_SQLITE.get(code & 0xFF, "away")
    sqlstate = getattr(error, "sqlstate", None)
    if sqlstate:
        return BY_SQLSTATE.get(sqlstate, "away")
    for reason, words in BY_WORDS:
        if re.search(words, str(error)):
            return reason
    return "away"
