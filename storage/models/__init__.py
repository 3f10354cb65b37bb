"""The tables, as SQLAlchemy models. All come together: one names another's class."""

from storage.models import (
    accounts,
    articles,
    base,
    conversations,
    desk,
    drift,
    knowledge,
    model_calls,
    upkeep,
)

__all__ = [
    "accounts",
    "articles",
    "base",
    "conversations",
    "desk",
    "drift",
    "knowledge",
    "model_calls",
    "upkeep",
]
