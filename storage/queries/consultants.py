"""Consultants, their API tokens, and the failed logins that the throttle counts."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from storage.models.conversations import ApiToken, Case, Consultant, LoginFailure
from storage.models.desk import Absence

HASHER = PasswordHasher()
# Checked when the name is unknown, so that a guess costs the same time either way.
NOBODY = HASHER.hash(secrets.token_hex(16))


class ConsultantExistsError(Exception):
    """Someone has this name already; the text says so in Chinese."""


def add(
    session: Session,
    *,
    name: str,
    password: str,
    role: str,
    now: datetime,
    hasher: PasswordHasher = HASHER,
) -> Consultant:
    if by_name(session, name) is not None:
        raise ConsultantExistsError(f"已经有叫 {name} 的顾问了。")
    consultant = Consultant(
        name=name, role=role, password_hash=hasher.hash(password), created_at=now
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


def lock(session: Session, consultant_id: int) -> None:
    """Nobody else counts or fills this consultant's places until the end of the transaction."""
    query = select(Consultant.id).where(Consultant.id == consultant_id)
    session.execute(query.with_for_update(key_share=True))


def on_duty(session: Session, today: date) -> list[tuple[Consultant, int]]:
    """Who takes new cases today, each with how many they have open. Locked until the end of the
    transaction, so that two of them do not count the same free place."""
    people = session.scalars(
        select(Consultant)
        .where(
            Consultant.enabled.is_(True),
            Consultant.duty == "on",
            Consultant.id.not_in(Absence.on(today)),
        )
        .order_by(Consultant.id)
        .with_for_update(key_share=True)  # what refers to them need not wait
    ).all()
    opened: dict[int | None, int] = {
        row[0]: row[1]
        for row in session.execute(
            select(Case.consultant_id, func.count())
            .where(Case.state == "claimed")
            .group_by(Case.consultant_id)
        )
    }
    return [(person, opened.get(person.id, 0)) for person in people]


def verifies(consultant: Consultant | None, password: str) -> bool:
    """Whether this is the password of an enabled consultant.

    Costs 64 MB and some 50 ms, also for a name that nobody has: call it outside a transaction.
    """
    try:
        HASHER.verify(consultant.password_hash if consultant else NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return consultant is not None and consultant.enabled


def enabled_admins(session: Session) -> list[int]:
    query = select(Consultant.id).where(Consultant.role == "admin", Consultant.enabled.is_(True))
    return list(session.scalars(query))


def record_failure(session: Session, *, name: str, network: str, now: datetime) -> None:
    session.add(LoginFailure(name=name[:64], address=network[:64], at=now))


@dataclass(frozen=True, slots=True)
class LoginFailures:
    """Failed logins since some time: how many, and the latest of them."""

    count: int = 0
    latest: datetime | None = None


def failures(
    session: Session, *, since: datetime, name: str | None = None, network: str | None = None
) -> LoginFailures:
    """Those for this name, from this network, or for this name from this network."""
    query = select(func.count(), func.max(LoginFailure.at)).where(LoginFailure.at >= since)
    if name is not None:
        query = query.where(LoginFailure.name == name[:64])
    if network is not None:
        query = query.where(LoginFailure.address == network[:64])
    count, latest = session.execute(query).one()
    return LoginFailures(count, latest)


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


def tokens(session: Session) -> Sequence[tuple[ApiToken, Consultant]]:
    """Every API token with whose it is."""
    rows = session.execute(
        select(ApiToken, Consultant)
        .join(Consultant, Consultant.id == ApiToken.consultant_id)
        .order_by(Consultant.name, ApiToken.id)
    )
    return [(row[0], row[1]) for row in rows]


def revoke_token(session: Session, token_id: int) -> Consultant | None:
    """Returns whose it was; None when there is no such token."""
    found = session.get(ApiToken, token_id)
    if found is None:
        return None
    session.delete(found)
    return get(session, found.consultant_id)


def revoke_tokens_of(session: Session, consultant_id: int) -> None:
    session.execute(delete(ApiToken).where(ApiToken.consultant_id == consultant_id))


def by_token(session: Session, token: str) -> Consultant | None:
    return session.scalars(
        select(Consultant)
        .join(ApiToken, ApiToken.consultant_id == Consultant.id)
        .where(ApiToken.digest == _digest(token), Consultant.enabled.is_(True))
    ).one_or_none()


def _digest(token: str) -> str:
    # The token is 256 random bits: a fast digest is enough, there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()
