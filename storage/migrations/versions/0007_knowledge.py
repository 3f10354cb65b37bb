"""The draft and publications of the bank, verdicts, suggestions, and a message's bank version"""

import sqlalchemy as sa
from alembic import op

import storage.models.base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("id", ID, nullable=False),
        sa.Column("base", ID, nullable=False),
        sa.Column("changed_at", storage.models.base.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    op.create_table(
        "draft_edit",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("revision", ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("guide", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("changed_at", storage.models.base.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_draft_edit")),
    )
    op.create_table(
        "publication",
        sa.Column("id", ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("base", ID, nullable=True),
        sa.Column("version", ID, nullable=True),
        sa.Column("forced", sa.Boolean(), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("revisions", sa.JSON(), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("percent", ID, nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("started_at", storage.models.base.Utc(), nullable=False),
        sa.Column("beat_at", storage.models.base.Utc(), nullable=False),
        sa.Column("ended_at", storage.models.base.Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
    )
    op.create_index(
        "uq_publication_running",
        "publication",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )

    op.create_table(
        "suggestion",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("undo", sa.JSON(), nullable=False),
        sa.Column("done_by", sa.String(length=64), nullable=False),
        sa.Column("done_at", storage.models.base.Utc(), nullable=True),
        sa.Column("asked_at", storage.models.base.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
        sa.UniqueConstraint("key", name=op.f("uq_suggestion_key")),
    )
    op.create_index(
        "ix_suggestion_state_asked_at", "suggestion", ["state", "asked_at"], unique=False
    )

    op.create_table(
        "observation",
        sa.Column("id", ID, nullable=False),
        sa.Column("suggestion_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("solved", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("bot", sa.Text(), nullable=False),
        sa.Column("consultant", sa.Text(), nullable=False),
        sa.Column("at", storage.models.base.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_observation_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_observation_message_id_message"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["suggestion_id"],
            ["suggestion.id"],
            name=op.f("fk_observation_suggestion_id_suggestion"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
        sa.UniqueConstraint("message_id", name=op.f("uq_observation_message_id")),
    )
    op.create_index(
        "ix_observation_conversation_id", "observation", ["conversation_id"], unique=False
    )
    op.create_index("ix_observation_suggestion_id", "observation", ["suggestion_id"], unique=False)

    op.create_table(
        "verdict",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("consultant_id", ID, nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("entry", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("expected", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("at", storage.models.base.Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultant_id"], ["consultant.id"], name=op.f("fk_verdict_consultant_id_consultant")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_verdict_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_verdict_message_id_message"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict")),
        sa.UniqueConstraint(
            "message_id", "consultant_id", name=op.f("uq_verdict_message_id_consultant_id")
        ),
    )
    op.create_index("ix_verdict_consultant_id", "verdict", ["consultant_id"], unique=False)
    op.create_index("ix_verdict_conversation_id", "verdict", ["conversation_id"], unique=False)
    op.create_index("ix_verdict_key", "verdict", ["key"], unique=False)

    op.add_column(
        "bank_version", sa.Column("sources", sa.JSON(), server_default="{}", nullable=False)
    )
    op.add_column(
        "bank_version",
        sa.Column("origin", sa.String(length=16), server_default="files", nullable=False),
    )
    op.add_column(
        "bank_version", sa.Column("note", sa.String(length=255), server_default="", nullable=False)
    )
    op.add_column("bank_version", sa.Column("score", sa.Double(), nullable=True))
    op.add_column(
        "bank_version", sa.Column("report", sa.JSON(), server_default="{}", nullable=False)
    )

    op.add_column("message", sa.Column("bank_version", ID, nullable=True))


def downgrade() -> None:
    op.drop_column("message", "bank_version")

    op.drop_column("bank_version", "report")
    op.drop_column("bank_version", "score")
    op.drop_column("bank_version", "note")
    op.drop_column("bank_version", "origin")
    op.drop_column("bank_version", "sources")

    op.drop_table("verdict")

    op.drop_table("observation")

    op.drop_table("suggestion")

    op.drop_table("publication")
    op.drop_table("draft_edit")
    op.drop_table("draft")
