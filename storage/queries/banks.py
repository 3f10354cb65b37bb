"""Published versions of the bank, and WeChat's shared access token."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.models.conversations import BankVersion, WechatToken
from storage.queries.conversations import insert_new


def publish(
    session: Session, *, digest: str, content: str, compiled: bytes, by: str, now: datetime
) -> BankVersion:
    version = BankVersion(
        digest=digest, content=content, compiled=compiled, published_by=by, published_at=now
    )
    session.add(version)
    session.flush()
    return version


def latest_id(session: Session) -> int | None:
    """The id of the version in force: cheap enough to ask every few seconds."""
    return session.scalar(select(func.max(BankVersion.id)))


def get(session: Session, version_id: int) -> BankVersion:
    return session.get_one(BankVersion, version_id)


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
