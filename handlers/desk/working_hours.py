"""Routes of the settings page for opening hours and absences; admins only."""

from flask import Response, flash, request

from handlers.actions import working_hours as actions
from handlers.cases import CaseError
from handlers.context import current_context
from handlers.desk.auth import admins_only
from handlers.desk.pages import desk, done, me


@desk.post("/settings/hours")
@admins_only
def edit_hours() -> Response:
    form = actions.WrittenHours(
        spans={key: request.form.get(key, "") for key in actions.DAYS},
        holidays="holidays" in request.form,
        closed=request.form.get("closed", ""),
    )
    try:
        actions.edit_hours(current_context(), me().name, form)
    except CaseError as problem:
        return _said(f"没有改：{problem}")
    return _said("工作时间改好了，几秒内全部生效。")


@desk.post("/settings/hours/reset")
@admins_only
def reset_hours() -> Response:
    actions.reset_hours(current_context(), me().name)
    return _said("改回设置文件里的工作时间了。")


@desk.post("/settings/absences")
@admins_only
def add_absence() -> Response:
    fields = request.form
    try:
        actions.add_absence(
            current_context(),
            me().name,
            fields.get("consultant", 0, int),
            fields.get("first", ""),
            fields.get("last", ""),
        )
    except CaseError as problem:
        return _said(f"没有记下：{problem}")
    return _said("记下了，那几天不算在岗。")


@desk.post("/settings/absences/<int:absence_id>/remove")
@admins_only
def remove_absence(absence_id: int) -> Response:
    actions.remove_absence(current_context(), me().name, absence_id)
    return _said("删掉了。")


def _said(words: str) -> Response:
    flash(words)
    return done("desk.settings")
