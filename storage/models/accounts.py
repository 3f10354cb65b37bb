"""Tables of the consultants' accounts: sessions, known devices, recovery codes, admin actions."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Table

__all__ = ["AdminEvent", "DeskSession", "KnownDevice", "PushSubscription", "RecoveryCode"]


class DeskSession(Table):
    """One login at the desk. The cookie holds a key, this row its digest; ending it deletes it."""

    __tablename__ = "desk_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    consultant_id: Mapped[int] = mapped_column(
        ForeignKey("consultant.id", ondelete="CASCADE"), index=True
    )
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    # The consultant's session_version at login: raising it ends every session at once.
    version: Mapped[int]
    device: Mapped[str] = mapped_column(String(64), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)


class KnownDevice(Table):
    """A browser in which somebody logged in before: wrong guesses elsewhere never lock it out."""

    __tablename__ = "known_device"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    consultant_id: Mapped[int] = mapped_column(
        ForeignKey("consultant.id", ondelete="CASCADE"), primary_key=True
    )
    seen_at: Mapped[datetime]


class PushSubscription(Table):
    """A browser that rings while the desk is closed, for as long as its login holds.

    `endpoint` is where its maker's push service takes messages, encrypted for `p256dh` and `auth`.
    `failed_at` is when it last took none; NULL while it works.
    """

    __tablename__ = "push_subscription"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("desk_session.id", ondelete="CASCADE"), index=True
    )
    endpoint: Mapped[str] = mapped_column(String(512), unique=True)
    p256dh: Mapped[str] = mapped_column(String(128))
    auth: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    failed_at: Mapped[datetime | None]


class RecoveryCode(Table):
    """A code that replaces the second factor once. Only its digest is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    consultant_id: Mapped[int] = mapped_column(
        ForeignKey("consultant.id", ondelete="CASCADE"), index=True
    )
    digest: Mapped[str] = mapped_column(String(64))


class AdminEvent(Table):
    """What was done to accounts: who, when, to whom. Names stay as they were then."""

    __tablename__ = "admin_event"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(32))
    target: Mapped[str] = mapped_column(String(64), default="")
    detail: Mapped[str] = mapped_column(Text, default="")
