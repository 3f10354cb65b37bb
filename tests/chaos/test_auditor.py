"""The auditor sees every kind of lie: a database that is changed after the fact is caught."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import Database
from tests.chaos.auditor import audit
from tests.chaos.crashes import OPENID, Scenario, Stage
from tests.chaos.matching import explained

LIES = {
    "UPDATE push SET end = NULL WHERE id = 2": "without an end",
    "UPDATE push SET reply = 'success' WHERE id = 1": "another reply than the stored one",
    "DELETE FROM push WHERE id = 1": "answered and is not stored",
    "INSERT INTO push (key, conversation_id, kind, received_at, why, reply, end)"
    " VALUES ('x', 1, 'view', '2026-01-01 00:00:00.000000', '', '', 'ignored')": "that nobody sent",
    "DELETE FROM message WHERE author = 'merchant' AND id = 1": "are stored 0 times",
    "UPDATE delivery SET state = 'failed', error = 'x' WHERE message_id IN"
    " (SELECT id FROM message WHERE key = 'a')": "is called failed and arrived",
    "UPDATE delivery SET state = 'pending' WHERE state = 'sent'": "has no end",
    "UPDATE delivery SET error = '' WHERE state = 'uncertain'": "gives no reason",
    "UPDATE delivery SET state = 'sent' WHERE state IN ('uncertain', 'held', 'failed')":
    "",  # what was called uncertain did arrive here, so this is no lie
    "DELETE FROM message WHERE key = 'a'": "taken with 201 and is not stored",
    "UPDATE message SET author = 'bot' WHERE key = 'a'": "while a consultant had the conversation",
    "DELETE FROM delivery WHERE message_id IN (SELECT id FROM message WHERE key = 'a')":
    "on its way nowhere",
}  # fmt: skip


@pytest.mark.chaos
def test_the_auditor_sees_every_violation(sqlite: Database, tmp_path: Path) -> None:
    with Stage(sqlite, tmp_path, 0) as stage:
        Scenario(stage).play()
        assert audit(stage.platform, stage.said, sqlite).violations == []
        assert sqlite.file
        for number, (lie, seen) in enumerate(LIES.items()):
            path = tmp_path / f"lie{number}.db"
            with closing(sqlite3.connect(sqlite.file)) as whole:
                whole.execute("VACUUM INTO ?", (str(path),))
            changed = Database(f"sqlite:///{path}")
            with changed.write() as session:
                session.execute(text(lie))
            found = "\n".join(audit(stage.platform, stage.said, changed).violations)
            changed.close()
            assert (seen in found) if seen else not found, (lie, found)
        stage.platform.phone(OPENID).lines.append(stage.platform.phone(OPENID).lines[4])
        stage.platform.phone(OPENID).lines.extend(stage.platform.phone(OPENID).lines[3:9])
        assert "more than once" in str(audit(stage.platform, stage.said, sqlite).violations)


@pytest.mark.parametrize(
    ("rows", "delivered", "fits"),
    [
        ([("a", True), ("b", True)], ["a", "b"], True),
        ([("a", True), ("b", True)], ["a\n\nb"], True),
        ([("a", False), ("a", True)], ["a"], True),
        ([("a", False), ("b", True)], ["b"], True),
        ([("a", True), ("b", True)], ["b", "a"], False),
        ([("a", True)], ["a", "a"], False),
        ([("a", True), ("b", True)], ["a"], False),
        ([], ["a"], False),
    ],
)
def test_rows_explain_what_arrived_in_order_and_once(
    rows: list[tuple[str, bool]],
    delivered: list[str],
    fits: bool,  # noqa: FBT001 (a table's column)
) -> None:
    assert (explained(rows, delivered) == "") is fits
