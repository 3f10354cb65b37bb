"""Groups and uses of quick replies; opening hours and absences that are edited at the desk"""

import sqlalchemy as sa
from alembic import op

import storage.models.base

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("quick_reply") as table:
        table.add_column(sa.Column("group_name", sa.String(32), nullable=False, server_default=""))
        table.add_column(sa.Column("uses", ID, nullable=False, server_default="0"))
    op.create_table(
        "desk_setting",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", storage.models.base.Utc(), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_desk_setting")),
    )
    op.create_table(
        "absence",
        sa.Column("id", ID, nullable=False),
        sa.Column("consultant_id", ID, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("created_at", storage.models.base.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultant_id"],
            ["consultant.id"],
            name=op.f("fk_absence_consultant_id_consultant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_consultant_id"), "absence", ["consultant_id"])


def downgrade() -> None:
    op.drop_table("absence")
    op.drop_table("desk_setting")
    with op.batch_alter_table("quick_reply") as table:
        table.drop_column("uses")
        table.drop_column("group_name")
