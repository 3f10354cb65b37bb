"""Numbers of 64 bits on PostgreSQL, and indexes for what grew with history

SQLite's integers have 64 bits already.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBERS = {
    "bank_version": ("id",),
    "consultant": ("id", "session_version", "case_limit"),
    "conversation": ("id", "window_left", "version"),
    "login_failure": ("id",),
    "tag": ("id",),
    "api_token": ("id", "consultant_id"),
    "cases": ("id", "conversation_id", "consultant_id", "rating"),
    "conversation_tag": ("conversation_id", "tag_id"),
    "media": ("id", "conversation_id", "size", "attempts"),
    "note": ("id", "conversation_id", "consultant_id"),
    "presence": ("consultant_id", "conversation_id"),
    "push": ("id", "conversation_id"),
    "quick_reply": ("id", "owner_id"),
    "case_event": ("id", "case_id"),
    "message": ("id", "conversation_id", "consultant_id", "media_id", "push_id"),
    "delivery": ("id", "message_id", "conversation_id", "part", "attempts", "errcode"),
}


def upgrade() -> None:
    _numbers("BIGINT")
    op.create_index(op.f("ix_cases_claimed_at"), "cases", ["claimed_at"])
    op.create_index(op.f("ix_cases_closed_at"), "cases", ["closed_at"])
    op.create_index(op.f("ix_message_media_id"), "message", ["media_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_message_media_id"), "message")
    op.drop_index(op.f("ix_cases_closed_at"), "cases")
    op.drop_index(op.f("ix_cases_claimed_at"), "cases")
    _numbers("INTEGER")


def _numbers(kind: str) -> None:
    """One ALTER a table, so that each is written anew only once."""
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, columns in NUMBERS.items():
        changes = ", ".join(f"ALTER COLUMN {column} TYPE {kind}" for column in columns)
        op.execute(f"ALTER TABLE {table} {changes}")
        if columns[0] == "id":
            op.execute(f"ALTER SEQUENCE {table}_id_seq AS {kind}")
