"""Articles that become entries: the text as somebody brought it, and the pieces it was cut into."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Table

__all__ = ["Article", "ArticlePiece"]


class Article(Table):
    """A raw article. It is the firm's text and no merchant's."""

    __tablename__ = "article"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(255))
    guide: Mapped[str] = mapped_column(String(64))  # where its entries go
    text: Mapped[str] = mapped_column(Text)
    added_by: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime]

    pieces: Mapped[list["ArticlePiece"]] = relationship(
        back_populates="article",
        order_by="ArticlePiece.position",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )


class ArticlePiece(Table):
    """One entry to be. `state`: open | taken | skipped; `entry` is what it became.

    `content` is cut once, so that a newer program does not cut it anew under people's hands:
    question, phrasings, and lines of the answer as {"text", "at", "step"}: the line of the article
    that it came from, and the number of the step that it belongs to (0: before them, -1: after).
    """

    __tablename__ = "article_piece"
    __table_args__ = (UniqueConstraint("article_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    position: Mapped[int]
    content: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16), default="open")
    entry: Mapped[str] = mapped_column(String(64), default="")
    revision: Mapped[int] = mapped_column(default=0)  # of the draft's entry, when it was taken
    done_by: Mapped[str] = mapped_column(String(64), default="")
    done_at: Mapped[datetime | None]

    article: Mapped[Article] = relationship(back_populates="pieces")
