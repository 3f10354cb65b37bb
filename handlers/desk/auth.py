"""The door. Closed by default: an address that is not named here needs a login."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    redirect,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import BadRequest

from handlers.context import current_context
from handlers.desk.pages import by_script, me
from storage.models.conversations import Consultant
from storage.queries import consultants

PUBLIC_ENDPOINTS = frozenset({"desk.login", "desk.asset"})
# Blueprints with a door of their own: a signature, a token, or nothing to hide.
OWN_DOORS = frozenset({"webhook", "api", "status", "sandbox"})
# Programs that bring no cookie, so that nobody can ride on one.
WITHOUT_COOKIE = frozenset({"webhook", "api"})
STAYS_IN = timedelta(days=7)

P = ParamSpec("P")
T = TypeVar("T")


def install(app: Flask) -> None:
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,  # `_no_forgery` decides, by the blueprint's name
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session
        PERMANENT_SESSION_LIFETIME=STAYS_IN,
    )
    csrf = CSRFProtect(app)

    def no_forgery() -> None:
        if request.endpoint and request.blueprint not in WITHOUT_COOKIE:
            csrf.protect()

    app.before_request(_needs_login)
    app.before_request(no_forgery)
    app.register_error_handler(CSRFError, _forged)


def _needs_login() -> Response | None:
    g.consultant = None
    if request.endpoint is None or request.blueprint in OWN_DOORS:
        return None
    if request.endpoint == "desk.asset":
        return None
    g.consultant = who_is_in()
    if g.consultant is not None or request.endpoint in PUBLIC_ENDPOINTS:
        return None
    # The rest of the session stays: a login form that is open in another tab needs its token.
    session.pop("who", None)
    if by_script():
        response = jsonify(message="登录已经过期，请重新登录。没发出去的内容还在。")
        response.status_code = 401
        return response
    return redirect(url_for("desk.login", next=_back()), 303)  # type: ignore[return-value]


def _back() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else "/desk/"


def who_is_in() -> Consultant | None:
    """The consultant of this session; None when it ended: disabled, or the password changed."""
    consultant_id = session.get("who")
    if not isinstance(consultant_id, int):
        return None
    with current_context().database.read() as database:
        consultant = consultants.get(database, consultant_id)
    if consultant is None or not consultant.enabled:
        return None
    return consultant if consultant.session_version == session.get("version") else None


def admins_only(view: Callable[P, T]) -> Callable[P, T]:
    """Put under the route: a consultant without the role gets 403."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        if me().role != "admin":
            abort(403)
        return view(*args, **kwargs)

    return guarded


class StaleFormError(BadRequest):
    """The form's token is not that of this session."""

    description = "这个页面放得太久了，请返回、刷新以后再试。"
    for_people = True


def _forged(_error: CSRFError) -> ResponseReturnValue:
    if by_script():
        response = jsonify(message=StaleFormError.description)
        response.status_code = 400
        return response
    return current_app.handle_http_exception(StaleFormError())
