"""A merchant's profile, the timeline over all cases, and the firm's own fields."""

from functools import partial

from flask import Response, abort, flash, render_template, request

from handlers.actions import merchant_profile
from handlers.actions import own_fields as fields
from handlers.actions import profile as actions
from handlers.context import current_context
from handlers.desk.auth import admins_only
from handlers.desk.labels import VERDICTS, action_words
from handlers.desk.pages import act, desk, done, me
from storage.queries import cases, conversations, profiles
from storage.queries.profiles import Moment


@desk.get("/c/<int:conversation_id>/profile")
def profile_page(conversation_id: int) -> str:
    context = current_context()
    with context.database.read() as session:
        found = conversations.with_case(session, conversation_id)
        if found is None:
            abort(404)
        conversation, case = found
        history = cases.history(session, conversation.id)
        bank = context.published_bank.bank()
        values = merchant_profile.read(session, conversation, history, bank, context.now())
        labels = {each.name: each.label for each in merchant_profile.fields(session, bank.firm)}
        moments = profiles.timeline(session, conversation)
    whole = merchant_profile.may_see_whole(case, me())
    return render_template(
        "desk/profile.html",
        me=me(),
        conversation=conversation,
        may_edit=whole,
        value_max=merchant_profile.VALUE_MAX,
        values=[(each, merchant_profile.shown(each, whole=whole)) for each in values],
        timeline=[(moment, moment_words(moment, labels)) for moment in reversed(moments)],
    )


def moment_words(moment: Moment, labels: dict[str, str]) -> str:
    """What happened, in words. `labels` are those of the profile's fields."""
    if moment.kind == "first":
        return "第一次来"
    if moment.kind == "profile":
        return f"改档案：{labels.get(moment.detail, '已撤下的一栏')}"
    if moment.kind == "verdict":
        return f"评机器人的回答：{VERDICTS.get(moment.detail, moment.detail)}"
    return action_words(moment.kind, moment.detail, moment.at)


@desk.post("/c/<int:conversation_id>/profile")
def fill_profile(conversation_id: int) -> Response:
    given = {key: value for key, value in request.form.items() if key != "csrf_token"}
    act(conversation_id, partial(actions.fill, values=given))
    flash("档案记下了。")
    return done("desk.profile_page", conversation_id=conversation_id)


@desk.post("/profile-fields")
@admins_only
def add_field() -> Response:
    fields.add(current_context(), me().name, request.form.get("label", ""))
    return done("desk.tags_page")


@desk.post("/profile-fields/<name>")
@admins_only
def edit_field(name: str) -> Response:
    """Another label, or with `remove` off the list."""
    if "remove" in request.form:
        fields.remove(current_context(), me().name, name)
    else:
        fields.rename(current_context(), me().name, name, request.form.get("label", ""))
    return done("desk.tags_page")
