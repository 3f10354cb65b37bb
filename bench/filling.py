"""Years of history in a minute: conversations with messages, pushes and deliveries, made by SQL."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from bench.ammunition import words
from handlers.knowledge import bank_versions
from storage.database import Database

PHRASES = 997  # prime, so that neighbours differ
CASE_EVERY = 20  # one conversation in twenty had a consultant


@dataclass(frozen=True, slots=True)
class History:
    """`messages` counts both sides; half are the merchants' and came as a push."""

    conversations: int = 10_000
    messages: int = 100_000
    first: int = 0
    """Number of the first conversation's merchant, named as bench.ammunition.Crowd does."""


def fill(database: Database, history: History) -> None:
    """Into migrated, empty tables. Everything is over: sent, answered, resolved."""
    dialect = SQLITE if database.is_sqlite else POSTGRES
    sizes = {
        "talks": history.conversations,
        "pairs": history.messages // 2,
        "cases": history.conversations // CASE_EVERY,
        "first": history.first,
        "every": CASE_EVERY,
        "phrases": PHRASES,
    }
    with database.alone().begin() as connection:
        _phrases(connection)
        for statement in STATEMENTS:
            connection.execute(text(statement.format_map(dialect)), sizes)
        if not database.is_sqlite:
            for name in ("conversation", "push", "message", "delivery", "cases"):
                connection.execute(
                    text(f"SELECT setval('{name}_id_seq', (SELECT max(id) FROM {name}))")  # noqa: S608
                )
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("ANALYZE"))


def _phrases(connection: Connection) -> None:
    """What is said, in a table that goes away with the connection."""
    connection.execute(text("CREATE TEMPORARY TABLE phrase (n integer PRIMARY KEY, words text)"))
    said = words(bank_versions.read(bank_versions.GUIDES), PHRASES, seed=3)
    rows = [{"n": n, "words": each} for n, each in enumerate(said)]
    connection.execute(text("INSERT INTO phrase VALUES (:n, :words)"), rows)


POSTGRES = {
    "talks": "generate_series(1, :talks) AS s(g)",
    "pairs": "generate_series(1, :pairs) AS s(g)",
    "cases": "generate_series(1, :cases) AS s(g)",
    "openid": "'oBench' || lpad((g - 1 + :first)::text, 22, '0')",
    "at": "now() - make_interval(secs => (:pairs - g) * 60.0)",
    "old": "now() - make_interval(secs => (:talks - g) * 60.0)",
    "true": "true",
    "json": "'{}'::json",
}
_COUNT = (
    "(WITH RECURSIVE s(g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM s WHERE g < {}) SELECT g FROM s)"
)
SQLITE = {
    "talks": _COUNT.format(":talks"),
    "pairs": _COUNT.format(":pairs"),
    "cases": _COUNT.format(":cases"),
    "openid": "'oBench' || printf('%022d', g - 1 + :first)",
    "at": "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-' || ((:pairs - g) * 60) || ' seconds')",
    "old": "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-' || ((:talks - g) * 60) || ' seconds')",
    "true": "1",
    "json": "'{}'",
}
STATEMENTS = (
    """INSERT INTO conversation (id, openid, name, following, memory, window_left, version,
         updated_at, created_at, last_merchant_at)
       SELECT g, {openid}, '', {true}, {json}, 0, 1, {old}, {old}, {old} FROM {talks}""",
    """INSERT INTO push (id, key, conversation_id, kind, received_at, decided_at, "end", why, reply)
       SELECT g, 'old:' || g, 1 + g % :talks, 'text', {at}, {at}, 'answered', '',
         '<xml>' || (SELECT words FROM phrase WHERE n = (g * 7) % :phrases) || '</xml>'
       FROM {pairs}""",
    """INSERT INTO message (id, conversation_id, author, kind, text, understanding, push_id,
         created_at)
       SELECT 2 * g - 1, 1 + g % :talks, 'merchant', 'text',
         (SELECT words FROM phrase WHERE n = g % :phrases), {json}, g, {at}
       FROM {pairs}""",
    """INSERT INTO message (id, conversation_id, author, kind, text, entry, push_id, created_at)
       SELECT 2 * g, 1 + g % :talks, 'bot', 'text',
         (SELECT words FROM phrase WHERE n = (g * 7) % :phrases), 'deposit-refund-steps', g, {at}
       FROM {pairs}""",
    """INSERT INTO delivery (id, message_id, conversation_id, part, text, state, via, attempts,
         due_at, error, created_at, sent_at)
       SELECT g, 2 * g, 1 + g % :talks, 0, (SELECT words FROM phrase WHERE n = (g * 7) % :phrases),
         'sent', 'passive', 0, {at}, '', {at}, {at}
       FROM {pairs}""",
    """INSERT INTO cases (id, conversation_id, reason, summary, form, state, opened_at, claimed_at,
         closed_at, outcome)
       SELECT g, 1 + (g * :every) % :talks, 'asked', '', {json}, 'resolved', {old}, {old}, {old}, ''
       FROM {cases}""",
)
