"""Consultants, their API tokens, and the failed logins that the throttle counts."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from storage.models.conversations import ApiToken, Consultant, LoginFailure

PASSWORD_MIN = 6
HASHER = PasswordHasher()
# Checked when the name is unknown, so that a guess costs the same time either way.
NOBODY = HASHER.hash(secrets.token_hex(16))


class ConsultantExistsError(Exception):
    """Someone has this name already; the text says so in Chinese."""


def add(session: Session, *, name: str, password: str, role: str, now: datetime) -> Consultant:
    if by_name(session, name) is not None:
        raise ConsultantExistsError(f"已经有叫 {name} 的顾问了。")
    consultant = Consultant(
        name=name, role=role, password_hash=HASHER.hash(password), created_at=now
    )
    session.add(consultant)
    session.flush()
    return consultant


def set_password(consultant: Consultant, password: str) -> None:
    """Sessions opened with the old password end."""
    consultant.password_hash = HASHER.hash(password)
    consultant.session_version += 1


def get(session: Session, consultant_id: int) -> Consultant | None:
    return session.get(Consultant, consultant_id)


def by_name(session: Session, name: str) -> Consultant | None:
    return session.scalars(select(Consultant).where(Consultant.name == name)).one_or_none()


def everybody(session: Session) -> Sequence[Consultant]:
    return session.scalars(select(Consultant).order_by(Consultant.name)).all()


def checked(session: Session, name: str, password: str) -> Consultant | None:
    """The enabled consultant with this name and password, else None."""
    consultant = by_name(session, name)
    try:
        HASHER.verify(consultant.password_hash if consultant else NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    return consultant if consultant and consultant.enabled else None


def record_failure(session: Session, *, name: str, address: str, now: datetime) -> None:
    session.add(LoginFailure(name=name[:64], address=address[:64], at=now))


def failures_since(
    session: Session, *, name: str, address: str, since: datetime
) -> tuple[int, int]:
    """(for this name from this address, from this address at all)."""
    rows = session.execute(
        select(LoginFailure.name, func.count())
        .where(LoginFailure.address == address[:64], LoginFailure.at >= since)
        .group_by(LoginFailure.name)
    ).all()
    counts = {row[0]: row[1] for row in rows}
    return counts.get(name[:64], 0), sum(counts.values())


def forget_failures(session: Session, *, before: datetime, name: str = "") -> None:
    """Drop old ones, and all of `name` after a good login."""
    session.execute(
        delete(LoginFailure).where(or_(LoginFailure.at < before, LoginFailure.name == name))
    )


def new_token(session: Session, consultant: Consultant, now: datetime) -> str:
    """A fresh API token; only its digest is kept, so it is shown this once."""
    token = "db_" + secrets.token_urlsafe(32)
    session.add(ApiToken(consultant_id=consultant.id, digest=_digest(token), created_at=now))
    return token


def by_token(session: Session, token: str) -> Consultant | None:
    return session.scalars(
        select(Consultant)
        .join(ApiToken, ApiToken.consultant_id == Consultant.id)
        .where(ApiToken.digest == _digest(token), Consultant.enabled.is_(True))
    ).one_or_none()


def _digest(token: str) -> str:
    # The token is 256 random bits: a fast digest is enough, there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()
