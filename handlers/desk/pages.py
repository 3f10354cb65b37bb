"""The blueprint, its files, and an answer's two shapes: a page to people, JSON to the script."""

from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    jsonify,
    redirect,
    request,
    send_from_directory,
    url_for,
)
from werkzeug.exceptions import HTTPException

from handlers import cases
from handlers.actions.perform import Action, NotFoundError, perform
from handlers.context import current_context
from handlers.ops.static_files import YEAR_SECONDS, version_of
from storage.models.conversations import Consultant

T = TypeVar("T")
HERE = Path(__file__).parent
STATIC = HERE / "static"
SCRIPT = "X-Desk"  # the desk's script names itself with this header

desk = Blueprint("desk", __name__, url_prefix="/desk", template_folder="templates")


@desk.get("/static/<tag>/<path:name>")
def asset(tag: str, name: str) -> Response:
    """`tag` is part of the address, so that modules which import each other share one version."""
    fresh = tag == version_of(STATIC)
    response = send_from_directory(STATIC, name, max_age=YEAR_SECONDS if fresh else 0)
    response.cache_control.immutable = fresh
    return response


@desk.app_template_global()
def asset_url(name: str) -> str:
    return url_for("desk.asset", tag=version_of(STATIC), name=name)


def me() -> Consultant:
    """The consultant who is logged in."""
    return g.consultant  # type: ignore[no-any-return]  # auth.py puts it there


@desk.before_request
def _know_the_hours() -> None:
    """Somebody may have edited them in another process."""
    context = current_context()
    context.edited_hours.refresh(context.database)


def by_script() -> bool:
    return SCRIPT in request.headers


def act(conversation_id: int, action: Action[T]) -> T:
    """Do one of `handlers.actions` as the consultant who is logged in. 404 when it is not there."""
    try:
        return perform(current_context(), conversation_id, me().id, action)
    except NotFoundError:
        abort(404)


def done(endpoint: str = "desk.conversation", **values: object) -> Response:
    """After something was done: to the page that shows it."""
    if endpoint == "desk.conversation":
        values.setdefault("_anchor", "end")  # without a script the page would open at its top
    address = url_for(endpoint, **values)  # type: ignore[arg-type]
    return jsonify(go=address) if by_script() else redirect(address, 303)  # type: ignore[return-value]


def refused(error: cases.CaseError) -> Response:
    """Not allowed: the sentence, next to where it happened."""
    if by_script():
        response = jsonify(message=str(error))
        response.status_code = 409
        return response
    flash(str(error))
    return redirect(_came_from(), 303)  # type: ignore[return-value]


def _came_from() -> str:
    """The page of the desk whose form it was; only its path is believed."""
    path = urlsplit(request.referrer or "").path
    if path.startswith(f"{desk.url_prefix}/") and _is_page(path):
        return path
    conversation_id = (request.view_args or {}).get("conversation_id")
    if conversation_id is None:
        return url_for("desk.home")
    return url_for("desk.conversation", conversation_id=conversation_id)


def _is_page(path: str) -> bool:
    """Not what only a form leads to, such as the question before something is done to many."""
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return False
    return True


desk.register_error_handler(cases.CaseError, refused)
