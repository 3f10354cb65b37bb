"""Articles and their pieces."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.models.articles import Article, ArticlePiece

__all__ = ["Article", "ArticlePiece"]

LISTED = 50


def add(session: Session, article: Article, contents: Sequence[Mapping[str, Any]]) -> Article:
    article.pieces = [
        ArticlePiece(position=number, content=dict(content), state="open")
        for number, content in enumerate(contents, start=1)
    ]
    session.add(article)
    session.flush()
    return article


def get(session: Session, article_id: int) -> Article | None:
    return session.get(Article, article_id)


def latest(session: Session) -> list[tuple[Article, int]]:
    """The newest first, with how many of their pieces are open."""
    waiting = (
        select(func.count())
        .where(ArticlePiece.article_id == Article.id, ArticlePiece.state == "open")
        .correlate(Article)
        .scalar_subquery()
    )
    rows = session.execute(select(Article, waiting).order_by(Article.id.desc()).limit(LISTED))
    return [(article, count) for article, count in rows]


def lock_piece(session: Session, piece_id: int) -> ArticlePiece | None:
    """Held until the transaction ends."""
    return session.scalars(
        select(ArticlePiece)
        .where(ArticlePiece.id == piece_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def piece(session: Session, piece_id: int) -> ArticlePiece | None:
    return session.get(ArticlePiece, piece_id)


def piece_of(session: Session, entry: str) -> ArticlePiece | None:
    """What this entry of the draft was taken from, if it was."""
    return session.scalars(
        select(ArticlePiece)
        .where(ArticlePiece.entry == entry, ArticlePiece.state == "taken")
        .order_by(ArticlePiece.id.desc())
        .limit(1)
    ).first()


def settle(row: ArticlePiece, state: str, by: str, now: datetime) -> None:
    row.state, row.done_by, row.done_at = state, by, now


def remove(session: Session, article: Article) -> None:
    session.delete(article)
