"""The settings page, and for admins the tags."""

from flask import Response, abort, render_template, request

from handlers.actions import merchant_profile, tag_list, wording
from handlers.china_time import today
from handlers.context import current_context
from handlers.desk import variables
from handlers.desk.auth import admins_only
from handlers.desk.labels import words
from handlers.desk.pages import desk, done, me
from handlers.firm.edited_hours import NAME
from handlers.firm.opening_hours import written
from storage.queries import consultants, desk_settings, quick_replies, tags

PASSWORD_MIN = 10
NAME_MAX = 16
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
            variables=variables.names(session),
        )


@desk.get("/tags")
@admins_only
def tags_page() -> str:
    with current_context().database.read() as session:
        return render_template(
            "desk/tags.html",
            me=me(),
            tags=tags.everything(session),
            counts=tags.counts(session),
            words=words(),
            own_fields=merchant_profile.own_fields(session),
            fields=merchant_profile.usual_fields(current_context().published_bank.bank().firm),
        )


@desk.post("/tags")
@admins_only
def add_tag() -> Response:
    name = " ".join(request.form.get("name", "").split())
    if name:
        with current_context().database.write() as session:
            tags.named(session, name, current_context().now())
    return done("desk.tags_page")


@desk.post("/tags/<int:tag_id>")
@admins_only
def edit_tag(tag_id: int) -> Response:
    """Another name (one that there is merges the two), retired, back, or removed."""
    context, by, do = current_context(), me().name, request.form.get("do", "rename")
    if do == "remove":
        tag_list.remove(context, by, tag_id)
    elif do in ("retire", "back"):
        tag_list.retire(context, by, tag_id, retired=do == "retire")
    else:
        tag_list.rename(context, by, tag_id, request.form.get("name", ""))
    return done("desk.tags_page")


@desk.post("/outcomes")
@admins_only
def add_outcome() -> Response:
    wording.add_outcome(current_context(), me().name, request.form.get("name", ""))
    return done("desk.tags_page")


@desk.post("/words/<kind>/<key>")
@admins_only
def edit_word(kind: str, key: str) -> Response:
    """What a reason or an outcome is called from now on, or whether it is offered."""
    of_kind = wording.KINDS.get(kind) or abort(404)
    context, by, do = current_context(), me().name, request.form.get("do", "rename")
    if do in ("retire", "back"):
        wording.retire(context, by, of_kind, key, retired=do == "retire")
    else:
        wording.rename(context, by, of_kind, key, request.form.get("name", ""))
    return done("desk.tags_page")
