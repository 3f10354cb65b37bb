"""Logins at the desk and the devices they came from. Keys are random; only digests are stored."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.models.accounts import DeskSession, KnownDevice
from storage.models.conversations import Consultant


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that holds, and whose it is."""

    session: DeskSession
    consultant: Consultant


def start(
    session: Session, consultant: Consultant, *, device: str, address: str, now: datetime
) -> str:
    """A new session; returns the key for the cookie."""
    key = secrets.token_urlsafe(32)
    session.add(
        DeskSession(
            consultant_id=consultant.id,
            digest=digest(key),
            version=consultant.session_version,
            device=device[:64],
            address=address[:64],
            created_at=now,
            seen_at=now,
        )
    )
    return key


def opened(session: Session, key: str) -> OpenSession | None:
    """The session of this key, unless it ended or its consultant may not come in any more."""
    row = session.execute(
        select(DeskSession, Consultant)
        .join(Consultant, Consultant.id == DeskSession.consultant_id)
        .where(DeskSession.digest == digest(key), Consultant.enabled.is_(True))
    ).one_or_none()
    if row is None or row[0].version != row[1].session_version:
        return None
    return OpenSession(row[0], row[1])


def of(session: Session, consultant_id: int) -> Sequence[DeskSession]:
    """Their open sessions, the latest first."""
    return session.scalars(
        select(DeskSession)
        .where(DeskSession.consultant_id == consultant_id)
        .order_by(DeskSession.seen_at.desc(), DeskSession.id.desc())
    ).all()


def seen(session: Session, session_id: int, now: datetime) -> None:
    row = session.get(DeskSession, session_id)
    if row is not None:
        row.seen_at = now


def end(session: Session, key: str) -> None:
    """Log out: the cookie is worth nothing from now on, wherever a copy of it is."""
    session.execute(delete(DeskSession).where(DeskSession.digest == digest(key)))


def end_one(session: Session, consultant_id: int, session_id: int) -> None:
    session.execute(
        delete(DeskSession).where(
            DeskSession.id == session_id, DeskSession.consultant_id == consultant_id
        )
    )


def end_all(session: Session, consultant_id: int, *, but: str = "") -> None:
    """End every session of theirs, but for the one with this key."""
    session.execute(
        delete(DeskSession).where(
            DeskSession.consultant_id == consultant_id, DeskSession.digest != digest(but)
        )
    )


def end_old(session: Session, before: datetime) -> None:
    """Sessions that nobody used for longer than a login holds."""
    session.execute(delete(DeskSession).where(DeskSession.seen_at < before))


def is_known(session: Session, consultant_id: int, device_key: str) -> bool:
    """Whether this browser logged in as this consultant before."""
    return bool(device_key) and session.get(
        KnownDevice, (digest(device_key), consultant_id)
    ) is not None  # fmt: skip


def remember_device(session: Session, consultant_id: int, device_key: str, now: datetime) -> None:
    session.merge(KnownDevice(digest=digest(device_key), consultant_id=consultant_id, seen_at=now))


def forget_devices(session: Session, consultant_id: int) -> None:
    session.execute(delete(KnownDevice).where(KnownDevice.consultant_id == consultant_id))


def digest(key: str) -> str:
    # 256 random bits: a fast digest is enough, there is nothing to guess.
    return hashlib.sha256(key.encode()).hexdigest()
