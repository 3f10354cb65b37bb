"""The delivery state "riding" is called "in_passive_reply"."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE delivery SET state = 'in_passive_reply' WHERE state = 'riding'")


def downgrade() -> None:
    op.execute("UPDATE delivery SET state = 'riding' WHERE state = 'in_passive_reply'")
