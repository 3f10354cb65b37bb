"""The lists of the desk: conversations with what a consultant needs to choose the next one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from storage.models.conversations import (
    Case,
    Consultant,
    Conversation,
    Delivery,
    Message,
)
from storage.models.desk import ConversationTag, Tag
from storage.queries.conversations import OPEN_STATES

Which = Literal["waiting", "mine", "team", "bot", "closed"]
PAGE = 50
# What counts as «the bot is serving them now»: older ones stay reachable, but are no number.
LIVELY = timedelta(hours=24)
LOOKED_AT = 4  # messages of a merchant, for words that tell something


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty values narrow nothing. `day` is [from, until)."""

    reasons: tuple[str, ...] = ()
    consultant_id: int | None = None
    tag_id: int | None = None
    day: tuple[datetime, datetime] | None = None


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: `case` is the open one, or the closed one that the line is about."""

    conversation: Conversation
    case: Case | None
    last: Message | None
    held: int = 0
    tags: tuple[str, ...] = ()
    owed_since: datetime | None = None
    """Since when the merchant of a claimed case waits for the consultant's answer."""
    said: Message | None = None
    """The merchant's own last words."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of the tabs. `owed` is, per consultant id, in how many cases the merchant waits."""

    waiting: int = 0
    bot: int = 0
    claimed: dict[int, int] = field(default_factory=dict)
    """Open cases per consultant id."""


def rows(
    session: Session,
    which: Which,
    *,
    me: int,
    filters: Filters = NO_FILTERS,
    offset: int = 0,
    limit: int = PAGE,
) -> list[Row]:
    """One page of a list, in the order in which a consultant should look at it."""
    query = _narrowed(_of(which, me), which, filters).offset(offset).limit(limit)
    return _dressed(session, [(row[0], row[1]) for row in session.execute(query)])


def by_ids(session: Session, conversation_ids: Sequence[int]) -> list[Row]:
    """These conversations with their open case, in the order of the ids."""
    query = _joined(Case.state.in_(OPEN_STATES)).where(Conversation.id.in_(conversation_ids))
    found = {row[0].id: (row[0], row[1]) for row in session.execute(query)}
    return _dressed(session, [found[i] for i in conversation_ids if i in found])


def counts(session: Session, now: datetime) -> Counts:
    open_cases = session.execute(
        select(Case.state, Case.consultant_id, func.count())
        .where(Case.state.in_(OPEN_STATES))
        .group_by(Case.state, Case.consultant_id)
    ).all()
    lively = session.scalar(
        select(func.count())
        .select_from(Conversation)
        .outerjoin(Case, (Case.conversation_id == Conversation.id) & Case.state.in_(OPEN_STATES))
        .where(Conversation.updated_at >= now - LIVELY, Case.id.is_(None))
    )
    return Counts(
        waiting=sum(row[2] for row in open_cases if row[0] == "waiting"),
        bot=lively or 0,
        claimed={row[1]: row[2] for row in open_cases if row[1] is not None},
    )


_Found = tuple[Conversation, Case | None]


def _joined(on: ColumnElement[bool]) -> Select[Conversation, Case]:
    return (
        select(Conversation, Case)
        .outerjoin(Case, (Case.conversation_id == Conversation.id) & on)
        .options(joinedload(Case.consultant))
    )


def _last_said(session: Session, ids: Sequence[int]) -> dict[int, Message]:
    """The newest message of each. Only for the lines of one page: PostgreSQL would look it up for
    every conversation before it sorts them."""
    newest = (
        select(func.max(Message.id))
        .where(Message.conversation_id.in_(ids), Message.author != "system")
        .group_by(Message.conversation_id)
    )
    found = session.scalars(
        select(Message).where(Message.id.in_(newest)).options(joinedload(Message.consultant))
    )
    return {message.conversation_id: message for message in found}


def _words_of_merchants(session: Session, ids: Sequence[int]) -> dict[int, Message]:
    """The newest message of each merchant that tells what they want; 转人工 and 2 do only where
    nothing else was said."""
    place = func.row_number().over(partition_by=Message.conversation_id, order_by=Message.id.desc())
    newest = (
        select(Message.id.label("id"), place.label("place"))
        .where(Message.conversation_id.in_(ids), Message.author == "merchant")
        .subquery()
    )
    found = session.scalars(
        select(Message)
        .join(newest, newest.c.id == Message.id)
        .where(newest.c.place <= LOOKED_AT)
        .order_by(Message.id.desc())
    )
    said: dict[int, list[Message]] = {}
    for message in found:
        said.setdefault(message.conversation_id, []).append(message)
    return {id_: next(filter(_tells, all_of), all_of[0]) for id_, all_of in said.items()}


