"""Saying something in a conversation, as a consultant or for the bot; internal notes."""

from handlers import cases
from handlers.actions.perform import Acting, NotFoundError
from handlers.outbound import outbox
from handlers.outbound.delivery_states import move
from storage.models.conversations import Message, Note
from storage.queries import conversations, media, messages, notes

NOTE_MAX = 2000


def send(acting: Acting, text: outbox.OutgoingText) -> Message:
    """A consultant's words to the merchant; the same key again is the same message."""
    acting.deliver = True
    return outbox.say_as_consultant(
        acting.session, acting.conversation, acting.by, text, acting.now
    )


def note(acting: Acting, text: str) -> Note:
    """An internal note: consultants read it, the merchant never does."""
    text = text.strip()
    if not text:
        raise cases.CaseError("备注还是空的。")
    written = notes.add(
        acting.session,
        conversation_id=acting.conversation.id,
        consultant_id=acting.by.id,
        text=text[:NOTE_MAX],
        now=acting.now,
    )
    case = conversations.open_case(acting.session, acting.conversation.id)
    if case is not None and case.consultant_id == acting.by.id:
        case.worked_at = acting.now
    acting.touch()
    return written


def resend(acting: Acting, message_id: int) -> None:
    """Again, because a person decided so: it failed, or it is uncertain."""
    message = _own(acting, message_id)
    for delivery in message.deliveries:
        outbox.resend(delivery, acting.now)
    _worked(acting, "resent", message)
    acting.deliver = True


def confirm(acting: Acting, message_id: int) -> None:
    """The merchant has it after all: the uncertain parts are settled."""
    message = _own(acting, message_id)
    for delivery in message.deliveries:
        move(delivery, "confirm", "")
    _worked(acting, "confirmed", message)


def fetch_again(acting: Acting, media_id: int) -> None:
    """Ask WeChat once more for a picture or voice that could not be fetched."""
    row = media.get(acting.session, media_id)
    if row is None or row.conversation_id != acting.conversation.id:
        raise NotFoundError
    if row.state == "failed" and row.wechat_id:
        row.state, row.attempts, row.error, row.due_at = "pending", 0, "", acting.now
        acting.touch()
    acting.deliver = True


def _own(acting: Acting, message_id: int) -> Message:
    cases.owned(acting.session, acting.conversation, acting.by)
    message = messages.get(acting.session, message_id)
    if message is None or message.conversation_id != acting.conversation.id:
        raise NotFoundError
    return message


def _worked(acting: Acting, action: str, message: Message) -> None:
    case = cases.owned(acting.session, acting.conversation, acting.by)
    acting.trace(case, action, message.text[:24])
    case.worked_at = acting.now
    acting.touch()
