"""Accounts at the desk: my password, devices, second factor and tokens; for admins the people."""

from collections.abc import Callable

from flask import Response, abort, flash, render_template, request
from flask import session as browser

from handlers.actions import accounts
from handlers.cases import is_lead
from handlers.context import current_context
from handlers.desk.auth import KEY, admins_only
from handlers.desk.pages import desk, done, me
from handlers.desk.throttle import BusyError, password_is_right
from storage.database import Session
from storage.models.conversations import Consultant
from storage.queries import admin_events, consultants, second_factor, sessions

LIMIT_MAX = 200
AUDIT_PAGE = 50
ACTIONS = {
    "added": "添加",
    "renamed": "改名",
    "reset": "重设密码",
    "disabled": "停用",
    "enabled": "启用",
    "role": "改角色",
    "limit": "改接待上限",
    "token_added": "发接口钥匙",
    "token_revoked": "作废接口钥匙",
    "second_factor_on": "打开二次验证",
    "second_factor_off": "关闭二次验证",
    "hours": "改工作时间",
    "hours_reset": "用回设置文件的工作时间",
    "away": "请假",
    "back": "删掉请假",
    "field_added": "加档案栏目",
    "field_renamed": "改档案栏目",
    "field_removed": "撤下档案栏目",
    "tag_renamed": "改标签",
    "tag_merged": "合并标签",
    "tag_retired": "停用标签",
    "tag_back": "恢复标签",
    "tag_removed": "删标签",
    "word_changed": "改叫法",
    "word_merged": "合并叫法",
    "word_retired": "停用叫法",
    "word_back": "恢复叫法",
    "word_added": "加结果",
    "step_looked": "核对了可能已改版的步骤，问答",
}


def _by() -> accounts.Actor:
    return accounts.Actor(me().name, current_context().now())


# --- my own -------------------------------------------------------------------------------------


@desk.get("/account")
def account() -> str:
    with current_context().database.read() as session:
        key = browser.get(KEY, "")
        return render_template(
            "desk/account.html",
            me=me(),
            password_min=accounts.PASSWORD_MIN,
            sessions=sessions.of(session, me().id),
            here=sessions.digest(key),
            tokens=[row for row, owner in consultants.tokens(session) if owner.id == me().id],
        )


@desk.post("/settings/password")
def change_password() -> Response:
    new = accounts.check_password(request.form.get("new", ""), me().name)
    try:
        right = password_is_right(me(), request.form.get("now", ""))
    except BusyError:
        return _said("desk.account", "现在登录的人太多，请过一会儿再试。")
    if not right:
        return _said("desk.account", "现在的密码不对，没有改动。")
    with current_context().database.write() as session:
        person = _person(session, me().id)
        consultants.set_password(person, new)
        # This one stays, all others end: it goes on under the new version.
        sessions.end_all(session, person.id, but=browser[KEY])
        for row in sessions.of(session, person.id):
            row.version = person.session_version
    return _said("desk.account", "密码改好了，其他地方的登录已经退出。")


@desk.post("/account/sessions/end-others")
def end_other_sessions() -> Response:
    with current_context().database.write() as session:
        sessions.end_all(session, me().id, but=browser[KEY])
    return _said("desk.account", "其他地方的登录都退出了。")


@desk.post("/account/sessions/<int:session_id>/end")
def end_session(session_id: int) -> Response:
    with current_context().database.write() as session:
        sessions.end_one(session, me().id, session_id)
    return _said("desk.account", "退出了。")


