"""Authentication: a login is required for every route that is not listed here."""

import logging
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

from handlers.cases import is_lead
from handlers.context import current_context
from handlers.desk.pages import by_script, me
from storage.database import AgainError, DatabaseDownError
from storage.models.conversations import Consultant
from storage.queries import sessions

log = logging.getLogger(__name__)
PUBLIC_ENDPOINTS = frozenset(
    {
        "desk.login",
        "desk.log_in",
        "desk.log_in_with_code",
        "desk.asset",
        "desk.manifest",
        "desk.service_worker",
    }
)
# Blueprints that authenticate by themselves (signature, token) or are public.
OWN_AUTHENTICATION = frozenset({"webhook", "api", "status", "sandbox"})
# Called by programs without cookies: exempt from CSRF protection.
WITHOUT_COOKIE = frozenset({"webhook", "api"})
STAYS_IN = timedelta(days=7)
KEY = "key"  # of the cookie: the random key of the session on the server
SEEN_EVERY = timedelta(minutes=10)
# Where an admin without a demanded second factor may still go.
SETTING_UP = frozenset({"desk.second_factor_page", "desk.enable_second_factor", "desk.logout"})

P = ParamSpec("P")
T = TypeVar("T")


def install(app: Flask) -> None:
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,  # `no_forgery` decides, by the blueprint's name
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
    if request.endpoint is None or request.blueprint in OWN_AUTHENTICATION:
        return None
    if request.endpoint == "desk.asset":
        return None
    g.consultant = who_is_in()
    if g.consultant is not None:
        return _needs_second_factor(g.consultant)
    if request.endpoint in PUBLIC_ENDPOINTS:
        return None
    # The rest of the session stays: a login form that is open in another tab needs its token.
    session.pop(KEY, None)
    if by_script():
        response = jsonify(message="登录已经过期，请重新登录。没发出去的内容还在。")
        response.status_code = 401
        return response
    return redirect(url_for("desk.login", next=_back()), 303)  # type: ignore[return-value]


def _needs_second_factor(consultant: Consultant) -> Response | None:
    """Admins set it up before anything else, where the settings demand it."""
    demanded = current_context().firm.admin_second_factor and is_lead(consultant)
    if not demanded or consultant.totp_secret or request.endpoint in SETTING_UP:
        return None
    return redirect(url_for("desk.second_factor_page"), 303)  # type: ignore[return-value]


def _back() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else "/desk/"


def who_is_in() -> Consultant | None:
    """The consultant of this session; None when it ended, here or on the server."""
    key = session.get(KEY)
    if not isinstance(key, str) or not key:
        return None
    now = current_context().now()
    with current_context().database.read() as database:
        found = sessions.opened(database, key)
    if found is None or now - found.session.seen_at > STAYS_IN:
        return None
    if now - found.session.seen_at > SEEN_EVERY:
        _note_seen(found.session.id)
    return found.consultant


def _note_seen(session_id: int) -> None:
    try:
        with current_context().database.write() as database:
            sessions.seen(database, session_id, current_context().now())
    except (DatabaseDownError, AgainError):
        log.info("when a session was last seen could not be noted; its page goes on")


def admins_only(view: Callable[P, T]) -> Callable[P, T]:
    """Put under the route: a consultant without the role gets 403."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        if not is_lead(me()):
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
