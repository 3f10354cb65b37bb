"""Logging in and out."""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Response, redirect, render_template, request, session, url_for

from handlers.context import current_context
from handlers.desk.auth import who_is_in
from handlers.desk.pages import desk
from storage.models.conversations import Consultant
from storage.queries import consultants

WINDOW = timedelta(minutes=15)
TRIES_PER_NAME = 5
TRIES_PER_ADDRESS = 20
WRONG = "名字或密码不对。忘记密码请找管理员重设。"
TOO_MANY = "试错的次数太多了，请过 15 分钟再试。忘记密码请找管理员重设。"


@desk.route("/login", methods=["GET", "POST"])
def login() -> Response | str | tuple[str, int]:
    if request.method == "GET":
        if who_is_in() is not None:
            return redirect(_local(request.args.get("next", "")), 303)  # type: ignore[return-value]
        return _form("")
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    if _too_many(name):
        return _form(TOO_MANY), 429
    with current_context().database.read() as database:
        consultant = consultants.checked(database, name, password)
    if consultant is None:
        _remember_failure(name)
        return _form(WRONG), 401
    _enter(consultant)
    return redirect(_local(request.form.get("next", "")), 303)  # type: ignore[return-value]


@desk.post("/logout")
def logout() -> Response:
    session.clear()
    return redirect(url_for("desk.login"), 303)  # type: ignore[return-value]


def _form(problem: str) -> str:
    return render_template("desk/login.html", problem=problem, next=request.values.get("next", ""))


def _address() -> str:
    return request.remote_addr or ""


def _too_many(name: str) -> bool:
    since = current_context().now() - WINDOW
    with current_context().database.read() as database:
        by_name, by_address = consultants.failures_since(
            database, name=name, address=_address(), since=since
        )
    return by_name >= TRIES_PER_NAME or by_address >= TRIES_PER_ADDRESS


def _remember_failure(name: str) -> None:
    with current_context().database.write() as database:
        consultants.record_failure(
            database, name=name, address=_address(), now=current_context().now()
        )


def _enter(consultant: Consultant) -> None:
    session.clear()  # nothing from before the login is carried over
    session["who"], session["version"] = consultant.id, consultant.session_version
    session.permanent = True
    with current_context().database.write() as database:
        consultants.forget_failures(
            database, before=current_context().now() - WINDOW, name=consultant.name
        )


def _local(address: str) -> str:
    """Only a path of this site: a link to the login must not lead elsewhere."""
    pieces = urlsplit(address)
    plain = address.startswith("/desk/") and not pieces.scheme and not pieces.netloc
    return address if plain and "\\" not in address else url_for("desk.home")
