"""The second factor of a login: a time-based code (RFC 6238), or a recovery code."""

import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.models.accounts import RecoveryCode
from storage.models.conversations import Consultant
from storage.queries.sessions import digest

STEP_SECONDS = 30
RECOVERY_CODES = 8
ISSUER = "店伴"


def new_secret() -> str:
    return pyotp.random_base32()


def uri(secret: str, name: str) -> str:
    """What the QR code says to an authenticator."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def matches(secret: str, code: str, now: datetime) -> bool:
    """The code of this half minute, or of the one before or after: clocks differ a little."""
    return pyotp.TOTP(secret).verify(code, for_time=now, valid_window=1)


def enable(session: Session, consultant: Consultant, secret: str) -> list[str]:
    """Demand it from now on. Returns the recovery codes, which are shown this once."""
    consultant.totp_secret, consultant.totp_used = secret, 0
    session.execute(delete(RecoveryCode).where(RecoveryCode.consultant_id == consultant.id))
    codes = [f"{secrets.randbelow(10**10):010d}" for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(consultant_id=consultant.id, digest=digest(code)) for code in codes
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def disable(session: Session, consultant: Consultant) -> None:
    consultant.totp_secret, consultant.totp_used = "", 0
    session.execute(delete(RecoveryCode).where(RecoveryCode.consultant_id == consultant.id))


def use(session: Session, consultant: Consultant, code: str, now: datetime) -> bool:
    """Whether this code lets them in; each code does so once."""
    plain = "".join(character for character in code if character.isdigit())
    if len(plain) == len("000000") and matches(consultant.totp_secret, plain, now):
        step = _step(consultant.totp_secret, plain, now)
        if step <= consultant.totp_used:
            return False  # somebody looked over a shoulder
        consultant.totp_used = step
        return True
    found = session.scalars(
        select(RecoveryCode).where(
            RecoveryCode.consultant_id == consultant.id, RecoveryCode.digest == digest(plain)
        )
    ).first()
    if found is not None:
        session.delete(found)
    return found is not None


def _step(secret: str, code: str, now: datetime) -> int:
    """Which half minute the code belongs to."""
    here = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    return next(n for n in (here, here - 1, here + 1) if totp.at(n * STEP_SECONDS) == code)
