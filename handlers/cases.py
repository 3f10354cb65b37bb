"""A case's whole life and every rule of it: who may speak, open, claim, transfer and close.

Functions take a session and never commit. An action that is not allowed raises a CaseError with a
sentence for the consultant:

    CaseError
    ├── NoCaseError           there is nothing open to act on
    ├── AlreadyClaimedError   another consultant has it
    ├── CapacityError         this consultant has as many open cases as one may have
    └── NotOwnerError         only the consultant who claimed it may do this
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage import known_cases
from storage.database import Session
from storage.models.conversations import Case, Consultant, Conversation, Message
from storage.queries import cases, consultants, conversations, messages

REOPEN = timedelta(hours=24)
# «Until the merchant writes» has no date; by then nobody waits for the answer any more.
UNTIL_REPLY = timedelta(days=30)


class CaseError(Exception):
    """Refused; the text says why and what to do, in Chinese, for the consultant."""


class NoCaseError(CaseError):
    pass


class AlreadyClaimedError(CaseError):
    pass


class CapacityError(CaseError):
    pass


class NotOwnerError(CaseError):
    pass


@dataclass(frozen=True, slots=True)
class Opening:
    """Why a human is wanted and what is known already."""

    reason: str
    summary: str = ""
    form: Mapping[str, str] | None = None


def may_bot_speak(state: conversations.State) -> bool:
    """False while a consultant has the conversation. Ask again right before every send, under the
    conversation's lock."""
    return state != "consultant"


def open_case(
    session: Session, conversation: Conversation, opening: Opening, now: datetime
) -> Case:
    """The open case of this conversation: a new one, or the one that is open already."""
    case = conversations.open_case(session, conversation.id)
    if case is None:
        case = cases.open_new(
            session,
            Case(
                conversation_id=conversation.id,
                reason=opening.reason,
                summary=opening.summary,
                form=dict(opening.form or {}),
                opened_at=now,
            ),
            actor="bot",
        )
    elif opening.form:
        add_to_form(case, opening.form)
    conversations.touch(session, conversation, now)
    return case


def add_to_form(case: Case, fields: Mapping[str, str]) -> None:
    """Materials that came in while waiting. A new dict, so that the change is seen."""
    case.form = {**case.form, **fields}


def cancel(session: Session, conversation: Conversation, now: datetime) -> None:
    """The merchant called it off. A claimed case stays: the consultant decides."""
    case = conversations.open_case(session, conversation.id)
    if case is not None and case.state == "waiting":
        _close(session, case, state="cancelled", outcome="merchant", now=now)
        cases.trace(session, case, at=now, actor="merchant", action="cancelled")
        conversations.touch(session, conversation, now)


def claim(
    session: Session,
    conversation: Conversation,
    by: Consultant,
    now: datetime,
    *,
    limit: int,
    take_over: bool = False,
) -> Case:
    """Take the conversation. Without an open case this steps into the bot's conversation.

    `limit` is how many cases one consultant may have at a time, unless theirs says otherwise;
    0 sets none. `take_over` takes it from a colleague, which only a lead may do.
    """
    case = conversations.open_case(session, conversation.id)
    if case is not None and case.consultant_id == by.id:
        return case
    _check_limit(session, by, by.case_limit or limit)
    if take_over and case is not None and case.consultant_id is not None:
        return _take_over(session, conversation, case, by=by, now=now)
    case = case or _step_in(session, conversation, by, now)
    if not cases.claim(session, case.id, by.id, now):
        session.refresh(case)
        owner = case.consultant.name if case.consultant else "别的同事"
        raise AlreadyClaimedError(f"{owner} 已经接入了这个对话。")
    session.refresh(case)
    cases.trace(session, case, at=now, actor=by.name, action="claimed")
    _say_at_desk(session, conversation, f"{by.name} 接入了对话", now)
    return case


def _step_in(session: Session, conversation: Conversation, by: Consultant, now: datetime) -> Case:
    """A case that nobody asked for: the consultant takes over from the bot."""
    case = Case(
        conversation_id=conversation.id, reason="stepped_in", opened_at=now, state="waiting"
    )
    return cases.open_new(session, case, actor=by.name)


def assign(
    session: Session, conversation: Conversation, case: Case, to: Consultant, now: datetime
) -> bool:
    """Give a waiting case to a consultant who is free; False when somebody was first."""
    if not cases.claim(session, case.id, to.id, now):
        return False
    session.refresh(case)
    cases.trace(session, case, at=now, actor="system", action="assigned", detail=to.name)
    _say_at_desk(session, conversation, f"自动分给了 {to.name}", now)
    return True


