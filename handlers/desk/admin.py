"""Settings: everybody's password and quick replies; for admins people, shared texts, tags."""

from collections.abc import Callable

from flask import Response, abort, flash, render_template, request
from flask import session as browser

from handlers import cases
from handlers.context import current_context
from handlers.desk.auth import admins_only
from handlers.desk.pages import desk, done, me
from storage.database import Session
from storage.models.conversations import Consultant
from storage.queries import consultants, quick_replies, tags

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
            password_min=PASSWORD_MIN,
            hours=current_context().firm.hours.in_words(),
            is_open=current_context().firm.hours.is_open(current_context().now()),
            replies=quick_replies.for_consultant(session, me().id),
        )


@desk.get("/people")
@admins_only
def people_page() -> str:
    with current_context().database.read() as session:
        return render_template(
            "desk/people.html",
            me=me(),
            people=consultants.everybody(session),
            password_min=PASSWORD_MIN,
            capacity=current_context().firm.capacity,
        )


@desk.get("/tags")
@admins_only
def tags_page() -> str:
    with current_context().database.read() as session:
        return render_template("desk/tags.html", me=me(), tags=tags.everything(session))


@desk.post("/settings/password")
def change_password() -> Response:
    now_is, new = request.form.get("now", ""), _password("new")
    with current_context().database.write() as session:
        consultant = consultants.checked(session, me().name, now_is)
        if consultant is None:
            return _said("desk.settings", "现在的密码不对，没有改动。")
        consultants.set_password(consultant, new)
        browser["version"] = consultant.session_version  # this one stays, all others end
    return _said("desk.settings", "密码改好了，其他地方的登录已经退出。")


@desk.post("/settings/replies")
def add_reply() -> Response:
    title, text = request.form.get("title", "").strip(), request.form.get("text", "").strip()
    if not title or not text or len(text) > REPLY_MAX:
        return _said("desk.settings", f"快捷回复要有名称和内容，内容最多 {REPLY_MAX} 字。")
    shared = "shared" in request.form
    if shared and me().role != "admin":
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
        if row.owner_id != me().id and not (row.owner_id is None and me().role == "admin"):
            abort(403)
        quick_replies.remove(session, row)
    return _said("desk.settings", "删掉了。")


@desk.post("/people")
@admins_only
def add_person() -> Response:
    name, role = request.form.get("name", "").strip(), request.form.get("role", ROLES[0])
    if not 0 < len(name) <= NAME_MAX or role not in ROLES or name in {"bot", "merchant", "system"}:
        return _said("desk.people_page", f"名字要有 1 到 {NAME_MAX} 个字。")
    password = _password("password")
    try:
        with current_context().database.write() as session:
            consultants.add(
                session, name=name, password=password, role=role, now=current_context().now()
            )
    except consultants.ConsultantExistsError:
        return _said("desk.people_page", f"已经有叫「{name}」的人了，请换一个名字。")
    return _said("desk.people_page", f"加好了：{name}")


@desk.post("/people/<int:consultant_id>/enable")
@admins_only
def enable(consultant_id: int) -> Response:
    return _change(consultant_id, lambda _s, person: _set_enabled(person, on=True))


@desk.post("/people/<int:consultant_id>/disable")
@admins_only
def disable(consultant_id: int) -> Response:
    if consultant_id == me().id:
        return _said("desk.people_page", "不能停用自己，请让另一位管理员来。")
    return _change(consultant_id, _leave)


@desk.post("/people/<int:consultant_id>/password")
@admins_only
def reset_password(consultant_id: int) -> Response:
    password = _password("password")
    return _change(consultant_id, lambda _s, person: _reset(person, password))


@desk.post("/people/<int:consultant_id>/limit")
@admins_only
def set_limit(consultant_id: int) -> Response:
    limit = request.form.get("limit", 0, int)
    if not 0 <= limit <= LIMIT_MAX:
        return _said("desk.people_page", f"上限要在 0 到 {LIMIT_MAX} 之间，0 表示按设置。")
    return _change(consultant_id, lambda _s, person: _set_limit(person, limit))


@desk.post("/people/<int:consultant_id>/role")
@admins_only
def set_role(consultant_id: int) -> Response:
    role = request.form.get("role", "")
    if role not in ROLES:
        abort(400)
    if consultant_id == me().id:
        return _said("desk.people_page", "不能改自己的角色，请让另一位管理员来。")
    return _change(consultant_id, lambda _s, person: _set_role(person, role))


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


def _change(consultant_id: int, change: Callable[[Session, Consultant], str]) -> Response:
    with current_context().database.write() as session:
        person = consultants.get(session, consultant_id)
        if person is None:
            abort(404)
        words = change(session, person)
    return _said("desk.people_page", words)


def _leave(session: Session, person: Consultant) -> str:
    """Whoever is disabled loses the login, the API and their cases: these go back to the queue."""
    person.enabled, person.duty = False, "off"
    person.session_version += 1
    back = cases.requeue_all_of(session, person, current_context().now())
    return f"停用了 {person.name}" + (f",{back} 个对话回到待接入" if back else "")


def _set_enabled(person: Consultant, *, on: bool) -> str:
    person.enabled = on
    return f"启用了 {person.name}"


def _reset(person: Consultant, password: str) -> str:
    consultants.set_password(person, password)
    return f"{person.name} 的密码重设好了，之前的登录已经退出。"


def _set_limit(person: Consultant, limit: int) -> str:
    person.case_limit = limit
    return f"{person.name} 最多同时接 {limit} 个" if limit else f"{person.name} 按设置里的上限"


def _set_role(person: Consultant, role: str) -> str:
    person.role = role
    return f"{person.name} 现在是{'管理员' if role == 'admin' else '顾问'}"


def _password(field: str) -> str:
    password = request.form.get(field, "")
    if len(password) < PASSWORD_MIN:
        raise cases.CaseError(f"密码至少 {PASSWORD_MIN} 位。")
    return password


def _said(endpoint: str, words: str) -> Response:
    flash(words)
    return done(endpoint)
