"""Routes of the composer: send texts and pictures, resend or confirm what failed."""

import re
import secrets
from functools import partial
from pathlib import Path

from flask import Response, jsonify, request

from handlers import cases, media_files
from handlers.actions import messages as actions
from handlers.actions.perform import Acting
from handlers.context import current_context
from handlers.desk import variables
from handlers.desk.pages import act, by_script, desk, done
from handlers.desk.uploads import checked_picture, uploaded_picture
from handlers.model import drafts
from handlers.outbound import outbox
from storage.models.conversations import Media, Message
from storage.queries import media, messages
from wechat.media import RecognisedMedia
from wechat.text import clean, fit

UNEDITED = "这是模型写的草稿，一个字没改。请改一改，或者点「照发」。"
KEY = re.compile(r"[0-9A-Za-z_-]{8,64}")


@desk.post("/c/<int:conversation_id>/messages")
def reply(conversation_id: int) -> Response:
    text = outbox.OutgoingText(text=request.form.get("text", ""), key=_key())
    _refuse_unread_draft(conversation_id, text.text)
    _refuse_unfilled(text.text)
    return _said(act(conversation_id, partial(actions.send, text=text)))


def _refuse_unread_draft(conversation_id: int, text: str) -> None:
    """A draft of the language model needs an edit, or an explicit 照发."""
    model = current_context().model
    if model is None or not model.settings.drafts or "as_it_is" in request.form:
        return
    if drafts.is_untouched(model, current_context().database, conversation_id, text):
        raise cases.CaseError(UNEDITED)


def _refuse_unfilled(text: str) -> None:
    """No {店铺名称} reaches a merchant, by whatever way it came into the composer."""
    if "{" not in text:
        return
    with current_context().database.read() as session:
        found = variables.unfilled(text, variables.names(session))
    if found:
        words = "、".join(f"{{{name}}}" for name in found)
        raise cases.CaseError(f"{words} 还没有换成真的，没有发出去。请填好再发。")


@desk.post("/c/<int:conversation_id>/pictures")
def picture(conversation_id: int) -> Response:
    found, key = checked_picture(uploaded_picture()), _key()

    def work(acting: Acting) -> Message:
        before = messages.by_key(acting.session, conversation_id, key)
        if before is not None:
            return before
        cases.owned(acting.session, acting.conversation, acting.by)
        return actions.send(acting, outbox.OutgoingText("", key, _stored(acting, found)))

    return _said(act(conversation_id, work))


def _stored(acting: Acting, found: RecognisedMedia) -> Media:
    """The picture in the media folder, and its row."""
    firm, (width, height) = current_context().firm, found.shown
    row = Media(
        conversation_id=acting.conversation.id,
        kind="image",
        state="ready",
        content_type=found.content_type,
        file=media_files.store(firm, found.content, Path(found.filename).suffix),
        size=len(found.content),
        width=width,
        height=height,
        due_at=acting.now,
        created_at=acting.now,
    )
    return media.add(acting.session, row)


@desk.post("/cost")
def cost() -> Response:
    """How many messages a text takes: each counts towards the five that WeChat allows."""
    return jsonify(parts=len(fit(clean(request.form.get("text", "")).strip())))


@desk.post("/c/<int:conversation_id>/messages/<int:message_id>/resend")
def resend(conversation_id: int, message_id: int) -> Response:
    act(conversation_id, partial(actions.resend, message_id=message_id))
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/messages/<int:message_id>/arrived")
def arrived(conversation_id: int, message_id: int) -> Response:
    act(conversation_id, partial(actions.confirm, message_id=message_id))
    return done(conversation_id=conversation_id)


def _key() -> str:
    """The page's own key for this message, so that a repeat is the same one."""
    key = request.form.get("key", "")
    return key if KEY.fullmatch(key) else secrets.token_hex(16)


def _said(message: Message) -> Response:
    if by_script():
        return jsonify(id=message.id)
    return done(conversation_id=message.conversation_id)
