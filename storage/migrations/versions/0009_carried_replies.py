"""How many tries of WeChat's carry a reply"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "push",
        sa.Column(
            "carriers",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            server_default="1",
        ),
    )


def downgrade() -> None:
    op.drop_column("push", "carriers")
