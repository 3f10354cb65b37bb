"""The tables. A conversation's state is derived from its open case and never stored twice."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Table


class Consultant(Table):
    """A human who takes over; an `admin` may also manage people, the bank and settings."""

    __tablename__ = "consultant"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16), default="consultant")
    password_hash: Mapped[str] = mapped_column(String(255))
    enabled: Mapped[bool] = mapped_column(default=True)
    duty: Mapped[str] = mapped_column(String(8), default="on")  # on | busy | off
    # Raised when the password changes, so that older sessions end.
    session_version: Mapped[int] = mapped_column(default=1)
    # Cases at the same time; 0 means the limit of the settings.
    case_limit: Mapped[int] = mapped_column(default=0, server_default="0")
    # "" without a second factor; `totp_used` is the half minute of the last code, against replay.
    totp_secret: Mapped[str] = mapped_column(String(64), default="", server_default="")
    totp_used: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]


class ApiToken(Table):
    """A consultant's key to the API. Only its digest is kept."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    consultant_id: Mapped[int] = mapped_column(ForeignKey("consultant.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginFailure(Table):
    """A failed login; the throttle counts them per name and network (`address`)."""

    __tablename__ = "login_failure"
    __table_args__ = (Index(None, "name", "at"), Index(None, "address", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class Conversation(Table):
    """Everything one merchant and the firm said to each other, for ever."""

    __tablename__ = "conversation"

    id: Mapped[int] = mapped_column(primary_key=True)
    openid: Mapped[str] = mapped_column(String(128), unique=True)
    name: Mapped[str] = mapped_column(String(64), default="")  # the shop, once it is known
    following: Mapped[bool] = mapped_column(default=True)
    memory: Mapped[dict[str, Any]] = mapped_column(default=dict)  # the dialogue's, JSON
    # What WeChat still lets us send (wechat/quota.py reckons it).
    window_left: Mapped[int] = mapped_column(default=0)
    window_until: Mapped[datetime | None]
    last_merchant_at: Mapped[datetime | None]
    human_ended_at: Mapped[datetime | None]  # when a consultant last gave it back
    # Raised with every change; open desk pages follow it.
    version: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime]

    cases: Mapped[list["Case"]] = relationship(back_populates="conversation")


OPEN = text("state IN ('waiting', 'claimed')")


class Case(Table):
    """One request for a human: waiting → claimed → resolved (or cancelled)."""

    __tablename__ = "cases"
    __table_args__ = (
        # At most one open case per conversation, whoever opens it at the same moment.
        Index(
            "uq_cases_open",
            "conversation_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index(None, "state", "opened_at"),
        Index(None, "conversation_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(String(32))
    summary: Mapped[str] = mapped_column(Text, default="")
    form: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    consultant_id: Mapped[int | None] = mapped_column(ForeignKey("consultant.id"), index=True)
    opened_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None] = mapped_column(index=True)
    worked_at: Mapped[datetime | None]  # last action; see cases.expires_at
    alerted_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    snoozed_at: Mapped[datetime | None]  # what the merchant writes after it ends the snooze
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(32), default="")
    rating: Mapped[int | None]

    conversation: Mapped[Conversation] = relationship(back_populates="cases")
    consultant: Mapped[Consultant | None] = relationship()


class CaseEvent(Table):
    """The trace of a case: who did what, when. `actor` is a name, or bot | merchant | system."""

    __tablename__ = "case_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(Text, default="")


class ReceivedPush(Table):
    """One thing WeChat pushed, recorded once, with the reply that every retry gets again.

    `end` is answered | queued | ignored; NULL means that it was taken but not decided yet.
    """

    __tablename__ = "push"
    __table_args__ = (Index(None, "end", "received_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(191), unique=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    # From its arrival to the decision, waiting for locks included.
    took_ms: Mapped[int | None] = mapped_column(Integer)
    end: Mapped[str | None] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(String(255), default="")
    reply: Mapped[str] = mapped_column(Text, default="")  # plain XML; "" is WeChat's «success»
    # Tries of WeChat's that took the reply along and have not found that nobody waits for it.
    carriers: Mapped[int] = mapped_column(default=1, server_default="1")


class Media(Table):
    """A picture, voice or file of a merchant or consultant, kept outside the web root."""

    __tablename__ = "media"
    __table_args__ = (Index(None, "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    wechat_id: Mapped[str] = mapped_column(String(255), default="")
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default="pending")  # pending | ready | failed
    file: Mapped[str] = mapped_column(String(255), default="")
    content_type: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(default=0)
    # Of a picture, so that a page keeps its place; 0 where nobody knows.
    width: Mapped[int] = mapped_column(default=0, server_default="0")
    height: Mapped[int] = mapped_column(default=0, server_default="0")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(String(255), default="")
    created_at: Mapped[datetime]


class Message(Table):
    """One thing said. `author` is merchant | bot | consultant | system."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "key"),
        Index(None, "conversation_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    author: Mapped[str] = mapped_column(String(16))
    consultant_id: Mapped[int | None] = mapped_column(ForeignKey("consultant.id"))
    kind: Mapped[str] = mapped_column(String(32), default="text")
    text: Mapped[str] = mapped_column(Text, default="")
    entry: Mapped[str | None] = mapped_column(String(64))
    understanding: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    media_id: Mapped[int | None] = mapped_column(ForeignKey("media.id"), index=True)
    push_id: Mapped[int | None] = mapped_column(
        ForeignKey("push.id", ondelete="SET NULL"), index=True
    )
    key: Mapped[str | None] = mapped_column(String(64))  # the sender's, against sending twice
    bank_version: Mapped[int | None]  # what the bot knew when it said this
    created_at: Mapped[datetime]

    consultant: Mapped[Consultant | None] = relationship()
    media: Mapped[Media | None] = relationship()
    deliveries: Mapped[list["Delivery"]] = relationship(
        back_populates="message", order_by="Delivery.part"
    )


class Delivery(Table):
    """One outgoing part of a message on its way to WeChat. The row is written before the call.

    `state`: pending → sending → sent | failed | uncertain; held waits for quota or for the
    merchant's next message; in_passive_reply is in a webhook response that is not sent yet.
    `via` is passive (in a webhook response) or api.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("message_id", "part"),
        Index(None, "state", "due_at"),
        Index(None, "conversation_id", "state", "id"),
        Index(None, "sent_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    part: Mapped[int] = mapped_column(default=0)
    text: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(16), default="pending")
    via: Mapped[str] = mapped_column(String(8), default="api")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    errcode: Mapped[int | None]
    error: Mapped[str] = mapped_column(String(255), default="")  # for the consultant, in Chinese
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    message: Mapped[Message] = relationship(back_populates="deliveries")


class Note(Table):
    """An internal note. It is no message, and nothing that sends reads this table."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    consultant_id: Mapped[int] = mapped_column(ForeignKey("consultant.id"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]

    consultant: Mapped[Consultant] = relationship()


class BankVersion(Table):
    """One published version of the bank: its files, its entries, and the fitted matcher.

    `sources` is file name → text; empty only until the upgrade has written it from the entries.
    `origin`: files | desk | rollback.
    """

    __tablename__ = "bank_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Text)  # JSON
    compiled: Mapped[bytes] = mapped_column(LargeBinary)
    published_by: Mapped[str] = mapped_column(String(64), default="")
    published_at: Mapped[datetime]
    sources: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    origin: Mapped[str] = mapped_column(String(16), default="files", server_default="files")
    note: Mapped[str] = mapped_column(String(255), default="", server_default="")
    score: Mapped[float | None]
    report: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class WechatToken(Table):
    """WeChat's access token, one for all processes."""

    __tablename__ = "wechat_token"

    app_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    token: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]


class Lease(Table):
    """Who does what only one may do at a time: a scheduled job, a conversation's sending."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]
    done_at: Mapped[datetime | None]
