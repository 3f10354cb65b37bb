"""Actions on a case: claim, release, requeue, transfer, hand over, resolve, reopen, snooze."""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from functools import partial

from faq.bank import Entry
from handlers import cases
from handlers.actions import handing_back
from handlers.actions.handing_back import say_as_bot
from handlers.actions.perform import Acting, Action, perform_each
from handlers.context import Context
from handlers.dialogue.types import Incoming
from handlers.inbound import turn_context
from storage.models.conversations import Case
from storage.queries import cases as stored_cases
from storage.queries import consultants, notes, turns


def claim(acting: Acting, *, take_over: bool = False) -> Case:
    """Take the conversation, within the consultant's capacity; a lead may take it over."""
    limit = acting.context.firm.capacity
    return cases.claim(
        acting.session,
        acting.conversation,
        acting.by,
        acting.now,
        limit=limit,
        take_over=take_over,
    )


def release(acting: Acting, *, tell: bool | None = None) -> Case:
    """Hand the conversation back to the bot; the merchant is told (handing_back)."""
    case = cases.release(acting.session, acting.conversation, acting.by, acting.now)
    handing_back.tell(acting, "released", tell=tell)
    return case


def release_to_entry(acting: Acting, entry: Entry) -> Case:
    """Back to the bot, which goes on as if the merchant had asked for this entry."""
    case = release(acting, tell=False)
    acting.trace(case, "continued", entry.question)
    acting.session.flush()
    known = turns.snapshot(acting.session.connection(), acting.conversation.openid)
    context = acting.context
    decision = context.decide(
        turn_context.build(context, known, acting.now, lambda: nullcontext(acting.session)),
        Incoming("text", entry.question),
        bank=context.published_bank.bank(),
        matcher=context.published_bank.matcher(),
        texts=context.texts,
    )
    if [reply.entry for reply in decision.replies][:1] != [entry.id]:
        say_as_bot(acting, entry.as_text(), entry=entry.id)
        return case
    acting.conversation.memory = dict(decision.memory)
    for reply in decision.replies:
        say_as_bot(acting, reply.text, entry=reply.entry)
    return case


def requeue(acting: Acting, *, tell: bool | None = None) -> Case:
    """Back to the queue for whoever is free; the merchant is told."""
    case = cases.requeue(acting.session, acting.conversation, acting.by, acting.now)
    handing_back.tell(acting, "requeued", tell=tell)
    return case


def transfer(acting: Acting, to: str, word: str = "") -> Case:
    """To a colleague, with a word for them that becomes an internal note."""
    session, conversation = acting.session, acting.conversation
    case = cases.transfer(session, conversation, acting.by, to=to, word=word, now=acting.now)
    if word:
        text = f"给 {to}：{word}"
        notes.add(
            session, conversation_id=conversation.id, consultant_id=acting.by.id, text=text,
            now=acting.now,
        )  # fmt: skip
    return case


def moving(to: str, word: str = "", *, tell: bool | None = None) -> Action[Case]:
    """The action that moves a case to this colleague, or with `to` "" back to the queue."""
    return partial(transfer, to=to, word=word) if to else partial(requeue, tell=tell)


def give_back(acting: Acting, *, former: Mapping[int, str], of: str) -> Case:
    """Undo a move: to whoever had it, "" for the queue, as long as `of` has it."""
    case = cases.movable(acting.session, acting.conversation, acting.by)
    if (case.consultant.name if case.consultant else "") != of:
        raise cases.CaseError("这个对话已经变了，没有撤回。")
    return moving(former.get(acting.conversation.id, ""), tell=False)(acting)


def hand_over(context: Context, consultant_id: int, *, of: int, to: str, word: str = "") -> int:
    """Move a consultant's open cases: one's own, or as a lead anybody's. Returns how many."""
    with context.database.read() as session:
        by = consultants.get(session, consultant_id)
        if by is None or (of != consultant_id and not cases.is_lead(by)):
            raise cases.NotOwnerError("只有管理员可以移交别人的对话。")
        theirs = list(stored_cases.claimed_by(session, of))
    return len(perform_each(context, consultant_id, theirs, moving(to, word)))


def resolve(
    acting: Acting,
    outcome: str = "resolved",
    *,
    tell: bool | None = None,
    ask_rating: bool | None = None,
) -> Case:
    """The case is done; the merchant is told, and asked how it went unless that was a short while
    ago (`ask_rating` says yes or no to that)."""
    session, conversation = acting.session, acting.conversation
    case = cases.resolve(session, conversation, acting.by, now=acting.now, outcome=outcome)
    if ask_rating is None:
        ask_rating = tell is not False and handing_back.may_ask(acting)
    if ask_rating:
        acting.trace(case, "rating_asked")
    handing_back.tell(acting, "resolved", tell=tell, rating=ask_rating)
    return case


def reopen(acting: Acting) -> Case:
    """Take back that it was finished."""
    return cases.reopen(acting.session, acting.conversation, acting.by, acting.now)


def snooze(acting: Acting, until: datetime) -> Case:
    """Out of sight until then, or until the merchant writes."""
    session, conversation = acting.session, acting.conversation
    return cases.snooze(session, conversation, acting.by, until=until, now=acting.now)
