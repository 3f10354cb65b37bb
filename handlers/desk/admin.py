"""Settings: quick replies of one's own and shared ones; for admins the tags."""

from dataclasses import dataclass

from flask import Response, abort, flash, render_template, request

from handlers import merchant_profile
from handlers.cases import is_lead
from handlers.china_time import today
from handlers.context import current_context
from handlers.desk.auth import admins_only
from handlers.desk.pages import desk, done, me
from handlers.edited_hours import NAME
from handlers.opening_hours import written
from storage.database import Session
from storage.models.desk import QuickReply
from storage.queries import consultants, desk_settings, quick_replies, tags

PASSWORD_MIN = 10
NAME_MAX = 16
REPLY_MAX = 1000
LIMIT_MAX = 200
ROLES = ("consultant", "admin")


@desk.get("/settings")
def settings() -> str:
    context = current_context()
    now, hours = context.now(), context.hours
    with context.database.read() as session:
        return render_template(
            "desk/settings.html",
            me=me(),
            hours=hours,
            written=written,
            edited=desk_settings.value(session, NAME) is not None,
            is_open=hours.is_open(now),
            absences=desk_settings.absences(session, today(now)),
            people=[person for person in consultants.everybody(session) if person.enabled],
            replies=quick_replies.for_consultant(session, me().id),
        )


@desk.get("/tags")
@admins_only
def tags_page() -> str:
    with current_context().database.read() as session:
        return render_template(
            "desk/tags.html",
            me=me(),
            tags=tags.everything(session),
            own_fields=merchant_profile.own_fields(session),
            fields=merchant_profile.usual_fields(current_context().published_bank.bank().firm),
        )


@dataclass(frozen=True, slots=True)
class _ReplyForm:
    title: str
    text: str
    group_name: str
    shared: bool

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
    return _ReplyForm(title[:64], text, group[:32], shared)


@desk.post("/settings/replies")
def add_reply() -> Response:
    form = _reply_form()
    if form.problem:
        return _said("desk.settings", form.problem)
    with current_context().database.write() as session:
        quick_replies.add(
            session,
            owner_id=None if form.shared else me().id,
            title=form.title,
            text=form.text,
            group_name=form.group_name,
            now=current_context().now(),
        )
    return _said("desk.settings", f"加好了：{form.title}")


@desk.post("/settings/replies/<int:reply_id>")
def edit_reply(reply_id: int) -> Response:
    form = _reply_form()
    if form.problem:
        return _said("desk.settings", form.problem)
    with current_context().database.write() as session:
        row = _my_reply(session, reply_id)
        row.title, row.text, row.group_name = form.title, form.text, form.group_name
        row.owner_id = None if form.shared else me().id
    return _said("desk.settings", f"改好了：{form.title}")


@desk.post("/settings/replies/<int:reply_id>/remove")
def remove_reply(reply_id: int) -> Response:
    with current_context().database.write() as session:
        quick_replies.remove(session, _my_reply(session, reply_id))
    return _said("desk.settings", "删掉了。")


@desk.post("/quick-replies/<int:reply_id>/used")
def reply_used(reply_id: int) -> Response:
    """The page took this reply into the composer."""
    with current_context().database.write() as session:
        quick_replies.count_use(session, reply_id, me().id)
    return Response(status=204)


def _my_reply(session: Session, reply_id: int) -> QuickReply:
    """One's own, and for admins the shared ones."""
    row = quick_replies.get(session, reply_id)
    if row is None:
        abort(404)
    if row.owner_id != me().id and not (row.owner_id is None and is_lead(me())):
        abort(403)
    return row


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