def is_lead(by: Consultant) -> bool:
    """May take over, move anyone's case, and see the whole team."""
    return by.role == "admin"


def _take_over(
    session: Session, conversation: Conversation, case: Case, *, by: Consultant, now: datetime
) -> Case:
    if not is_lead(by):
        raise NotOwnerError("只有管理员可以接手同事的对话。请对方转给你。")
    owner = case.consultant.name if case.consultant else ""
    _give(case, by, now)
    cases.trace(session, case, at=now, actor=by.name, action="taken_over", detail=owner)
    _say_at_desk(session, conversation, f"{by.name} 接手了 {owner} 的对话", now)
    session.flush()
    session.refresh(case)
    return case


def _give(case: Case, to: Consultant, now: datetime) -> None:
    case.state, case.consultant_id, case.claimed_at, case.worked_at = "claimed", to.id, now, now
    case.snoozed_until = case.snoozed_at = None


def _check_limit(session: Session, by: Consultant, limit: int) -> None:
    consultants.lock(session, by.id)  # whoever gives them a case at this moment counts after us
    has = cases.open_of(session, by.id)
    if limit and has >= limit:
        raise CapacityError(f"你手上已经有 {has} 个对话，到了上限。先结束或转出一个，再接新的。")


def release(session: Session, conversation: Conversation, by: Consultant, now: datetime) -> Case:
    """Hand the conversation back to the bot."""
    return _finish(session, conversation, by, now=now, outcome="released")


def resolve(
    session: Session,
    conversation: Conversation,
    by: Consultant,
    *,
    now: datetime,
    outcome: str = "resolved",
) -> Case:
    """The case is done; the bot is back. A waiting case may be resolved by anybody."""
    return _finish(session, conversation, by, now=now, outcome=outcome)


def requeue(session: Session, conversation: Conversation, by: Consultant, now: datetime) -> Case:
    """Back to the queue for whoever is free; the wait counts from when it was opened."""
    case = movable(session, conversation, by)
    _unclaim(case)
    cases.trace(session, case, at=now, actor=by.name, action="requeued")
    _say_at_desk(session, conversation, f"{by.name} 把对话放回了待接入", now)
    return case


def transfer(
    session: Session,
    conversation: Conversation,
    by: Consultant,
    *,
    to: str,
    word: str,
    now: datetime,
) -> Case:
    """Hand it to another consultant, with a word for them that the merchant never sees.

    A lead may move anyone's case, and one that still waits.
    """
    case = movable(session, conversation, by)
    target = consultants.by_name(session, to)
    if target is None or not target.enabled:
        raise CaseError(f"没有叫「{to}」的顾问，或账号已停用。请从名单里选一位。")
    owner = case.consultant
    _give(case, target, now)
    if owner is not None and owner.id not in {by.id, target.id}:
        cases.trace(session, case, at=now, actor=by.name, action="moved", detail=owner.name)
    cases.trace(
        session, case, at=now, actor=by.name, action="transferred", detail=f"{to} {word}".strip()
    )
    _say_at_desk(session, conversation, f"{by.name} 把对话转给了 {to}", now)
    session.flush()
    session.refresh(case)
    return case


def snooze(
    session: Session,
    conversation: Conversation,
    by: Consultant,
    *,
    until: datetime,
    now: datetime,
) -> Case:
    """Out of sight until then, or until the merchant writes."""
    case = owned(session, conversation, by)
    case.snoozed_until, case.snoozed_at, case.worked_at = until, now, now
    cases.trace(session, case, at=now, actor=by.name, action="snoozed", detail=until.isoformat())
    conversations.touch(session, conversation, now)
    return case


def is_snoozed(case: Case, conversation: Conversation, now: datetime) -> bool:
    """The time is not over and the merchant has not written since."""
    if case.snoozed_until is None or case.snoozed_until <= now:
        return False
    wrote = conversation.last_merchant_at
    return wrote is None or case.snoozed_at is None or wrote <= case.snoozed_at


def may_reopen(case: Case | None, by: Consultant, now: datetime) -> bool:
    """Closed a short while ago, by a consultant: a slip of the thumb can be taken back."""
    if case is None or case.state != "resolved" or case.closed_at is None:
        return False
    mine = case.consultant_id in {None, by.id} or is_lead(by)
    return mine and now - case.closed_at <= REOPEN


