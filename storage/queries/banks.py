"""Published versions of the bank, and WeChat's shared access token."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from storage.models.conversations import BankVersion, WechatToken
from storage.queries.conversations import insert_new

NOTE_MAX = 255


@dataclass(frozen=True, slots=True)
class VersionOrigin:
    """How a version came to be."""

    by: str
    at: datetime
    origin: str = "files"
    note: str = ""
    score: float | None = None
    report: Mapping[str, Any] = field(default_factory=dict)


def add(
    session: Session,
    *,
    digest: str,
    content: str,
    compiled: bytes,
    sources: Mapping[str, str],
    made: VersionOrigin,
) -> BankVersion:
    """A new version, in force from now on."""
    version = BankVersion(
        digest=digest,
        content=content,
        compiled=compiled,
        sources=dict(sources),
        published_by=made.by,
        published_at=made.at,
        origin=made.origin,
        note=made.note[:NOTE_MAX],
        score=made.score,
        report=dict(made.report),
    )
    session.add(version)
    session.flush()
    return version


def latest_id(session: Session) -> int | None:
    """The id of the version in force: cheap enough to ask every few seconds."""
    return session.scalar(select(func.max(BankVersion.id)))


def latest_from_files(session: Session) -> int | None:
    """The newest version that a folder of files became."""
    return session.scalar(select(func.max(BankVersion.id)).where(BankVersion.origin == "files"))


def get(session: Session, version_id: int) -> BankVersion:
    return session.get_one(BankVersion, version_id)


def published_at(session: Session, version_id: int) -> datetime:
    query = select(BankVersion.published_at).where(BankVersion.id == version_id)
    return session.execute(query).scalar_one()


def find(session: Session, version_id: int) -> BankVersion | None:
    return session.get(BankVersion, version_id)


def history(session: Session, *, limit: int) -> Sequence[BankVersion]:
    """Newest first, without what is large."""
    heavy = (BankVersion.compiled, BankVersion.content, BankVersion.sources)
    return session.scalars(
        select(BankVersion)
        .options(*(defer(column) for column in heavy))
        .order_by(BankVersion.id.desc())
        .limit(limit)
    ).all()


def without(session: Session, words: str) -> Sequence[int]:
    """Versions whose content lacks these words: those from before it had them."""
    lacks = ~BankVersion.content.contains(words, autoescape=True)
    return session.scalars(select(BankVersion.id).where(lacks)).all()


def access_token(session: Session, app_id: str) -> tuple[str, datetime] | None:
    row = session.get(WechatToken, app_id)
    return None if row is None else (row.token, row.expires_at)


def put_access_token(session: Session, app_id: str, token: str, expires_at: datetime) -> None:
    values = {"token": token, "expires_at": expires_at}
    session.execute(
        insert_new(session)(WechatToken)
        .values(app_id=app_id, **values)
        .on_conflict_do_update(index_elements=["app_id"], set_=values)
    )
