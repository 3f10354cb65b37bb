"""One turn of a conversation in plain statements: read without a lock, and written under it only
if nothing has changed in between.

As objects the same takes twice the processor time, and a decision made under SQLite's one write
lock keeps everybody waiting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, bindparam, cast, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.conversations import OPEN_STATES, State, state_in
from storage.database import AgainError, Turn
from storage.deliveries import LEAVING, WAITING
from storage.live import CHANNEL
from storage.tables import Case, Conversation, Delivery


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A conversation as it stood at one moment. `version` None: the merchant is new.

    `unfinished`: something waits for them, or is leaving.
    """

    openid: str
    version: int | None
    begun: datetime | None
    memory: Mapping[str, Any]
    window_left: int
    window_until: datetime | None
    state: State
    opened_at: datetime | None
    unfinished: bool


_UNFINISHED = (
    select(Delivery.id)
    .where(Delivery.conversation_id == Conversation.id, Delivery.state.in_((*WAITING, *LEAVING)))
    .exists()
)
_SNAPSHOT = (
    select(
        Conversation.version,
        Conversation.created_at,
        Conversation.memory,
        Conversation.window_left,
        Conversation.window_until,
        Case.state,
        Case.opened_at,
        _UNFINISHED,
    )
    .outerjoin(Case, (Case.conversation_id == Conversation.id) & Case.state.in_(OPEN_STATES))
    .where(Conversation.openid == bindparam("openid"))
)
# PostgreSQL tells the open desk pages in the same statement, once the transaction commits.
_NOTIFY = func.pg_notify(CHANNEL, cast(Conversation.id, String))
# One that was erased and begun anew counts its versions from the beginning.
_UNCHANGED = update(Conversation).where(
    Conversation.openid == bindparam("whose"),
    Conversation.version == bindparam("seen"),
    Conversation.created_at == bindparam("begun"),
)
_HOLD = select(Conversation.id).where(Conversation.openid == bindparam("openid")).with_for_update()
_ADVANCE = {
    "sqlite": _UNCHANGED.returning(Conversation.id),
    "postgresql": _UNCHANGED.returning(Conversation.id, _NOTIFY),
}
_BEGIN = {
    "sqlite": sqlite.insert(Conversation)
    .on_conflict_do_nothing(index_elements=["openid"])
    .returning(Conversation.id),
    "postgresql": postgresql.insert(Conversation)
    .on_conflict_do_nothing(index_elements=["openid"])
    .returning(Conversation.id, _NOTIFY),
}


def snapshot(connection: Connection, openid: str) -> Snapshot:
    row = connection.execute(_SNAPSHOT, {"openid": openid}).one_or_none()
    if row is None:
        return Snapshot(openid, None, None, {}, 0, None, "bot", None, unfinished=False)
    version, begun, memory, left, until, case_state, opened_at, unfinished = row
    state = state_in(case_state)
    return Snapshot(openid, version, begun, memory, left, until, state, opened_at, unfinished)


def hold(turn: Turn, openid: str) -> None:
    """Before looking, so that nothing changes between that and `advance`."""
    turn.hold()
    turn.connection.execute(_HOLD, {"openid": openid})


def advance(turn: Turn, since: Snapshot, changes: Mapping[str, Any], now: datetime) -> int:
    """Hold the conversation until the transaction ends, and make these changes. Returns its id.

    Raises AgainError if it is no longer as it was: what was decided holds no more.
    """
    turn.hold()
    conversation_id = _advanced(turn.connection, since, {**changes, "updated_at": now})
    if conversation_id is None:
        raise AgainError
    return conversation_id


def _advanced(connection: Connection, since: Snapshot, row: dict[str, Any]) -> int | None:
    dialect = connection.dialect.name
    if since.version is None:
        row |= {"openid": since.openid, "created_at": row["updated_at"]}
        return connection.execute(_BEGIN[dialect], row).scalar_one_or_none()
    row |= {"whose": since.openid, "seen": since.version, "begun": since.begun}
    row["version"] = since.version + 1
    return connection.execute(_ADVANCE[dialect], row).scalar_one_or_none()
