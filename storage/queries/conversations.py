"""Conversations: one per merchant, found, locked, listed."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, String, bindparam, event, func, inspect, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapper, Session, joinedload

from storage import known_cases
from storage.models.conversations import Case, Conversation

State = Literal["bot", "waiting", "consultant"]
OPEN_STATES = ("waiting", "claimed")
PAGE = 200


def insert_new(session: Session) -> type[sqlite.Insert] | type[postgresql.Insert]:
    """The dialect's INSERT that knows ON CONFLICT."""
    name = session.get_bind().dialect.name
    return sqlite.Insert if name == "sqlite" else postgresql.Insert


# Said once and compiled once: building a statement costs more than running it.
_BY_OPENID = select(Conversation).where(Conversation.openid == bindparam("openid"))
_LOCKED = _BY_OPENID.with_for_update()
_NOTIFY = select(func.pg_notify("dianban_live", bindparam("id", type_=String)))
_IS_OPEN = select(Case.id).where(
    Case.conversation_id == bindparam("conversation_id"), Case.state.in_(OPEN_STATES)
)
_OPEN_CASE = (
    select(Case)
    .where(
        Case.conversation_id == bindparam("conversation_id"),
        Case.state.in_(OPEN_STATES),
    )
    .options(joinedload(Case.consultant))
)


def lock(session: Session, openid: str, now: datetime) -> Conversation:
    """The merchant's conversation, made if need be, and held until the transaction ends."""
    known_cases.forget(session)
    found = session.scalars(_LOCKED, {"openid": openid}).one_or_none()
    if found is not None:
        return found
    # Only for a new merchant: an INSERT that finds a conflict would still use up an id.
    session.execute(
        insert_new(session)(Conversation)
        .values(
            openid=openid, name="", following=True, memory={}, window_left=0, version=0,
            updated_at=now, created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["openid"])
    )  # fmt: skip
    return session.scalars(_LOCKED, {"openid": openid}).one()


def lock_by_id(session: Session, conversation_id: int) -> Conversation | None:
    known_cases.forget(session)
    return session.scalars(
        select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    ).one_or_none()


def get(session: Session, conversation_id: int) -> Conversation | None:
    return session.get(Conversation, conversation_id)


def held(session: Session, conversation_id: int) -> Conversation:
    """One that this transaction holds already."""
    return session.get_one(Conversation, conversation_id)


def by_openid(session: Session, openid: str) -> Conversation | None:
    return session.scalars(_BY_OPENID, {"openid": openid}).one_or_none()


def touch(session: Session, conversation: Conversation, now: datetime) -> None:
    """Say that something about it changed: open desk pages follow `version`."""
    conversation.version += 1
    conversation.updated_at = now
    # On the connection, so that it does not make the session write what is still unfinished.
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY, {"id": str(conversation.id)})


@event.listens_for(Conversation, "before_update")
def _raise_version(_: Mapper[Any], __: Connection, conversation: Conversation) -> None:
    """Whoever decided on an older snapshot must notice every change, announced or not."""
    if not inspect(conversation).attrs.version.history.has_changes():
        conversation.version += 1


def open_case(session: Session, conversation_id: int) -> Case | None:
    """The one open case, or None. Asked once a transaction: cases change only under the lock of
    their conversation, and `known_cases.note` tells of a new one.
    """
    known = known_cases.of(session)
    if conversation_id not in known:
        wanted = {"conversation_id": conversation_id}
        # Most conversations have none, and the plain question costs a third.
        is_open = session.connection().execute(_IS_OPEN, wanted).first() is not None
        known[conversation_id] = (
            session.scalars(_OPEN_CASE, wanted).one_or_none() if is_open else None
        )
    case = known[conversation_id]
    return case if case is not None and case.state in OPEN_STATES else None


def state_of(case: Case | None) -> State:
    """Derived, never stored: no open case → bot, unclaimed → waiting, claimed → consultant."""
    return state_in(None if case is None else case.state)


def state(session: Session, conversation_id: int) -> State:
    return state_of(open_case(session, conversation_id))


def state_in(case_state: str | None) -> State:
    """The same of a case's state alone, None without a case."""
    if case_state not in OPEN_STATES:
        return "bot"
    return "waiting" if case_state == "waiting" else "consultant"


Listed = tuple[Conversation, Case | None]


def _with_open_case() -> Select[Conversation, Case]:
    return (
        select(Conversation, Case)
        .outerjoin(
            Case,
            (Case.conversation_id == Conversation.id) & Case.state.in_(OPEN_STATES),
        )
        .options(joinedload(Case.consultant))
    )


def with_case(session: Session, conversation_id: int) -> Listed | None:
    row = session.execute(_with_open_case().where(Conversation.id == conversation_id)).one_or_none()
    return None if row is None else (row[0], row[1])


def listed(
    session: Session,
    *,
    state: State | None = None,
    openid: str | None = None,
    consultant_id: int | None = None,
    limit: int = PAGE,
) -> list[Listed]:
    """Conversations with their open case: waiting ones longest wait first, others newest first."""
    query = _with_open_case()
    if state == "bot":
        query = query.where(Case.id.is_(None))
    elif state is not None:
        query = query.where(Case.state == ("waiting" if state == "waiting" else "claimed"))
    if openid is not None:
        query = query.where(Conversation.openid == openid)
    if consultant_id is not None:
        query = query.where(Case.consultant_id == consultant_id)
    order = Case.opened_at if state == "waiting" else Conversation.updated_at.desc()
    rows = session.execute(query.order_by(order, Conversation.id).limit(limit))
    return [(row[0], row[1]) for row in rows]


def changed_since(
    session: Session, since: datetime, also: Collection[int] = ()
) -> list[tuple[int, int]]:
    """(id, version) of conversations that changed at or after `since`, and of these others."""
    which = Conversation.updated_at >= since
    if also:
        which = or_(which, Conversation.id.in_(also))
    rows = session.execute(select(Conversation.id, Conversation.version).where(which))
    return [(row[0], row[1]) for row in rows]


def display_name(conversation: Conversation) -> str:
    """The shop's name, or the end of the openid, which tells two merchants apart."""
    tail = "".join(letter for letter in conversation.openid if letter.isalnum())[-4:]
    return conversation.name or f"商家 {tail}"
