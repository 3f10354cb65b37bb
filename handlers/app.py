"""The Flask application factory, and one error page for every kind of error."""

import logging
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask, Request, Response, g, jsonify, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from markupsafe import escape
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    ServiceUnavailable,
)

from handlers.context import EXTENSION, Context
from handlers.ops.request_buffer import BODY_MAX
from storage.database import AgainError, DatabaseDownError, UnfitValueError

log = logging.getLogger(__name__)
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; form-action 'self'"
)
PROTECTION = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
}

WORDS = {
    400: "请求的格式不对。",
    401: "请先登录。",
    403: "没有权限做这件事。",
    404: "这里什么也没有，地址可能写错了。",
    405: "这个地址不支持这种操作。",
    409: "别人刚刚改动过，请刷新后再试。",
    413: "内容太大了。",
    429: "试得太频繁了，请稍后再来。",
    500: "程序出了意外，已经记下来了。请稍后再试。",
    503: "数据库暂时连不上，没有丢失任何内容。请稍后再试。",
}


class BoundedRequest(Request):
    """JSON nested deeper than Python reads is a bad request, not an error of ours."""

    def get_json(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (Flask's own)
        try:
            return super().get_json(*args, **kwargs)
        except RecursionError:
            raise BadRequest from None


class Sessions(SecureCookieSessionInterface):
    """Flask's own, skipped for requests without a cookie.

    Flask gets ready to check a signature before it looks for the cookie, and WeChat brings none.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if "Cookie" not in request.headers:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session or session.accessed:
            super().save_session(app, session, response)


def create_app(
    context: Context,
    install: Sequence[Callable[[Flask], None]],
    *,
    secret_key: str,
    secure: bool = False,
) -> Flask:
    """An application with these parts; each of `install` adds a group of routes.

    `secure` says that visitors come over HTTPS, so that the session cookie may insist on it.
    """
    app = Flask("dianban", static_folder=None, template_folder=None)
    app.config.update(
        SECRET_KEY=secret_key,
        MAX_CONTENT_LENGTH=BODY_MAX,
        SESSION_COOKIE_NAME="dianban",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_SAMESITE="Lax",  # a link in an alert must open the desk with its session
    )
    app.request_class = BoundedRequest
    app.session_interface = Sessions()
    app.extensions[EXTENSION] = context
    app.before_request(_name_request)
    app.before_request(_check_address)
    for add in install:
        add(app)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(DatabaseDownError, _database_down)
    app.register_error_handler(AgainError, _overtaken)
    app.register_error_handler(UnfitValueError, lambda _: _refused(BadRequest()))
    app.after_request(_protect)
    return app


def _name_request() -> None:
    g.request_id = secrets.token_hex(6)


def _check_address() -> None:
    """PostgreSQL takes no NUL, also not to look for; on SQLite the answer shall be the same."""
    if any("\0" in value for _, value in request.args.items(multi=True)):
        raise BadRequest


def _protect(response: Response) -> Response:
    headers = response.headers
    for name, value in PROTECTION.items():
        if name not in headers:
            headers.add(name, value)
    headers["X-Request-Id"] = g.get("request_id", "")
    return response


def _database_down(error: DatabaseDownError) -> Response:
    log.error("request %s: database down (%s, %s)", g.get("request_id"), error, error.why)
    return _refused(ServiceUnavailable())


def _overtaken(_: AgainError) -> Response:
    """503 and not 409: nothing was decided against it, and the desk's script sends it again."""
    error = ServiceUnavailable(WORDS[409])
    error.for_people = True  # type: ignore[attr-defined]
    return _refused(error)


def _refused(error: HTTPException) -> Response:
    """The same refusal for everybody: JSON to programs, words to WeChat, a page to people."""
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    code = error.code or InternalServerError.code
    words = error.description if getattr(error, "for_people", False) else WORDS.get(code)
    words = words or error.name
    if request.path.startswith("/api/"):
        body = {"error": {"code": error.name.lower().replace(" ", "_"), "message": words}}
        response = jsonify(body)
    elif request.path.startswith("/wechat"):
        response = Response(error.name, mimetype="text/plain")
    else:
        response = Response(_page(code, words), mimetype="text/html")
    response.status_code = code
    if code == ServiceUnavailable.code:
        response.headers["Retry-After"] = "5"
    return response


def _page(code: int, words: str) -> str:
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{code}</title><main><h1>{escape(words)}</h1>"
        '<p><a href="/desk/">回到工作台</a></p></main></html>'
    )
