"""One conversation: the page, its parts for the script, and what was said earlier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort, render_template, request

from handlers import cases as rules
from handlers.actions import merchant_profile
from handlers.actions.merchant_profile import ProfileValue
from handlers.china_time import today
from handlers.context import current_context
from handlers.desk import variables
from handlers.desk.brief import Brief, BriefSources, brief, certainties
from handlers.desk.labels import VERDICTS
from handlers.desk.pages import desk, me
from handlers.desk.queue import page
from storage.database import Session
from storage.models.conversations import (
    Case,
    CaseEvent,
    Consultant,
    Conversation,
    Message,
    Note,
)
from storage.models.desk import Presence, Tag
from storage.queries import (
    cases,
    conversations,
    deliveries,
    desk_settings,
    inbox,
    media,
    messages,
    notes,
    presence,
    tags,
    verdicts,
)
from wechat.media_limits import MAX_IMAGE_BYTES
from wechat.text import LIMIT

PAGE = 40
MOST = 400
MARKED_BEFORE = 10


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the thread: a message or a note."""

    at: datetime
    message: Message | None = None
    note: Note | None = None
    certainty: float | None = None
    asked: int | None = None
    """Of the bot's: the merchant's message that it answers and that somebody may judge."""
    judged: str = ""
    """Who judged that, and how: 李雪：对."""


@dataclass(frozen=True, slots=True)
class Thread:
    items: list[Item]
    older: int | None
    """Ask for what is before this message id; None when this is the beginning."""


@dataclass(frozen=True, slots=True)
class ConversationView:
    """Everything the page of one conversation shows."""

    conversation: Conversation
    case: Case | None
    thread: Thread
    brief: Brief
    tags: list[Tag]
    all_tags: list[Tag]
    notes: list[Note]
    trace: list[CaseEvent]
    here: list[Presence]
    colleagues: list[Consultant]
    away: frozenset[int]
    """Those of them who are away today."""
    last_case: Case | None
    asleep: bool
    whole: bool
    """Whether a phone number is shown whole."""
    profile: list[ProfileValue]
    held: int
    """Messages that wait for quota or for the merchant."""

    @property
    def state(self) -> str:
        return conversations.state_of(self.case)

    def shown(self, each: ProfileValue) -> str:
        return merchant_profile.shown(each, whole=self.whole)

    @property
    def values(self) -> Mapping[str, str]:
        """What quick replies may name."""
        return variables.values(self.conversation, self.profile)

    def form_shown(self, key: str, value: str) -> str:
        """What the merchant wrote into the inquiry; a phone number as in the profile."""
        masked = key in merchant_profile.CONTACTS and not self.whole
        return merchant_profile.masked_phone(value) if masked else value

    def mine(self, consultant: Consultant) -> bool:
        return self.case is not None and self.case.consultant_id == consultant.id

    def reopenable(self, consultant: Consultant, now: datetime) -> bool:
        return self.case is None and rules.may_reopen(self.last_case, consultant, now)


@desk.get("/c/<int:conversation_id>")
def conversation(conversation_id: int) -> str:
    return _page(conversation_id, side=False)


@desk.get("/c/<int:conversation_id>/facts")
def facts(conversation_id: int) -> str:
    """The same page with the facts in front, where the screen has no room for both."""
    return _page(conversation_id, side=True)


@desk.get("/c/<int:conversation_id>/parts")
def fragments(conversation_id: int) -> str:
    """What changes on the page, for the script to put into place."""
    view = _view(conversation_id)
    return render_template("desk/_conversation.html", view=view, me=me(), **_firm())


def _page(conversation_id: int, *, side: bool) -> str:
    view = _view(conversation_id)
    return page("desk/conversation.html", view=view, side=side, **_firm())


def _firm() -> dict[str, object]:
    """What the composer must keep to."""
    model = current_context().model
    drafts = model is not None and model.settings.drafts
    return {
        "model_drafts": drafts,
        "text_bytes": LIMIT,
        "picture_bytes": MAX_IMAGE_BYTES,
    }


