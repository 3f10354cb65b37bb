"""Merchants' profiles; pictures of quick replies; tags that are no longer offered"""

import sqlalchemy as sa
from alembic import op

import storage.models.base

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "profile_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("field", sa.String(32), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("at", storage.models.base.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_profile_change_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_change")),
    )
    op.create_index(
        op.f("ix_profile_change_conversation_id"), "profile_change", ["conversation_id"]
    )
    with op.batch_alter_table("quick_reply") as table:
        table.add_column(sa.Column("picture", sa.String(255), nullable=False, server_default=""))
        table.add_column(
            sa.Column("picture_type", sa.String(64), nullable=False, server_default="")
        )
    with op.batch_alter_table("tag") as table:
        table.add_column(
            sa.Column("retired", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    with op.batch_alter_table("tag") as table:
        table.drop_column("retired")
    with op.batch_alter_table("quick_reply") as table:
        table.drop_column("picture_type")
        table.drop_column("picture")
    op.drop_table("profile_change")