def _tells(message: Message) -> bool:
    asks_for_people = (message.understanding or {}).get("outcome") == "human"
    return not asks_for_people and not message.text.strip().isdigit()


def owed_since(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """When the first message came that no consultant has answered, per conversation."""
    answered = (
        select(Message.conversation_id, func.max(Message.id).label("last"))
        .where(Message.conversation_id.in_(ids), Message.author == "consultant")
        .group_by(Message.conversation_id)
        .subquery()
    )
    rows = session.execute(
        select(Message.conversation_id, func.min(Message.created_at))
        .outerjoin(answered, answered.c.conversation_id == Message.conversation_id)
        .where(
            Message.conversation_id.in_(ids),
            Message.author == "merchant",
            Message.id > func.coalesce(answered.c.last, 0),
        )
        .group_by(Message.conversation_id)
    )
    return {row[0]: row[1] for row in rows}


def _of(which: Which, me: int) -> Select[Conversation, Case]:
    if which == "closed":
        # By the time and not by the state: SQLite then walks the index instead of sorting them all.
        query = _joined(Case.closed_at.is_not(None)).where(Case.id.is_not(None))
        return query.order_by(Case.closed_at.desc(), Case.id.desc())
    query = _joined(Case.state.in_(OPEN_STATES))
    if which == "waiting":
        return query.where(Case.state == "waiting").order_by(Case.opened_at, Case.id)
    newest_first = (Conversation.updated_at.desc(), Conversation.id)
    if which == "bot":
        # Not «Case.id is null»: PostgreSQL would join and sort all conversations for one page.
        with_people = select(Case.conversation_id).where(Case.state.in_(OPEN_STATES))
        return query.where(Conversation.id.not_in(with_people)).order_by(*newest_first)
    claimed = query.where(Case.state == "claimed").order_by(*newest_first)
    return claimed.where(Case.consultant_id == me if which == "mine" else Case.consultant_id != me)


def _narrowed(
    query: Select[Conversation, Case], which: Which, filters: Filters
) -> Select[Conversation, Case]:
    if filters.reasons:
        query = query.where(Case.reason.in_(filters.reasons))
    if filters.consultant_id is not None:
        query = query.where(Case.consultant_id == filters.consultant_id)
    if filters.tag_id is not None:
        tagged = select(ConversationTag.conversation_id).where(
            ConversationTag.tag_id == filters.tag_id
        )
        query = query.where(Conversation.id.in_(tagged))
    if filters.day is not None:
        when = Conversation.updated_at if which == "bot" else Case.opened_at
        query = query.where(when >= filters.day[0], when < filters.day[1])
    return query


def _dressed(session: Session, found: Sequence[_Found]) -> list[Row]:
    ids = [row[0].id for row in found]
    last, said = _last_said(session, ids), _words_of_merchants(session, ids)
    claimed = [
        conversation.id
        for conversation, case in found
        if case is not None and case.state == "claimed"
    ]
    owed = owed_since(session, claimed) if claimed else {}
    held: dict[int, int] = {
        row[0]: row[1]
        for row in session.execute(
            select(Delivery.conversation_id, func.count())
            .where(Delivery.conversation_id.in_(ids), Delivery.state == "held")
            .group_by(Delivery.conversation_id)
        )
    }
    tags: dict[int, list[str]] = {}
    for row in session.execute(
        select(ConversationTag.conversation_id, Tag.name)
        .join(Tag, Tag.id == ConversationTag.tag_id)
        .where(ConversationTag.conversation_id.in_(ids))
        .order_by(Tag.name)
    ):
        tags.setdefault(row[0], []).append(row[1])
    return [
        Row(
            conversation,
            case,
            last.get(conversation.id),
            held.get(conversation.id, 0),
            tuple(tags.get(conversation.id, ())),
            _since(case, owed.get(conversation.id)),
            said.get(conversation.id),
        )
        for conversation, case in found
    ]


def _since(case: Case | None, owed: datetime | None) -> datetime | None:
    """The wait for this consultant begins when they took the case, however old the message is."""
    if case is None or owed is None:
        return None
    return max(owed, case.claimed_at) if case.claimed_at else owed


def colleagues(session: Session) -> Sequence[Consultant]:
    """Everybody who may take a case, by name."""
    return session.scalars(
        select(Consultant).where(Consultant.enabled.is_(True)).order_by(Consultant.name)
    ).all()
