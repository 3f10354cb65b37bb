"""Pictures and files, shown to logged-in consultants only."""

from functools import partial

from flask import Response, abort, send_file

from handlers.actions import messages
from handlers.context import current_context
from handlers.desk.pages import act, desk, done
from handlers.media_files import media_file
from storage.queries import media

# Shown in the page; anything else is downloaded, so that it cannot run as a page of ours.
SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


@desk.post("/c/<int:conversation_id>/media/<int:media_id>/again")
def fetch_again(conversation_id: int, media_id: int) -> Response:
    """What could not be fetched from WeChat is asked for once more."""

    act(conversation_id, partial(messages.fetch_again, media_id=media_id))
    return done(conversation_id=conversation_id)


@desk.get("/media/<int:media_id>")
def file(media_id: int) -> Response:
    with current_context().database.read() as session:
        row = media.get(session, media_id)
    if row is None or row.state != "ready" or not row.file:
        abort(404)
    path = media_file(current_context().firm, row.file)
    if path is None or not path.is_file():
        abort(404)
    shown = row.content_type in SHOWN
    response = send_file(
        path.resolve(),
        mimetype=row.content_type or "application/octet-stream",
        as_attachment=not shown,
        max_age=3600,
    )
    response.cache_control.private = True
    response.cache_control.public = False
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
