"""Sessions on the server, known devices, second factor, audit of accounts"""

import sqlalchemy as sa
from alembic import op

import storage.models.base

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column(
        "consultant", sa.Column("totp_secret", sa.String(64), nullable=False, server_default="")
    )
    op.add_column("consultant", sa.Column("totp_used", ID, nullable=False, server_default="0"))
    op.add_column("api_token", sa.Column("used_at", storage.models.base.Utc(), nullable=True))
    op.create_table(
        "desk_session",
        sa.Column("id", ID, nullable=False),
        sa.Column("consultant_id", ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("created_at", storage.models.base.Utc(), nullable=False),
        sa.Column("seen_at", storage.models.base.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultant_id"],
            ["consultant.id"],
            name=op.f("fk_desk_session_consultant_id_consultant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_desk_session_digest")),
    )
    op.create_index(op.f("ix_desk_session_consultant_id"), "desk_session", ["consultant_id"])
    op.create_index(op.f("ix_desk_session_seen_at"), "desk_session", ["seen_at"])
    op.create_table(
        "known_device",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("consultant_id", ID, nullable=False),
        sa.Column("seen_at", storage.models.base.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultant_id"],
            ["consultant.id"],
            name=op.f("fk_known_device_consultant_id_consultant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", "consultant_id", name=op.f("pk_known_device")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", ID, nullable=False),
        sa.Column("consultant_id", ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultant_id"],
            ["consultant.id"],
            name=op.f("fk_recovery_code_consultant_id_consultant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_consultant_id"), "recovery_code", ["consultant_id"])
    op.create_table(
        "admin_event",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", storage.models.base.Utc(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_event")),
    )
    op.create_index(op.f("ix_admin_event_at"), "admin_event", ["at"])


def downgrade() -> None:
    for table in ("admin_event", "recovery_code", "known_device", "desk_session"):
        op.drop_table(table)
    op.drop_column("api_token", "used_at")
    op.drop_column("consultant", "totp_used")
    op.drop_column("consultant", "totp_secret")
