"""Erasures, tallies and how long a decision took"""

import sqlalchemy as sa
from alembic import op

import storage.models.base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", storage.models.base.Utc(), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_table(
        "tally",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tally")),
    )
    op.create_index(op.f("ix_delivery_sent_at"), "delivery", ["sent_at"], unique=False)
    op.add_column("push", sa.Column("took_ms", sa.Integer(), nullable=True))


def downgrade() -> None:
    # Not in a batch: that would copy the table, and dropping the old one would set
    # every message's push_id to NULL.
    op.drop_column("push", "took_ms")
    op.drop_index(op.f("ix_delivery_sent_at"), table_name="delivery")
    op.drop_table("tally")
    op.drop_table("erasure")
