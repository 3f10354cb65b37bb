"""Logging in and out: name and password, then the second factor of whoever has one."""

import math
import secrets
from datetime import datetime, timedelta

from flask import (
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)

from handlers.context import current_context
from handlers.desk.auth import KEY, STAYS_IN, who_is_in
from handlers.desk.pages import desk
from handlers.desk.throttle import (
    WINDOW,
    BusyError,
    LoginAttempt,
    network_of,
    password_is_right,
    wait_for,
)
from storage.models.conversations import Consultant
from storage.queries import consultants, second_factor, sessions

DEVICE_COOKIE = "dianban_device"
DEVICE_DAYS = 365
CODE_WITHIN = timedelta(minutes=10)
WRONG = "名字或密码不对。忘记密码请找管理员重设。"
WRONG_CODE = "验证码不对，或已经用过。等下一个，或用一个恢复码。"
BUSY = "登录的人太多，请过一会儿再试。"
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "安卓"), ("Windows", "Windows"),
    ("Mac OS", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
BROWSERS = (
    ("MicroMessenger", "微信"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip


@desk.get("/login")
def login() -> Response | str:
    following = _local(request.args.get("next", ""))
    if request.method == "GET" and who_is_in() is not None:
        return redirect(following, 303)  # type: ignore[return-value]
    return _form("")


@desk.post("/login")
def log_in() -> Response | tuple[str, int]:
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    person, wait = _look(name)
    if wait:
        return _form(_too_many(wait)), 429
    try:
        right = password_is_right(person, password)
    except BusyError:
        return _form(BUSY), 429
    if not right or person is None:
        _remember_failure(name)
        return _form(WRONG), 401
    if person.totp_secret:
        session.clear()
        session["half"] = [person.id, current_context().now().isoformat()]
        return _code_form(""), 200
    return _enter(person)


@desk.post("/login/code")
def log_in_with_code() -> Response | tuple[str, int]:
    """The second step: within ten minutes of the password."""
    person = _half_in()
    if person is None:
        return _form("太久了，请重新登录。"), 401
    _, wait = _look(person.name)
    if wait:
        return _code_form(_too_many(wait)), 429
    now = current_context().now()
    with current_context().database.write() as database:
        here = consultants.get(database, person.id)
        right = here is not None and second_factor.use(
            database, here, request.form.get("code", ""), now
        )
    if not right:
        _remember_failure(person.name)
        return _code_form(WRONG_CODE), 401
    return _enter(person)


@desk.post("/logout")
def logout() -> Response:
    key = session.get(KEY, "")
    if key:
        with current_context().database.write() as database:
            sessions.end(database, key)
    session.clear()
    return redirect(url_for("desk.login"), 303)  # type: ignore[return-value]


def _form(problem: str) -> str:
    return render_template("desk/login.html", problem=problem, next=request.values.get("next", ""))


def _code_form(problem: str) -> str:
    next_ = request.values.get("next", "")
    return render_template("desk/login_code.html", problem=problem, next=next_)


def _too_many(wait: timedelta) -> str:
    minutes = math.ceil(wait.total_seconds() / 60)
    return f"试错的次数太多了，请过 {minutes} 分钟再试。忘记密码请找管理员重设。"


def _look(name: str) -> tuple[Consultant | None, timedelta]:
    """Whose name it is, and how long this attempt must wait: before any work is done for it."""
    device = request.cookies.get(DEVICE_COOKIE, "")
    with current_context().database.read() as database:
        person = consultants.by_name(database, name)
        known = person is not None and sessions.is_known(database, person.id, device)
        attempt = LoginAttempt(
            name, network_of(request.remote_addr or ""), known, current_context().now()
        )
        return person, wait_for(database, attempt)


def _half_in() -> Consultant | None:
    """Who gave the right password a short while ago."""
    half = session.get("half")
    if not isinstance(half, list) or len(half) != 2:  # noqa: PLR2004 (id and time)
        return None
    if current_context().now() - datetime.fromisoformat(half[1]) > CODE_WITHIN:
        return None
    with current_context().database.read() as database:
        person = consultants.get(database, half[0])
    return person if person is not None and person.enabled else None


def _remember_failure(name: str) -> None:
    with current_context().database.write() as database:
        consultants.record_failure(
            database,
            name=name,
            network=network_of(request.remote_addr or ""),
            now=current_context().now(),
        )


def _enter(person: Consultant) -> Response:
    following = _local(request.form.get("next", ""))
    session.clear()  # nothing from before the login is carried over
    now = current_context().now()
    device = request.cookies.get(DEVICE_COOKIE) or secrets.token_urlsafe(32)
    with current_context().database.write() as database:
        session[KEY] = sessions.start(
            database,
            person,
            device=_device_words(request.user_agent.string),
            address=request.remote_addr or "",
            now=now,
        )
        sessions.remember_device(database, person.id, device, now)
        sessions.end_old(database, now - STAYS_IN)
        consultants.forget_failures(database, before=now - WINDOW, name=person.name)
    session.permanent = True
    response = make_response(redirect(following, 303))
    response.set_cookie(
        DEVICE_COOKIE,
        device,
        max_age=DEVICE_DAYS * 24 * 3600,
        httponly=True,
        secure=request.is_secure,
        samesite="Lax",
        path="/desk/",
    )
    return response


def _device_words(agent: str) -> str:
    """Such as 安卓 · 微信, for the list of devices."""
    system = next((words for key, words in SYSTEMS if key in agent), "")
    browser = next((words for key, words in BROWSERS if key in agent), "")
    return " · ".join(part for part in (system, browser) if part) or "不认识的设备"


def _local(address: str) -> str:
    """Only a path of this site: a link to the login must not lead elsewhere."""
    if not address.isprintable():
        abort(400)
    here = address.startswith("/desk/") and "\\" not in address
    return address if here else url_for("desk.home")
