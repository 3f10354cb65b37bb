"""Turns of conversations in plain statements: read without a lock, and written under it only
where nothing has changed in between.

As objects the same takes twice the processor time, and a decision made under SQLite's one write
lock keeps everybody waiting. One statement serves all turns of a group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, bindparam, cast, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import GroupTransaction
from storage.live import CHANNEL
from storage.models.conversations import Case, Conversation, Delivery
from storage.queries.conversations import OPEN_STATES, State, state_in
from storage.queries.deliveries import UNDER_WAY, WAITING


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A conversation as it stood at one moment. `version` None: the merchant is new.

    `unfinished`: something waits for them, or is leaving.
    """

    openid: str
    version: int | None
    begun: datetime | None
    memory: Mapping[str, Any]
    following: bool
    last_merchant_at: datetime | None
    window_left: int
    window_until: datetime | None
    state: State
    opened_at: datetime | None
    unfinished: bool


_THESE = Conversation.openid.in_(bindparam("openids", expanding=True))
_UNFINISHED = (
    select(Delivery.id)
    .where(Delivery.conversation_id == Conversation.id, Delivery.state.in_((*WAITING, *UNDER_WAY)))
    .exists()
)
_SNAPSHOTS = (
    select(
        Conversation.openid,
        Conversation.version,
        Conversation.created_at,
        Conversation.memory,
        Conversation.following,
        Conversation.last_merchant_at,
        Conversation.window_left,
        Conversation.window_until,
        Case.state,
        Case.opened_at,
        _UNFINISHED,
    )
    .outerjoin(Case, (Case.conversation_id == Conversation.id) & Case.state.in_(OPEN_STATES))
    .where(_THESE)
)
# FOR NO KEY UPDATE: inserting a row that refers to the conversation, such as a note, need not wait.
_WAIT = select(Conversation.id).where(_THESE).with_for_update(key_share=True)
_STANDING = select(
    Conversation.id, Conversation.openid, Conversation.version, Conversation.created_at
).where(_THESE)
# PostgreSQL tells the open desk pages, once the transaction commits.
_NOTIFY = func.pg_notify(CHANNEL, cast(Conversation.id, String))
_HOLD = {
    "sqlite": _STANDING,
    "postgresql": _STANDING.add_columns(_NOTIFY).with_for_update(skip_locked=True, key_share=True),
}
_BEGIN = {
    "sqlite": sqlite.insert(Conversation)
    .on_conflict_do_nothing(index_elements=["openid"])
    .returning(Conversation.id, Conversation.openid),
    "postgresql": postgresql.insert(Conversation)
    .on_conflict_do_nothing(index_elements=["openid"])
    .returning(Conversation.id, Conversation.openid, _NOTIFY),
}
_ADVANCE = update(Conversation).where(Conversation.id == bindparam("held"))


def snapshots(connection: Connection, openids: Sequence[str]) -> dict[str, Snapshot]:
    """One for each openid, taken together."""
    found = {openid: _unknown(openid) for openid in openids}
    for row in connection.execute(_SNAPSHOTS, {"openids": openids}):
        openid, version, begun, memory, following, last, left, until, case, opened, open_ends = row
        found[openid] = Snapshot(
            openid, version, begun, memory, following, last, left, until, state_in(case), opened,
            open_ends,
        )  # fmt: skip
    return found


def snapshot(connection: Connection, openid: str) -> Snapshot:
    return snapshots(connection, [openid])[openid]


def _unknown(openid: str) -> Snapshot:
    return Snapshot(
        openid, version=None, begun=None, memory={}, following=True, last_merchant_at=None,
        window_left=0, window_until=None, state="bot", opened_at=None, unfinished=False,
    )  # fmt: skip


def wait_for(turn: GroupTransaction, openid: str) -> None:
    """Before looking, so that nothing changes between that and `hold`."""
    turn.hold()
    turn.connection.execute(_WAIT, {"openids": [openid]})


def hold(turn: GroupTransaction, known: Sequence[Snapshot], now: datetime) -> dict[str, int]:
    """Hold these conversations, each once, until the transaction ends: openid → id.

    Those that are no longer as they were, or that somebody else holds, are left out, without
    waiting for them: what was decided about them holds no more.
    """
    turn.hold()
    new = [since for since in known if since.version is None]
    held = _unchanged(turn.connection, [since for since in known if since.version is not None])
    if new:
        held |= _begun(turn.connection, new, now)
    return held


def _unchanged(connection: Connection, known: Sequence[Snapshot]) -> dict[str, int]:
    if not known:
        return {}
    # One that was erased and begun anew counts its versions from the beginning.
    seen = {since.openid: (since.version, since.begun) for since in known}
    rows = connection.execute(_HOLD[connection.dialect.name], {"openids": list(seen)})
    return {row.openid: row.id for row in rows if seen[row.openid] == (row.version, row.created_at)}


def _begun(connection: Connection, new: Sequence[Snapshot], now: datetime) -> dict[str, int]:
    # In one order everywhere: two processes that each wait for the other's newcomer never end.
    rows = [
        {"openid": openid, "created_at": now, "updated_at": now, "memory": {}}
        for openid in sorted(since.openid for since in new)
    ]
    return {row.openid: row.id for row in connection.execute(_BEGIN[connection.dialect.name], rows)}


@dataclass(frozen=True, slots=True)
class ConversationUpdate:
    """What becomes of a conversation that is held."""

    id: int
    since: Snapshot
    memory: Mapping[str, Any]
    following: bool
    last_merchant_at: datetime | None
    window_left: int
    window_until: datetime | None


def advance(connection: Connection, changes: Sequence[ConversationUpdate], now: datetime) -> None:
    """Make these changes to conversations that are held."""
    rows = [
        {
            "held": change.id,
            "version": 0 if change.since.version is None else change.since.version + 1,
            "memory": change.memory,
            "following": change.following,
            "last_merchant_at": change.last_merchant_at,
            "window_left": change.window_left,
            "window_until": change.window_until,
            "updated_at": now,
        }
        for change in changes
    ]
    if rows:
        connection.execute(_ADVANCE, rows)
