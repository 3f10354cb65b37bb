"""Quick replies, one's own and shared ones: edited, grouped, with a picture, uses counted."""

from dataclasses import dataclass
from pathlib import Path

from flask import Response, abort, flash, request, send_file

from handlers import media_files
from handlers.cases import is_lead
from handlers.context import current_context
from handlers.desk import variables
from handlers.desk.pages import desk, done, me
from handlers.desk.uploads import checked_picture, uploaded_picture
from storage.database import Session
from storage.models.desk import QuickReply
from storage.queries import quick_replies

REPLY_MAX = 1000
KEPT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class _ReplyForm:
    title: str
    text: str
    group_name: str
    shared: bool
    picture: bytes
    without_picture: bool

    @property
    def problem(self) -> str:
        if not self.title or not self.text or len(self.text) > REPLY_MAX:
            return f"快捷回复要有名称和内容，内容最多 {REPLY_MAX} 字。"
        return ""


def _reply_form() -> _ReplyForm:
    fields = request.form
    shared = "shared" in fields
    if shared and not is_lead(me()):
        abort(403)
    title, text, group = (fields.get(name, "").strip() for name in ("title", "text", "group"))
    without = "no_picture" in fields
    return _ReplyForm(title[:64], text, group[:32], shared, uploaded_picture(), without)


@desk.post("/settings/replies")
def add_reply() -> Response:
    form = _reply_form()
    if form.problem:
        return _said(form.problem)
    stored = _stored(form.picture) or ("", "")
    with current_context().database.write() as session:
        row = quick_replies.add(
            session,
            owner_id=None if form.shared else me().id,
            title=form.title,
            text=form.text,
            group_name=form.group_name,
            now=current_context().now(),
        )
        row.picture, row.picture_type = stored
        words = _unknown_words(session, form.text)
    return _said(f"加好了：{form.title}。{words}")


@desk.post("/settings/replies/<int:reply_id>")
def edit_reply(reply_id: int) -> Response:
    form = _reply_form()
    if form.problem:
        return _said(form.problem)
    with current_context().database.write() as session:
        row = _my_reply(session, reply_id)
        row.title, row.text, row.group_name = form.title, form.text, form.group_name
        row.owner_id = None if form.shared else me().id
        stored = ("", "") if form.without_picture else _stored(form.picture)
        if stored is not None:
            row.picture, row.picture_type = stored  # the old file goes with the next clean-up
        words = _unknown_words(session, form.text)
    return _said(f"改好了：{form.title}。{words}")


@desk.post("/settings/replies/<int:reply_id>/remove")
def remove_reply(reply_id: int) -> Response:
    with current_context().database.write() as session:
        quick_replies.remove(session, _my_reply(session, reply_id))
    return _said("删掉了。")


@desk.post("/quick-replies/<int:reply_id>/used")
def reply_used(reply_id: int) -> Response:
    """The page took this reply into the composer."""
    with current_context().database.write() as session:
        quick_replies.count_use(session, reply_id, me().id)
    return Response(status=204)


@desk.get("/quick-replies/<int:reply_id>/picture")
def reply_picture(reply_id: int) -> Response:
    with current_context().database.read() as session:
        row = quick_replies.get(session, reply_id)
    if row is None or row.owner_id not in {None, me().id}:
        abort(404)
    path = media_files.media_file(current_context().firm, row.picture)
    if path is None or not path.is_file():
        abort(404)
    response = send_file(path.resolve(), mimetype=row.picture_type, max_age=KEPT_SECONDS)
    response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    return response


def _stored(content: bytes) -> tuple[str, str] | None:
    """A picture's name in the media folder and its type; None when there is none."""
    if not content:
        return None
    found = checked_picture(content)
    name = media_files.store(current_context().firm, found.content, Path(found.filename).suffix)
    return name, found.content_type


def _unknown_words(session: Session, text: str) -> str:
    """What no program knows is asked for at every use: said now, in case it is a slip."""
    known = variables.names(session)
    unknown = [name for name in variables.VARIABLE.findall(text) if name not in known]
    if not unknown:
        return ""
    return f"{'、'.join(unknown)} 不会自动换，每次插入时请您填。"


def _my_reply(session: Session, reply_id: int) -> QuickReply:
    """One's own, and for admins the shared ones."""
    row = quick_replies.get(session, reply_id)
    if row is None:
        abort(404)
    if row.owner_id != me().id and not (row.owner_id is None and is_lead(me())):
        abort(403)
    return row


def _said(words: str) -> Response:
    flash(words)
    return done("desk.settings")