def reopen(session: Session, conversation: Conversation, by: Consultant, now: datetime) -> Case:
    """Take back that it was finished; the case is the consultant's again."""
    history = cases.history(session, conversation.id)
    case = history[-1] if history else None
    if conversations.open_case(session, conversation.id) is not None:
        raise CaseError("这个对话已经有新的人工服务，不用撤回。")
    if case is None or not may_reopen(case, by, now):
        raise CaseError("结束太久了，不能撤回。需要继续时请直接接入。")
    case.state, case.outcome, case.closed_at = "claimed", "", None
    case.consultant_id, case.worked_at = by.id, now
    case.claimed_at = case.claimed_at or now
    known_cases.note(session, case)
    cases.trace(session, case, at=now, actor=by.name, action="reopened")
    _say_at_desk(session, conversation, f"{by.name} 撤回了结束，继续接待", now)
    session.flush()
    session.refresh(case)
    return case


def owned(session: Session, conversation: Conversation, by: Consultant) -> Case:
    """The open case, if this consultant has it. This is how you get a case to act on."""
    case = conversations.open_case(session, conversation.id)
    if case is None:
        raise NoCaseError("这个对话现在由机器人接待，请先接入。")
    if case.consultant_id != by.id:
        if case.consultant is None:
            raise NotOwnerError("还没有人接入，请先点「接入」。")
        raise NotOwnerError(
            f"这个对话由 {case.consultant.name} 负责。需要你来处理时，请对方转给你。"
        )
    return case


def movable(session: Session, conversation: Conversation, by: Consultant) -> Case:
    """The open case, if this consultant may hand it on: the owner, or a lead."""
    case = conversations.open_case(session, conversation.id)
    if case is not None and is_lead(by):
        return case
    return owned(session, conversation, by)


def requeue_all_of(session: Session, by: Consultant, now: datetime) -> int:
    """Their open cases go back to the queue, because they leave. Returns how many."""
    count = 0
    for conversation_id in cases.claimed_by(session, by.id):
        conversation = conversations.lock_by_id(session, conversation_id)
        case = conversations.open_case(session, conversation_id)
        if conversation is not None and case is not None and case.consultant_id == by.id:
            requeue(session, conversation, by, now)
            count += 1
    return count


def expires_at(case: Case, unanswered: datetime | None, claim_minutes: int) -> datetime | None:
    """When a claim goes back to the queue: nothing was done since it, or the merchant waits.

    `unanswered` is when the merchant first wrote after the last answer. Whatever the consultant
    did gives the time anew. None when they answered and wait for the merchant. A snoozed case
    does not expire: ask `is_snoozed` first.
    """
    worked = case.worked_at or case.claimed_at or case.opened_at
    if unanswered is None and worked != case.claimed_at:
        return None
    return max(worked, unanswered or worked) + timedelta(minutes=claim_minutes)


def expire_claim(session: Session, conversation: Conversation, case: Case, now: datetime) -> None:
    """Nobody worked on this claim for a while: back to the queue, with a trace."""
    owner = case.consultant.name if case.consultant else ""
    _unclaim(case)
    cases.trace(session, case, at=now, actor="system", action="expired", detail=owner)
    _say_at_desk(session, conversation, f"{owner} 一直没有处理，对话回到待接入", now)


def _finish(
    session: Session, conversation: Conversation, by: Consultant, *, now: datetime, outcome: str
) -> Case:
    case = conversations.open_case(session, conversation.id)
    if case is None:
        raise NoCaseError("这个对话没有进行中的人工服务。")
    if case.state == "claimed":
        owned(session, conversation, by)
    _close(session, case, state="resolved", outcome=outcome, now=now)
    conversation.human_ended_at = now
    action = "released" if outcome == "released" else "resolved"
    cases.trace(session, case, at=now, actor=by.name, action=action, detail=outcome)
    word = "交还给机器人" if outcome == "released" else "结束了这次服务"
    _say_at_desk(session, conversation, f"{by.name} {word}", now)
    return case


def _close(session: Session, case: Case, *, state: str, outcome: str, now: datetime) -> None:
    case.state, case.outcome, case.closed_at = state, outcome, now
    session.flush()


def _unclaim(case: Case) -> None:
    case.state, case.consultant_id, case.claimed_at, case.worked_at = "waiting", None, None, None
    case.alerted_at = case.snoozed_until = case.snoozed_at = None


def _say_at_desk(session: Session, conversation: Conversation, text: str, now: datetime) -> None:
    """A system line in the conversation: consultants see it, the merchant never does."""
    messages.add(
        session,
        Message(
            conversation_id=conversation.id,
            author="system",
            kind="event",
            text=text,
            created_at=now,
        ),
    )
    conversations.touch(session, conversation, now)
