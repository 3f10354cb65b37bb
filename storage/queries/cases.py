"""Cases and their trace. Who may do what is decided in handlers/cases.py; this only remembers."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from storage import known_cases
from storage.models.conversations import Case, CaseEvent, Consultant
from storage.models.desk import Absence

__all__ = ["Case", "claim", "history", "open_new", "trace"]


def open_new(session: Session, case: Case, *, actor: str) -> Case:
    session.add(case)
    session.flush()
    known_cases.note(session, case)
    trace(session, case, at=case.opened_at, actor=actor, action="opened", detail=case.reason)
    return case


def trace(
    session: Session, case: Case, *, at: datetime, actor: str, action: str, detail: str = ""
) -> None:
    session.add(CaseEvent(case_id=case.id, at=at, actor=actor, action=action, detail=detail))


def claim(session: Session, case_id: int, consultant_id: int, now: datetime) -> bool:
    """Take a waiting case; False when somebody else was first. One UPDATE decides."""
    taken = session.execute(
        update(Case)
        .where(Case.id == case_id, Case.state == "waiting")
        .values(state="claimed", consultant_id=consultant_id, claimed_at=now, worked_at=now)
        .returning(Case.id)
    ).all()
    return len(taken) == 1


def waiting_before(session: Session, opened_at: datetime) -> int:
    """How many cases have waited longer than one opened at this moment."""
    return session.scalar(
        select(func.count()).where(Case.state == "waiting", Case.opened_at < opened_at)
    ) or 0  # fmt: skip


def claimed_since(
    session: Session, since: datetime, *, limit: int
) -> Sequence[tuple[datetime, datetime, datetime | None]]:
    """When the latest claimed cases were opened, claimed and closed: what they really take."""
    rows = session.execute(
        select(Case.opened_at, Case.claimed_at, Case.closed_at)
        .where(Case.claimed_at.is_not(None), Case.claimed_at >= since, Case.reason != "stepped_in")
        .order_by(Case.claimed_at.desc())
        .limit(limit)
    )
    return [(opened, claimed, closed) for opened, claimed, closed in rows if claimed is not None]


def rate_latest(session: Session, conversation_id: int, rating: int, now: datetime) -> None:
    """Put the merchant's rating (1 to 5) on the case that ended last, if there is one."""
    case = session.scalars(
        select(Case)
        .where(Case.conversation_id == conversation_id, Case.closed_at.is_not(None))
        .order_by(Case.id.desc())
        .limit(1)
    ).one_or_none()
    if case is not None:
        case.rating = rating
        trace(session, case, at=now, actor="merchant", action="rated", detail=f"{rating} 分")


def history(session: Session, conversation_id: int) -> Sequence[Case]:
    """All cases of a conversation, oldest first."""
    return session.scalars(
        select(Case)
        .where(Case.conversation_id == conversation_id)
        .options(joinedload(Case.consultant))
        .order_by(Case.id)
    ).all()


def events(session: Session, conversation_id: int) -> Sequence[CaseEvent]:
    """The trace of all cases of a conversation, oldest first."""
    return session.scalars(
        select(CaseEvent)
        .join(Case, CaseEvent.case_id == Case.id)
        .where(Case.conversation_id == conversation_id)
        .order_by(CaseEvent.id)
    ).all()


def on_duty(session: Session, today: date) -> int:
    """How many consultants take new cases now; who is away today is not counted."""
    here = Consultant.id.not_in(Absence.on(today))
    on_duty = select(func.count()).where(
        Consultant.enabled.is_(True), Consultant.duty == "on", here
    )
    return session.scalar(on_duty) or 0


def waiting_conversations(session: Session) -> Sequence[int]:
    """The conversations that wait for a human, the longest wait first."""
    query = select(Case.conversation_id).where(Case.state == "waiting")
    return session.scalars(query.order_by(Case.opened_at, Case.id)).all()


def gave_up(session: Session, case_id: int) -> set[str]:
    """Names of those who put this case back, or let it go back by leaving it alone."""
    rows = session.execute(
        select(CaseEvent.action, CaseEvent.actor, CaseEvent.detail).where(
            CaseEvent.case_id == case_id, CaseEvent.action.in_(["requeued", "expired"])
        )
    )
    return {actor if action == "requeued" else detail for action, actor, detail in rows}


def open_of(session: Session, consultant_id: int) -> int:
    """How many open cases this consultant has."""
    return session.scalar(
        select(func.count()).where(Case.state == "claimed", Case.consultant_id == consultant_id)
    ) or 0  # fmt: skip


def claimed_by(session: Session, consultant_id: int) -> Sequence[int]:
    """The conversations that this consultant has."""
    return session.scalars(
        select(Case.conversation_id)
        .where(Case.state == "claimed", Case.consultant_id == consultant_id)
        .order_by(Case.conversation_id)
    ).all()


def to_alert(session: Session, *, told_before: datetime) -> Sequence[Case]:
    """Waiting cases that nobody was told of, or not since then; the longest wait first."""
    return session.scalars(
        select(Case)
        .where(
            Case.state == "waiting",
            or_(Case.alerted_at.is_(None), Case.alerted_at <= told_before),
        )
        .options(joinedload(Case.conversation))
        .order_by(Case.opened_at)
    ).all()


def alerted(session: Session, case_ids: Sequence[int], now: datetime) -> None:
    """Consultants were told of these; what was told before leaves a trace."""
    for case in session.scalars(select(Case).where(Case.id.in_(case_ids))):
        if case.alerted_at is not None:
            trace(session, case, at=now, actor="system", action="alerted")
        case.alerted_at = now
