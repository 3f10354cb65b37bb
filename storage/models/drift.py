"""How merchants fare at the steps of the guides, and which steps may have changed since."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Table

__all__ = ["StepMark", "StepReport"]

OPEN = text("looked_at IS NULL")


class StepReport(Table):
    """What befell one merchant at one step: no words. `kind`: reached | stuck | differs | handed.

    `step_key` is of the step's text, so that a step that was rewritten begins anew.
    """

    __tablename__ = "step_report"
    __table_args__ = (
        UniqueConstraint("conversation_id", "entry", "step_key", "kind"),
        Index(None, "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    entry: Mapped[str] = mapped_column(String(64))
    step_key: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]  # the last time


class StepMark(Table):
    """A step that may have changed, until somebody has looked; then the trace of who did."""

    __tablename__ = "step_mark"
    __table_args__ = (
        # One open mark a step, whichever process finds it first.
        Index(
            "uq_step_mark_open",
            "entry",
            "step_key",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry: Mapped[str] = mapped_column(String(64))
    step_key: Mapped[str] = mapped_column(String(16))
    reached: Mapped[int]
    troubled: Mapped[int]
    raised_at: Mapped[datetime]
    looked_by: Mapped[str] = mapped_column(String(64), default="")
    looked_at: Mapped[datetime | None]
