"""Settings: quick replies of one's own and shared ones; for admins the tags."""

from flask import Response, abort, flash, render_template, request

from handlers.cases import is_lead
from handlers.context import current_context
from handlers.desk.auth import admins_only
from handlers.desk.pages import desk, done, me
from storage.queries import quick_replies, tags

PASSWORD_MIN = 10
NAME_MAX = 16
REPLY_MAX = 1000
LIMIT_MAX = 200
ROLES = ("consultant", "admin")


@desk.get("/settings")
def settings() -> str:
    with current_context().database.read() as session:
        return render_template(
            "desk/settings.html",
            me=me(),
            hours=current_context().firm.hours.in_words(),
            is_open=current_context().firm.hours.is_open(current_context().now()),
            replies=quick_replies.for_consultant(session, me().id),
        )


@desk.get("/tags")
@admins_only
def tags_page() -> str:
    with current_context().database.read() as session:
        return render_template("desk/tags.html", me=me(), tags=tags.everything(session))


@desk.post("/settings/replies")
def add_reply() -> Response:
    title, text = request.form.get("title", "").strip(), request.form.get("text", "").strip()
    if not title or not text or len(text) > REPLY_MAX:
        return _said("desk.settings", f"快捷回复要有名称和内容，内容最多 {REPLY_MAX} 字。")
    shared = "shared" in request.form
    if shared and not is_lead(me()):
        abort(403)
    with current_context().database.write() as session:
        owner = None if shared else me().id
        quick_replies.add(
            session, owner_id=owner, title=title, text=text, now=current_context().now()
        )
    return _said("desk.settings", f"加好了：{title}")


@desk.post("/settings/replies/<int:reply_id>/remove")
def remove_reply(reply_id: int) -> Response:
    with current_context().database.write() as session:
        row = quick_replies.get(session, reply_id)
        if row is None:
            abort(404)
        if row.owner_id != me().id and not (row.owner_id is None and is_lead(me())):
            abort(403)
        quick_replies.remove(session, row)
    return _said("desk.settings", "删掉了。")


@desk.post("/tags")
@admins_only
def add_tag() -> Response:
    name = " ".join(request.form.get("name", "").split())
    if name:
        with current_context().database.write() as session:
            tags.named(session, name, current_context().now())
    return done("desk.tags_page")


@desk.post("/tags/<int:tag_id>/remove")
@admins_only
def remove_tag(tag_id: int) -> Response:
    with current_context().database.write() as session:
        tag = tags.get(session, tag_id)
        if tag is not None:
            tags.remove(session, tag)
    return done("desk.tags_page")


def _said(endpoint: str, words: str) -> Response:
    flash(words)
    return done(endpoint)
