"""Articles that become entries, and steps that may have changed"""

import sqlalchemy as sa
from alembic import op

import storage.models.base

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", ID, nullable=False),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("guide", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("added_by", sa.String(64), nullable=False),
        sa.Column("added_at", storage.models.base.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
    )
    op.create_table(
        "article_piece",
        sa.Column("id", ID, nullable=False),
        sa.Column("article_id", ID, nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("entry", sa.String(64), nullable=False),
        sa.Column("revision", ID, nullable=False),
        sa.Column("done_by", sa.String(64), nullable=False),
        sa.Column("done_at", storage.models.base.Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_article_piece_article_id_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_piece")),
        sa.UniqueConstraint(
            "article_id", "position", name=op.f("uq_article_piece_article_id_position")
        ),
    )
    op.create_table(
        "step_report",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("entry", sa.String(64), nullable=False),
        sa.Column("step_key", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("at", storage.models.base.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_step_report_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_report")),
        sa.UniqueConstraint(
            "conversation_id",
            "entry",
            "step_key",
            "kind",
            name=op.f("uq_step_report_conversation_id_entry_step_key_kind"),
        ),
    )
    op.create_index(op.f("ix_step_report_at"), "step_report", ["at"])
    op.create_table(
        "step_mark",
        sa.Column("id", ID, nullable=False),
        sa.Column("entry", sa.String(64), nullable=False),
        sa.Column("step_key", sa.String(16), nullable=False),
        sa.Column("reached", ID, nullable=False),
        sa.Column("troubled", ID, nullable=False),
        sa.Column("raised_at", storage.models.base.Utc(), nullable=False),
        sa.Column("looked_by", sa.String(64), nullable=False),
        sa.Column("looked_at", storage.models.base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_mark")),
    )
    open_ = sa.text("looked_at IS NULL")
    op.create_index(
        "uq_step_mark_open",
        "step_mark",
        ["entry", "step_key"],
        unique=True,
        sqlite_where=open_,
        postgresql_where=open_,
    )


def downgrade() -> None:
    op.drop_table("step_mark")
    op.drop_table("step_report")
    op.drop_table("article_piece")
    op.drop_table("article")
