"""What goes in and out of the API. The OpenAPI document is made from these."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from handlers.api.shape import Shape
from handlers.outbound import outbox
from storage.models import conversations as rows
from storage.queries import conversations, messages
from wechat import quota


class NewMessage(Shape):
    """A consultant's words. The same `key` again returns the same message."""

    text: str = Field(min_length=1, max_length=20_000)
    key: str = Field(default="", max_length=64)


class NewNote(Shape):
    text: str = Field(min_length=1, max_length=20_000)


class Claim(Shape):
    """`take_over` takes it from a colleague: for admins only."""

    take_over: bool = False


class HandBack(Shape):
    """`tell`: whether the merchant is told who answers from now on. Left out, they are, but the
    last message that WeChat lets us send is not spent on it."""

    tell: bool | None = None


class TransferTo(Shape):
    """`to` is a consultant's name; `word` is for them alone."""

    to: str = Field(min_length=1, max_length=64)
    word: str = Field(default="", max_length=2_000)


class CaseOut(Shape):
    id: int
    reason: str
    state: str
    opened_at: datetime
    claimed_at: datetime | None
    summary: str
    form: dict[str, Any]


class QuotaOut(Shape):
    """What WeChat still lets us send before the merchant writes again."""

    left: int
    expires_at: datetime | None


class MessageOut(Shape):
    """`from` is merchant | bot | consultant | system; `delivery` is null for what came in."""

    id: int
    author: str = Field(alias="from")
    consultant: str | None
    kind: str
    text: str
    entry: str | None
    at: datetime
    delivery: Literal["sent", "pending", "held", "uncertain", "failed"] | None
    error: str | None
    bank_version: int | None
    """Of the bot's: what it knew when it said this."""


class ConversationOut(Shape):
    id: int
    merchant: str
    name: str
    state: Literal["bot", "waiting", "consultant"]
    consultant: str | None
    case: CaseOut | None
    following: bool
    updated_at: datetime


class FullConversationOut(ConversationOut):
    messages: list[MessageOut]
    quota: QuotaOut


class ConversationsOut(Shape):
    conversations: list[ConversationOut]


class NoteOut(Shape):
    id: int
    text: str
    consultant: str
    at: datetime


class ProfileIn(Shape):
    """Fields by name; those left out stay as they are, "" takes one out."""

    fields: dict[str, str] = Field(max_length=40)


class ProfileValueOut(Shape):
    """`told`: the merchant said it, nobody noted it down."""

    name: str
    label: str
    value: str
    told: bool
    by: str
    at: datetime | None


class ProfileOut(Shape):
    profile: list[ProfileValueOut]


class MomentOut(Shape):
    """`kind` is an action of a case's trace, or first | profile | verdict; `by` a consultant's
    name, or bot | merchant | system."""

    at: datetime
    by: str
    kind: str
    detail: str
    case: int | None


class TimelineOut(Shape):
    timeline: list[MomentOut]


class ErrorBody(Shape):
    code: str
    message: str


class ErrorOut(Shape):
    error: ErrorBody


def conversation(row: rows.Conversation, case: rows.Case | None) -> dict[str, Any]:
    """Keyword arguments for Conversation and FullConversation."""
    return {
        "id": row.id,
        "merchant": row.openid,
        "name": row.name,
        "state": conversations.state_of(case),
        "consultant": case.consultant.name if case and case.consultant else None,
        "case": case and _case(case),
        "following": row.following,
        "updated_at": row.updated_at,
    }


def _case(case: rows.Case) -> CaseOut:
    return CaseOut(
        id=case.id,
        reason=case.reason,
        state=case.state,
        opened_at=case.opened_at,
        claimed_at=case.claimed_at,
        summary=case.summary,
        form=case.form,
    )


def message(row: rows.Message) -> MessageOut:
    state = messages.delivery_state(row.deliveries)
    reasons = [delivery.error for delivery in row.deliveries if delivery.error]
    return MessageOut.model_validate(
        {
            "id": row.id,
            "from": row.author,
            "consultant": row.consultant.name if row.consultant else None,
            "kind": row.kind,
            "text": row.text,
            "entry": row.entry,
            "at": row.created_at,
            "delivery": state,
            "error": reasons[0] if reasons and state != "sent" else None,
            "bank_version": row.bank_version,
        }
    )


def quota_out(row: rows.Conversation, now: datetime) -> QuotaOut:
    window = outbox.window_of(row)
    left = quota.left(window, now)
    return QuotaOut(left=left, expires_at=window.expires_at if left else None)


def note(row: rows.Note) -> NoteOut:
    return NoteOut(id=row.id, text=row.text, consultant=row.consultant.name, at=row.created_at)
