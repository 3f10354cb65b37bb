"""Width and height of pictures, so that a page keeps their place while they load"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in ("width", "height"):
        op.add_column("media", sa.Column(name, ID, nullable=False, server_default="0"))


def downgrade() -> None:
    for name in ("height", "width"):
        op.drop_column("media", name)
