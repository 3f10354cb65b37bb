"""The addresses that the storage settings name, checked before anything is opened.

Each check raises ValueError with what to write, in Chinese and without any part of the address.
"""

import re
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from redis import ConnectionPool
from sqlalchemy import make_url

POSTGRES = "postgresql+psycopg://"
SQLITE = "sqlite:///"
ENCODE = "密码里的特殊字符要写成百分号编码：@ 写 %40，: 写 %3A，/ 写 %2F，# 写 %23，% 写 %25"


def database(value: str) -> str:
    """Of the database of an installation."""
    if len(value) > len(SQLITE) and value.startswith(SQLITE):
        return value
    if not value.startswith(POSTGRES):
        raise ValueError(f"要以 {SQLITE} 或 {POSTGRES} 开头")
    return postgres(value)


def postgres(value: str) -> str:
    """SQLAlchemy and PostgreSQL's own library both read it, each by rules of its own."""
    if len(value) <= len(POSTGRES) or not value.startswith(POSTGRES):
        raise ValueError(f"要以 {POSTGRES} 开头，后面写用户:密码@主机/库")
    try:
        ours, theirs = make_url(value), conninfo_to_dict(value.replace("+psycopg", "", 1))
    except (ValueError, psycopg.ProgrammingError):
        raise ValueError(f"读不懂。{ENCODE};端口要是数字，? 后面只能是连接参数") from None
    if "@" in (ours.host or "") or (ours.password and ours.password != theirs.get("password")):
        raise ValueError(f"读不懂。{ENCODE}")
    return value


def jobs(value: str) -> str:
    """Of the Redis for the job queue."""
    if not value.startswith("redis://"):
        raise ValueError("要以 redis:// 开头")
    try:
        parts = urlsplit(value)
        ConnectionPool.from_url(value).make_connection()  # connects to nothing yet
    except (ValueError, TypeError):
        raise ValueError(f"读不懂。{ENCODE};端口要是数字，? 后面只能是连接参数") from None
    # What follows a bare / or # of the password is taken for the number, or left out.
    if not re.fullmatch(r"/?\d*", parts.path) or "@" in parts.query + parts.fragment:
        raise ValueError(f"读不懂。{ENCODE};最后的库要写编号，如 /0")
    return value
