"""The ledger of what a language model was asked: when, for what, how it went. No text."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Table

__all__ = ["ModelCall"]


class ModelCall(Table):
    """One question to the model. It names its conversation, so that `forget` reaches it.

    `use`: choose | shadow | draft | phrasings | check. `outcome`: an entry's id or none for a
    choice, ok, or why there was no answer. `ours` is what the bot did without it (an entry's id or
    an outcome). `digest` is that of a draft's text: sending it untouched needs an explicit yes.
    """

    __tablename__ = "model_call"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    use: Mapped[str] = mapped_column(String(16))
    model: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(64))
    ours: Mapped[str] = mapped_column(String(64), default="")
    digest: Mapped[str] = mapped_column(String(64), default="")
    bank_version: Mapped[int | None]
    ms: Mapped[int] = mapped_column(default=0)
    tokens_in: Mapped[int] = mapped_column(default=0)
    tokens_out: Mapped[int] = mapped_column(default=0)
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    message_id: Mapped[int | None] = mapped_column(
        ForeignKey("message.id", ondelete="SET NULL"), index=True
    )
