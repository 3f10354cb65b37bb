"""Tables around the bank: its draft, publications, verdicts, and questions to learn from.

What holds a merchant's words names their conversation, so that `forget` reaches it.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Table

if TYPE_CHECKING:
    from storage.models.conversations import Consultant, Message

__all__ = ["Draft", "DraftEdit", "Observation", "Publication", "Suggestion", "Verdict"]

RUNNING = text("state = 'running'")


class Draft(Table):
    """What the draft starts from. There is one row, number 1, once somebody edited anything."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    base: Mapped[int]  # a bank_version
    changed_at: Mapped[datetime]


class DraftEdit(Table):
    """An entry or a file of the draft that was ever edited. The row stays after publishing.

    `name` is `entry:ID` or `file:NAME`. `state` is changed, removed, or kept (as in the base).
    `revision` only ever grows, so that an old one is known as old whatever happened since.
    """

    __tablename__ = "draft_edit"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    revision: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    guide: Mapped[str] = mapped_column(String(64), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    changed_by: Mapped[str] = mapped_column(String(64), default="")
    changed_at: Mapped[datetime]


class Publication(Table):
    """A bank on its way through the gate. `state`: running | published | blocked | failed.

    `sources` are the files as they were when it began, `revisions` those of the draft's edits.
    """

    __tablename__ = "publication"
    __table_args__ = (
        # One at a time, whoever begins at the same moment.
        Index(
            "uq_publication_running",
            "state",
            unique=True,
            sqlite_where=RUNNING,
            postgresql_where=RUNNING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default="running")
    kind: Mapped[str] = mapped_column(String(16))  # draft | files | rollback
    base: Mapped[int | None]  # the version in force that it was compared with
    version: Mapped[int | None]  # what it became
    forced: Mapped[bool] = mapped_column(default=False)
    started_by: Mapped[str] = mapped_column(String(64), default="")
    note: Mapped[str] = mapped_column(String(255), default="")
    sources: Mapped[dict[str, Any]]
    revisions: Mapped[dict[str, Any]]
    phase: Mapped[str] = mapped_column(String(16), default="")
    percent: Mapped[int] = mapped_column(default=0)
    report: Mapped[dict[str, Any]]
    error: Mapped[str] = mapped_column(Text, default="")  # for people, in Chinese
    holder: Mapped[str] = mapped_column(String(64), default="")
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]  # while it runs, a few seconds old at most
    ended_at: Mapped[datetime | None]


class Verdict(Table):
    """One person's judgement of what the bot made of a merchant's message.

    `verdict`: right | wrong | entry | outside | social | alarm. `expected` says in the words of the
    labelled sets what is right, `text` holds the message, masked: the message itself may be gone.
    """

    __tablename__ = "verdict"
    __table_args__ = (UniqueConstraint("message_id", "consultant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"))
    consultant_id: Mapped[int] = mapped_column(ForeignKey("consultant.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(16))
    entry: Mapped[str] = mapped_column(String(64), default="")
    text: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(String(64), index=True)  # of the normalised words
    expected: Mapped[dict[str, Any]]
    source: Mapped[str] = mapped_column(String(16))  # desk | api | gate | queue
    at: Mapped[datetime]

    consultant: Mapped["Consultant"] = relationship()


class Suggestion(Table):
    """A question that waits in the learning queue: all who asked it in the same words.

    `state`: open, or what was done. `undo` is what it takes to take that back.
    """

    __tablename__ = "suggestion"
    __table_args__ = (Index(None, "state", "asked_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)  # of the normalised words
    state: Mapped[str] = mapped_column(String(16), default="open")
    refused: Mapped[list[str]] = mapped_column(JSON)  # entries that it is not
    undo: Mapped[dict[str, Any]]
    done_by: Mapped[str] = mapped_column(String(64), default="")
    done_at: Mapped[datetime | None]
    asked_at: Mapped[datetime]

    observations: Mapped[list["Observation"]] = relationship(
        back_populates="suggestion", order_by="Observation.id"
    )


class Observation(Table):
    """That one merchant asked it once, what the bot did, and what a person answered then."""

    __tablename__ = "observation"

    id: Mapped[int] = mapped_column(primary_key=True)
    suggestion_id: Mapped[int] = mapped_column(
        ForeignKey("suggestion.id", ondelete="CASCADE"), index=True
    )
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), unique=True
    )
    why: Mapped[str] = mapped_column(String(16))
    solved: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(Text)
    bot: Mapped[str] = mapped_column(Text, default="")
    consultant: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]

    suggestion: Mapped[Suggestion] = relationship(back_populates="observations")
    message: Mapped["Message"] = relationship()