@desk.post("/account/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> Response:
    """One's own, or as an admin anybody's."""
    with current_context().database.write() as session:
        owner = next((o for row, o in consultants.tokens(session) if row.id == token_id), None)
        if owner is None:
            abort(404)
        if owner.id != me().id and not is_lead(me()):
            abort(403)
        words = accounts.revoke_token(session, _by(), token_id)
    return _said("desk.account" if owner.id == me().id else "desk.people_page", words)


@desk.get("/account/second-factor")
def second_factor_page() -> str:
    """The secret waits in this browser's session until a code proves that the phone has it."""
    import segno  # noqa: PLC0415 (only this page draws, and it takes 20 ms to load)

    secret = browser.setdefault("totp", second_factor.new_secret())
    picture = segno.make(second_factor.uri(secret, me().name), error="m")
    return render_template(
        "desk/second_factor.html",
        me=me(),
        secret=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        picture=picture.svg_data_uri(scale=5, border=4),
        demanded=current_context().firm.admin_second_factor and is_lead(me()),
    )


@desk.post("/account/second-factor")
def enable_second_factor() -> str | Response:
    secret, now = browser.get("totp", ""), current_context().now()
    code = "".join(filter(str.isdigit, request.form.get("code", "")))
    if not secret or not second_factor.matches(secret, code, now):
        return _said("desk.second_factor_page", "验证码不对。看看手机的时间准不准，再输一次新的。")
    with current_context().database.write() as session:
        person = _person(session, me().id)
        codes = second_factor.enable(session, person, secret)
        _note(session, "second_factor_on")
    browser.pop("totp", None)
    return render_template("desk/recovery_codes.html", me=me(), codes=codes)


@desk.post("/account/second-factor/off")
def disable_second_factor() -> Response:
    now = current_context().now()
    with current_context().database.write() as session:
        person = _person(session, me().id)
        right = second_factor.use(session, person, request.form.get("code", ""), now)
        if right:
            second_factor.disable(session, person)
            _note(session, "second_factor_off")
    return _said("desk.account", "二次验证关掉了。" if right else "验证码不对，没有改动。")


def _note(session: Session, action: str) -> None:
    by = _by()
    admin_events.add(session, at=by.now, actor=by.actor, action=action, target=by.actor)


# --- everybody's, for admins --------------------------------------------------------------------


@desk.get("/people")
@admins_only
def people_page() -> str:
    with current_context().database.read() as session:
        return render_template(
            "desk/people.html",
            me=me(),
            people=consultants.everybody(session),
            tokens=consultants.tokens(session),
            password_min=accounts.PASSWORD_MIN,
            capacity=current_context().firm.capacity,
        )


@desk.post("/people")
@admins_only
def add_person() -> Response:
    form = request.form
    with current_context().database.write() as session:
        words = accounts.add(
            session,
            _by(),
            name=form.get("name", ""),
            password=form.get("password", ""),
            role=form.get("role", "consultant"),
        )
    return _said("desk.people_page", words)


@desk.post("/people/<int:consultant_id>/enable")
@admins_only
def enable(consultant_id: int) -> Response:
    return _change(consultant_id, accounts.enable)


@desk.post("/people/<int:consultant_id>/disable")
@admins_only
def disable(consultant_id: int) -> Response:
    if consultant_id == me().id:
        return _said("desk.people_page", "不能停用自己，请让另一位管理员来。")
    return _change(consultant_id, accounts.disable)


@desk.post("/people/<int:consultant_id>/password")
@admins_only
def reset_password(consultant_id: int) -> Response:
    password = request.form.get("password", "")
    return _change(consultant_id, lambda s, by, person: accounts.reset(s, by, person, password))


@desk.post("/people/<int:consultant_id>/name")
@admins_only
def rename_person(consultant_id: int) -> Response:
    name = request.form.get("name", "")
    return _change(consultant_id, lambda s, by, person: accounts.rename(s, by, person, name))


@desk.post("/people/<int:consultant_id>/limit")
@admins_only
def set_limit(consultant_id: int) -> Response:
    limit = request.form.get("limit", 0, int)
    if not 0 <= limit <= LIMIT_MAX:
        return _said("desk.people_page", f"上限要在 0 到 {LIMIT_MAX} 之间，0 表示按设置。")
    return _change(consultant_id, lambda s, by, person: accounts.set_limit(s, by, person, limit))


@desk.post("/people/<int:consultant_id>/role")
@admins_only
def set_role(consultant_id: int) -> Response:
    role = request.form.get("role", "")
    if role not in accounts.ROLES:
        abort(400)
    if consultant_id == me().id:
        return _said("desk.people_page", "不能改自己的角色，请让另一位管理员来。")
    return _change(consultant_id, lambda s, by, person: accounts.set_role(s, by, person, role))


@desk.get("/audit")
@admins_only
def audit() -> str:
    before = request.args.get("before", None, int)
    with current_context().database.read() as session:
        rows = admin_events.latest(session, limit=AUDIT_PAGE, before=before)
    more = rows[-1].id if len(rows) == AUDIT_PAGE else None
    return render_template("desk/audit.html", me=me(), rows=rows, more=more, ACTIONS=ACTIONS)


def _change(
    consultant_id: int, change: Callable[[Session, accounts.Actor, Consultant], str]
) -> Response:
    with current_context().database.write() as session:
        words = change(session, _by(), _person(session, consultant_id))
    return _said("desk.people_page", words)


def _person(session: Session, consultant_id: int) -> Consultant:
    person = consultants.get(session, consultant_id)
    if person is None:
        abort(404)
    return person


def _said(endpoint: str, words: str) -> Response:
    flash(words)
    return done(endpoint)
