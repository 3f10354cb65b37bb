"""Devices that ring for a consultant while the desk is closed"""

import sqlalchemy as sa
from alembic import op

import storage.models.base

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "push_subscription",
        sa.Column("id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("endpoint", sa.String(512), nullable=False),
        sa.Column("p256dh", sa.String(128), nullable=False),
        sa.Column("auth", sa.String(64), nullable=False),
        sa.Column("created_at", storage.models.base.Utc(), nullable=False),
        sa.Column("failed_at", storage.models.base.Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["desk_session.id"],
            name=op.f("fk_push_subscription_session_id_desk_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscription_endpoint")),
    )
    op.create_index(op.f("ix_push_subscription_session_id"), "push_subscription", ["session_id"])


def downgrade() -> None:
    op.drop_table("push_subscription")
