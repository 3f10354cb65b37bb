"""The browsers that ring for consultants, and the keys under which we speak to their makers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from storage.models.accounts import DeskSession, PushSubscription
from storage.models.conversations import Consultant
from storage.models.desk import Absence, DeskSetting
from storage.queries import desk_settings
from storage.queries.conversations import insert_new

KEYS = "vapid"


@dataclass(frozen=True, slots=True)
class Device:
    """One subscription with whose it is; plain values, good outside a session."""

    id: int
    consultant_id: int
    consultant: str
    endpoint: str
    p256dh: str
    auth: str
    failing: bool


def keys(session: Session) -> dict[str, str] | None:
    """The installation's key pair; None until one was made."""
    return desk_settings.value(session, KEYS)


def keep_keys(session: Session, pair: dict[str, str], now: datetime) -> None:
    """Unless somebody made a pair at the same moment: the first one stands."""
    session.execute(
        insert_new(session)(DeskSetting)
        .values(name=KEYS, value=pair, changed_at=now, changed_by="system")
        .on_conflict_do_nothing(index_elements=["name"])
    )


def add(session: Session, subscription: PushSubscription) -> None:
    """One that the browser had under another login before is this login's now."""
    session.execute(
        delete(PushSubscription).where(PushSubscription.endpoint == subscription.endpoint)
    )
    session.add(subscription)


def remove(session: Session, consultant_id: int, endpoint: str) -> None:
    of_theirs = select(DeskSession.id).where(DeskSession.consultant_id == consultant_id)
    session.execute(
        delete(PushSubscription).where(
            PushSubscription.endpoint == endpoint, PushSubscription.session_id.in_(of_theirs)
        )
    )


def gone(session: Session, subscription_id: int) -> None:
    """Its maker says that it does not exist any more."""
    session.execute(delete(PushSubscription).where(PushSubscription.id == subscription_id))


def note_failed(session: Session, subscription_id: int, failed_at: datetime | None) -> None:
    """When it last took nothing; None when it takes again."""
    session.execute(
        update(PushSubscription)
        .where(PushSubscription.id == subscription_id)
        .values(failed_at=failed_at)
    )


def exists(session: Session) -> bool:
    return session.scalar(select(PushSubscription.id).limit(1)) is not None


def of(session: Session, consultant_id: int) -> Sequence[Device]:
    return _devices(session, Consultant.id == consultant_id)


def on_duty(session: Session, today: date) -> Sequence[Device]:
    """Of everybody who takes new cases today."""
    return _devices(session, (Consultant.duty == "on") & Consultant.id.not_in(Absence.on(today)))


def failing(session: Session) -> frozenset[int]:
    """The consultants of whose devices one takes nothing."""
    return frozenset(
        session.scalars(
            select(DeskSession.consultant_id)
            .join(PushSubscription, PushSubscription.session_id == DeskSession.id)
            .where(PushSubscription.failed_at.is_not(None))
        )
    )


def _devices(session: Session, condition: object) -> Sequence[Device]:
    rows = session.execute(
        select(PushSubscription, Consultant.id, Consultant.name)
        .join(DeskSession, DeskSession.id == PushSubscription.session_id)
        .join(Consultant, Consultant.id == DeskSession.consultant_id)
        .where(
            Consultant.enabled.is_(True),
            DeskSession.version == Consultant.session_version,
            condition,  # type: ignore[arg-type]  # a condition on consultants
        )
        .order_by(PushSubscription.id)
    )
    return [
        Device(row.id, consultant_id, name, row.endpoint, row.p256dh, row.auth, bool(row.failed_at))
        for row, consultant_id, name in rows
    ]
