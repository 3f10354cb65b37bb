"""Cases that an alarm opened have its kind as their reason"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BY_LABEL = {
    "投诉": "complaint",
    "法律": "legal",
    "账号被盗": "stolen",
    "被骗": "scammed",
    "扣款有争议": "deducted",
    "情绪很差": "distress",
}
"""What the form of such a case has as its `alarm`, in the words of the version before."""
_ANGRY = ("complaint", "legal")
_CASES = sa.table(
    "cases",
    sa.column("id", sa.BigInteger),
    sa.column("reason", sa.String),
    sa.column("form", sa.JSON),
)
_EVENTS = sa.table(
    "case_event",
    sa.column("case_id", sa.BigInteger),
    sa.column("action", sa.String),
    sa.column("detail", sa.Text),
)


def upgrade() -> None:
    """`anger` and `urgent` become what the form says; `urgent` without a word of it stays."""
    connection = op.get_bind()
    found = sa.select(_CASES).where(_CASES.c.reason.in_(("anger", "urgent")))
    for case in connection.execute(found).mappings().all():
        kind = _BY_LABEL.get((case["form"] or {}).get("alarm", ""))
        _rename(case["id"], case["reason"], kind or _UNTOLD[case["reason"]])


_UNTOLD = {"anger": "complaint", "urgent": "urgent"}


def downgrade() -> None:
    connection = op.get_bind()
    kinds = {*_BY_LABEL.values(), *_NEW}
    found = sa.select(_CASES).where(_CASES.c.reason.in_(kinds))
    for case in connection.execute(found).mappings().all():
        _rename(case["id"], case["reason"], "anger" if case["reason"] in _ANGRY else "urgent")


_NEW = ("blocked", "wrong_payout", "bereavement", "family", "licence", "exhausted")


def _rename(case_id: int, old: str, new: str) -> None:
    connection = op.get_bind()
    connection.execute(sa.update(_CASES).where(_CASES.c.id == case_id).values(reason=new))
    connection.execute(
        sa.update(_EVENTS)
        .where(_EVENTS.c.case_id == case_id, _EVENTS.c.detail == old)
        .where(_EVENTS.c.action == "opened")
        .values(detail=new)
    )
