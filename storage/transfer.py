"""Moving an installation from SQLite to PostgreSQL: everything or nothing, checked row by row.

The tables are made, filled and compared in one PostgreSQL transaction. A dry run does all of it and
rolls back, so it finds whatever the real move would find. Media stay in their folder, and jobs that
were waiting in the queue only tell to look: the sweep finds the rows behind them within a minute.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, String, Table, func, insert, inspect, select, text
from sqlalchemy.sql.sqltypes import Integer

from storage import schema
from storage.database import Database
from storage.models.base import Table as Model

__all__ = ["MoveError", "Moved", "move"]

BATCH = 1000
PROBLEMS_MAX = 20
SUM_BITS = 256

Row = Mapping[str, object]


class MoveError(Exception):
    """Nothing was moved; the text says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One table: how many rows it has, and the digest that both sides have of them."""

    table: str
    rows: int
    digest: str


def move(
    source: Database,
    target: Database,
    *,
    dry_run: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> list[Moved]:
    """Copy every row of `source` (SQLite) into `target` (an empty PostgreSQL database).

    While it runs nobody else can write to the source; a dry run keeps nobody from it, and is about
    one moment. Raises MoveError, having changed nothing.
    """
    if not source.is_sqlite or target.is_sqlite:
        raise MoveError("只能从 SQLite 搬到 PostgreSQL:--to 要以 postgresql+psycopg:// 开头。")
    if schema.current(source) != schema.head():
        raise MoveError("SQLite 数据库不是最新的，请先运行 ./bot.py db upgrade。")
    with (
        source.reachable(),
        (source.engine if dry_run else source.alone()).connect() as old,
        target.reachable(),
        target.engine.connect() as new,
        new.begin() as everything,
    ):
        _require_empty(new)
        schema.upgrade_within(new)
        moved = [_copied(old, new, table, report) for table in Model.metadata.sorted_tables]
        _refuse_unless_equal(new, moved)
        _set_sequences(new)
        if dry_run:
            everything.rollback()
    return moved


def _require_empty(new: Connection) -> None:
    there = set(inspect(new).get_table_names())
    for table in Model.metadata.sorted_tables:
        if table.name in there and new.execute(select(table).limit(1)).first() is not None:
            raise MoveError(f"目标数据库不是空的：表 {table.name} 里已有内容。请换一个空的库。")


def _copied(old: Connection, new: Connection, table: Table, report: Callable[[str], None]) -> Moved:
    """Copy one table in batches; the digest is of what was read."""
    total = _Sum()
    order = list(table.primary_key.columns)
    query = select(table).order_by(*order).execution_options(yield_per=BATCH)
    for batch in old.execute(query).mappings().partitions():
        plain = [dict(row) for row in batch]
        _refuse_unfit(table, plain)
        total.add(table, plain)
        new.execute(insert(table), plain)
    moved = Moved(table.name, total.rows, total.digest)
    report(f"{moved.table}:{moved.rows} 行")
    return moved


def _refuse_unless_equal(new: Connection, moved: list[Moved]) -> None:
    """Read everything back and compare it with what was read from the source."""
    for table, before in zip(Model.metadata.sorted_tables, moved, strict=True):
        after = _Sum()
        query = select(table).execution_options(yield_per=BATCH)
        for batch in new.execute(query).mappings().partitions():
            after.add(table, [dict(row) for row in batch])
        if (after.rows, after.digest) != (before.rows, before.digest):
            raise MoveError(f"核对没有通过：表 {table.name} 的内容和原来不一样。什么也没有改动。")


class _Sum:
    """The digests of all rows added up, so that no order has to be agreed on."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, table: Table, rows: list[dict[str, object]]) -> None:
        for row in rows:
            self.rows += 1
            words = [f"{column.name}={_plain(row[column.name])}" for column in table.columns]
            digest = hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).digest()
            self._sum = (self._sum + int.from_bytes(digest)) % 2**SUM_BITS

    @property
    def digest(self) -> str:
        return f"{self._sum:064x}"


def _plain(value: object) -> str:
    """The same text for the same value, whichever database it came from."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    return repr(value)


def _refuse_unfit(table: Table, rows: list[dict[str, object]]) -> None:
    """SQLite takes texts that PostgreSQL does not: say which, rather than where COPY stopped."""
    problems = [
        f"表 {table.name} 第 {_key(table, row)} 行的 {column.name} {trouble}"
        for row in rows
        for column in table.columns
        if (trouble := _trouble(column, row[column.name]))
    ]
    if problems:
        listed = "\n".join(problems[:PROBLEMS_MAX])
        raise MoveError(f"有内容 PostgreSQL 放不下，什么也没有改动：\n{listed}")


def _trouble(column: Column[object], value: object) -> str:
    if not isinstance(value, str):
        return ""
    if "\0" in value:
        return "含有空字符"
    length = column.type.length if isinstance(column.type, String) else None
    return f"超过 {length} 个字" if length is not None and len(value) > length else ""


def _key(table: Table, row: Row) -> str:
    return "/".join(str(row[column.name]) for column in table.primary_key.columns)


def _set_sequences(new: Connection) -> None:
    """New rows continue after the highest id that was copied."""
    for table in Model.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None or not isinstance(column.type, Integer) or column.foreign_keys:
            continue
        highest = new.scalar(select(func.max(column)))
        if highest is not None:
            new.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"),
                {"table": table.name, "column": column.name, "highest": highest},
            )
