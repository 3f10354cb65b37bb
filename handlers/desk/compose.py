"""Talking to the merchant: texts, pictures, and what to do when one did not arrive."""

import re
import secrets

from flask import Response, abort, jsonify, request

from handlers import cases, outbox
from handlers.background import deliver
from handlers.desk.pages import act, by_script, desk, done, me
from handlers.parts import parts
from storage import cases as rows
from storage import conversations, media, messages
from storage.database import Session
from storage.tables import Conversation, Media, Message

PICTURE_MAX = 2 * 1024 * 1024  # what WeChat takes as a picture
# By content, never by name: the first bytes of what WeChat takes as a picture.
SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"GIF87a", "image/gif", ".gif"),
    (b"GIF89a", "image/gif", ".gif"),
)
KEY = re.compile(r"[0-9A-Za-z_-]{8,64}")


@desk.post("/c/<int:conversation_id>/messages")
def reply(conversation_id: int) -> Response:
    draft = outbox.Draft(text=request.form.get("text", ""), key=_key())
    now = parts().now()
    message = act(conversation_id, lambda s, c, by: outbox.say_as_consultant(s, c, by, draft, now))
    return _said(message)


@desk.post("/c/<int:conversation_id>/pictures")
def picture(conversation_id: int) -> Response:
    content = _uploaded()
    content_type, ending = checked_picture(content)
    key, now = _key(), parts().now()

    def work(session: Session, talk: Conversation, _by: object) -> Message:
        before = messages.by_key(session, talk.id, key)
        if before is not None:
            return before
        cases.owned(session, talk, me())
        row = media.add(
            session,
            Media(
                conversation_id=talk.id,
                kind="image",
                state="ready",
                content_type=content_type,
                file=_keep(content, ending),
                size=len(content),
                due_at=now,
                created_at=now,
            ),
        )
        return outbox.say_as_consultant(session, talk, me(), outbox.Draft("", key, row), now)

    return _said(act(conversation_id, work))


def _uploaded() -> bytes:
    upload = request.files.get("picture")
    if upload is None:
        return b""
    with upload.stream as stream:
        return stream.read(PICTURE_MAX + 1)


def checked_picture(content: bytes) -> tuple[str, str]:
    """(content type, file ending) of a picture that WeChat takes; CaseError for anything else."""
    if not content:
        raise cases.CaseError("没有收到图片，请再选一次。")
    if len(content) > PICTURE_MAX:
        raise cases.CaseError("图片超过 2 MB，微信不收。请压缩或截取需要的部分再发。")
    for start, content_type, ending in SIGNATURES:
        if content.startswith(start):
            return content_type, ending
    raise cases.CaseError("只能发 JPG、PNG 或 GIF 图片。")


def _keep(content: bytes, ending: str) -> str:
    """Write it into the media folder; returns the file's name."""
    folder = parts().firm.data / "media"
    folder.mkdir(parents=True, exist_ok=True)
    name = secrets.token_hex(16) + ending
    (folder / name).write_bytes(content)
    return name


@desk.post("/c/<int:conversation_id>/messages/<int:message_id>/resend")
def resend(conversation_id: int, message_id: int) -> Response:
    """Again, because a person decided so: it failed, or it is uncertain."""

    def work(session: Session, talk: Conversation, _by: object) -> None:
        message, now = _mine(session, talk, message_id), parts().now()
        for delivery in message.deliveries:
            deliver.resend(delivery, now)
        _note_down(session, talk, "resent", message)

    act(conversation_id, work)
    parts().ring(conversation_id)
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/messages/<int:message_id>/arrived")
def arrived(conversation_id: int, message_id: int) -> Response:
    """The merchant has it after all: the uncertain parts are settled."""

    def work(session: Session, talk: Conversation, _by: object) -> None:
        message = _mine(session, talk, message_id)
        for delivery in message.deliveries:
            if delivery.state == "uncertain":
                delivery.state, delivery.error = "sent", ""
        _note_down(session, talk, "confirmed", message)

    act(conversation_id, work)
    return done(conversation_id=conversation_id)


def _mine(session: Session, talk: Conversation, message_id: int) -> Message:
    cases.owned(session, talk, me())
    message = messages.get(session, message_id)
    if message is None or message.conversation_id != talk.id:
        abort(404)
    return message


def _note_down(session: Session, talk: Conversation, action: str, message: Message) -> None:
    case, now = cases.owned(session, talk, me()), parts().now()
    rows.trace(session, case, at=now, actor=me().name, action=action, detail=message.text[:24])
    case.worked_at = now
    conversations.touch(session, talk, now)


def _key() -> str:
    """The page's own key for this message, so that a repeat is the same one."""
    key = request.form.get("key", "")
    return key if KEY.fullmatch(key) else secrets.token_hex(16)


def _said(message: Message) -> Response:
    parts().ring(message.conversation_id)
    if by_script():
        return jsonify(id=message.id)
    return done(conversation_id=message.conversation_id)
