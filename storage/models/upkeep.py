"""Tables of the upkeep: what was erased, without saying whose, and totals that only ever grow."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Table

__all__ = ["Erasure", "Tally"]

ID = BigInteger().with_variant(Integer, "sqlite")


class Erasure(Table):
    """That a merchant was erased, when, why and how much: nothing that tells who it was."""

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    at: Mapped[datetime]
    why: Mapped[str] = mapped_column(String(16))  # asked | unsubscribed
    counts: Mapped[dict[str, Any]]  # table → rows, and "files"


class Tally(Table):
    """A total for the metrics. Rows that are erased later stay counted."""

    __tablename__ = "tally"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, default=0)