@desk.get("/c/<int:conversation_id>/older")
def older(conversation_id: int) -> str:
    with current_context().database.read() as session:
        before = request.args.get("before", 0, int)
        thread = _thread(
            session,
            conversation_id,
            messages.latest(session, conversation_id, limit=PAGE, before=before),
        )
    return render_template("desk/_older.html", thread=thread, conversation_id=conversation_id)


def _view(conversation_id: int) -> ConversationView:
    now = current_context().now()
    with current_context().database.read() as session:
        found = conversations.with_case(session, conversation_id)
        if found is None:
            abort(404)
        return _gather(session, found[0], found[1], now)


def _gather(
    session: Session, conversation: Conversation, case: Case | None, now: datetime
) -> ConversationView:
    id_ = conversation.id
    said = messages.latest(session, id_, limit=_how_many(session, id_))
    history = cases.history(session, id_)
    known = BriefSources(conversation, case, history, said, media.pictures(session, id_))
    return ConversationView(
        conversation=conversation,
        case=case,
        thread=_thread(session, id_, said),
        brief=brief(known, current_context().published_bank.bank(), now),
        tags=list(tags.of(session, id_)),
        all_tags=list(tags.offered(session)),
        notes=list(notes.of(session, id_)),
        trace=list(cases.events(session, id_)),
        here=[row for row in presence.here(session, id_, now) if row.consultant_id != me().id],
        colleagues=[row for row in inbox.colleagues(session) if row.id != me().id],
        away=desk_settings.away(session, today(now)),
        last_case=history[-1] if history else None,
        asleep=case is not None and rules.is_snoozed(case, conversation, now),
        whole=merchant_profile.may_see_whole(case, me()),
        profile=merchant_profile.read(
            session, conversation, history, current_context().published_bank.bank(), now
        ),
        held=deliveries.held(session, id_),
    )


def _how_many(session: Session, conversation_id: int) -> int:
    """As many as are shown already, or reach back to the message that a search found."""
    first = request.args.get("from", 0, int)
    if not first:
        return PAGE
    shown = messages.count_from(session, conversation_id, first)
    marked = MARKED_BEFORE if "found" in request.args else 0
    return min(MOST, max(PAGE, shown + marked))


def _asked(said: Sequence[Message]) -> dict[int, int]:
    """The bot's first words to a question → the question's message."""
    found: dict[int, int] = {}
    question: int | None = None
    for message in said:
        if message.author == "merchant":
            question = message.id if message.understanding and message.text else None
        elif message.author == "bot" and question is not None:
            found[message.id], question = question, None
    return found


def _judged(session: Session, asked: Sequence[int]) -> dict[int, str]:
    lines: dict[int, list[str]] = {}
    for row in verdicts.of_messages(session, asked):
        if row.message_id is not None:
            words = VERDICTS.get(row.verdict, row.verdict)
            lines.setdefault(row.message_id, []).append(f"{row.consultant.name}：{words}")
    return {number: "、".join(words) for number, words in lines.items()}


def _thread(session: Session, conversation_id: int, said: Sequence[Message]) -> Thread:
    sure = certainties(said)
    asked = _asked(said)
    judged = _judged(session, list(asked.values()))
    items = [
        Item(
            m.created_at,
            message=m,
            certainty=sure.get(m.id),
            asked=asked.get(m.id),
            judged=judged.get(asked.get(m.id, 0), ""),
        )
        for m in said
    ]
    beginning = not said or messages.is_first(session, conversation_id, said[0].id)
    since = None if beginning else said[0].created_at
    until = _end(session, conversation_id, said)
    between = notes.between(session, conversation_id, since=since, until=until)
    items += [Item(note.created_at, note=note) for note in between]
    items.sort(key=lambda item: (item.at, item.note is not None))
    return Thread(items, None if beginning else said[0].id)


def _end(session: Session, conversation_id: int, said: Sequence[Message]) -> datetime | None:
    """When the message after these was said: notes from then on belong to the next part."""
    following = messages.after(session, conversation_id, said[-1].id) if said else None
    return following.created_at if following else None
