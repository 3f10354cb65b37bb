"""Pictures and files, shown to logged-in consultants only."""

from functools import partial
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from flask import Response, abort, send_file

from handlers.actions import messages
from handlers.context import current_context
from handlers.desk.pages import act, desk, done
from handlers.desk.voice import MP3, VoiceError, as_mp3, is_playable
from handlers.media_files import download_name, media_file
from storage.queries import media
from wechat.errors import MediaError
from wechat.media import recognised

KEPT_SECONDS = 3600
# Shown in the page; anything else is downloaded, so that it cannot run as a page of ours.
SHOWN = frozenset({"image/jpeg", "image/png", "image/gif"})


@desk.post("/c/<int:conversation_id>/media/<int:media_id>/again")
def fetch_again(conversation_id: int, media_id: int) -> Response:
    """What could not be fetched from WeChat is asked for once more."""

    act(conversation_id, partial(messages.fetch_again, media_id=media_id))
    return done(conversation_id=conversation_id)


@desk.get("/media/<int:media_id>")
def file(media_id: int) -> Response:
    found = _found(media_id)
    shown = found.content_type in SHOWN
    response = send_file(
        BytesIO(_picture(found.path)) if shown else found.path.resolve(),
        mimetype=found.content_type or "application/octet-stream",
        as_attachment=not shown,
        download_name=download_name(found.title, found.path.suffix),
        max_age=KEPT_SECONDS,
    )
    return _private(response)


@desk.get("/media/<int:media_id>/play")
def play(media_id: int) -> Response:
    """A voice as MP3. Players ask for pieces of it, which `conditional` gives."""
    found = _found(media_id)
    if not is_playable(found.content_type):
        abort(404)
    try:
        sound = as_mp3(found.path, found.content_type)
    except VoiceError:
        abort(404)
    response = send_file(BytesIO(sound), mimetype=MP3, max_age=KEPT_SECONDS, conditional=True)
    return _private(response)


class StoredFile(NamedTuple):
    """`title` is what the sender called it."""

    path: Path
    content_type: str
    title: str


def _found(media_id: int) -> StoredFile:
    with current_context().database.read() as session:
        row = media.get(session, media_id)
        title = media.title(session, media_id)
    if row is None or row.state != "ready" or not row.file:
        abort(404)
    path = media_file(current_context().firm, row.file)
    if path is None or not path.is_file():
        abort(404)
    return StoredFile(path, row.content_type, title)


def _private(response: Response) -> Response:
    response.cache_control.private = True
    response.cache_control.public = False
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _picture(path: Path) -> bytes:
    """Looked at again: it may be older than the rules, or come from somebody's backup."""
    try:
        return recognised(path.read_bytes()).content
    except MediaError:
        abort(404)
