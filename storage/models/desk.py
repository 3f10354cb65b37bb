"""Tables that only the desk uses: quick replies, tags, and who is looking at what."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Select, String, Text, false, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Table

if TYPE_CHECKING:
    from storage.models.conversations import Consultant

__all__ = [
    "Absence",
    "ConversationTag",
    "DeskSetting",
    "Presence",
    "ProfileChange",
    "QuickReply",
    "Tag",
]


class QuickReply(Table):
    """A text that is often needed. Without an owner everybody has it."""

    __tablename__ = "quick_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("consultant.id", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    group_name: Mapped[str] = mapped_column(String(32), default="")
    uses: Mapped[int] = mapped_column(default=0)
    picture: Mapped[str] = mapped_column(String(255), default="", server_default="")  # a file name
    picture_type: Mapped[str] = mapped_column(String(64), default="", server_default="")
    created_at: Mapped[datetime]

    owner: Mapped["Consultant | None"] = relationship()


class Tag(Table):
    __tablename__ = "tag"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(32), unique=True)
    # No longer offered; conversations that have it keep it.
    retired: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]


class ConversationTag(Table):
    __tablename__ = "conversation_tag"

    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    tag_id: Mapped[int] = mapped_column(
        ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Presence(Table):
    """Who has a conversation open, and when they last typed. A row that is not renewed is over."""

    __tablename__ = "presence"

    consultant_id: Mapped[int] = mapped_column(
        ForeignKey("consultant.id", ondelete="CASCADE"), primary_key=True
    )
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    seen_at: Mapped[datetime]
    typed_at: Mapped[datetime | None]
    # When this row last changed what colleagues see; renewals alone do not count.
    changed_at: Mapped[datetime] = mapped_column(index=True)

    consultant: Mapped["Consultant"] = relationship()


class DeskSetting(Table):
    """What was edited at the desk and goes before the settings file. No row: the file stands."""

    __tablename__ = "desk_setting"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(64))


class Absence(Table):
    """Days, first and last included, on which a consultant is away whatever their duty says."""

    __tablename__ = "absence"

    id: Mapped[int] = mapped_column(primary_key=True)
    consultant_id: Mapped[int] = mapped_column(
        ForeignKey("consultant.id", ondelete="CASCADE"), index=True
    )
    first_day: Mapped[date]
    last_day: Mapped[date]
    created_at: Mapped[datetime]

    consultant: Mapped["Consultant"] = relationship()

    @classmethod
    def on(cls, day: date) -> Select[int]:
        """The ids of the consultants whom one of their absences covers on this day."""
        return select(cls.consultant_id).where(cls.first_day <= day, cls.last_day >= day)


class ProfileChange(Table):
    """Something noted down about a merchant. The profile is the last change of each field."""

    __tablename__ = "profile_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    field: Mapped[str] = mapped_column(String(32))
    value: Mapped[str] = mapped_column(String(200))  # "" takes it out again
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
