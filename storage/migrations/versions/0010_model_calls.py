"""The ledger of questions to a language model"""

import sqlalchemy as sa
from alembic import op

import storage.models.base

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "model_call",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", storage.models.base.Utc(), nullable=False),
        sa.Column("use", sa.String(16), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(64), nullable=False),
        sa.Column("ours", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("bank_version", ID, nullable=True),
        sa.Column("ms", ID, nullable=False),
        sa.Column("tokens_in", ID, nullable=False),
        sa.Column("tokens_out", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("message_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_model_call_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_model_call_message_id_message"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_call")),
    )
    for column in ("at", "conversation_id", "message_id"):
        op.create_index(op.f(f"ix_model_call_{column}"), "model_call", [column])


def downgrade() -> None:
    op.drop_table("model_call")
