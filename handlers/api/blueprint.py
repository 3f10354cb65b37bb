"""The API's blueprint, and what all of its routes share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, Response, g, jsonify, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, NotFound

from handlers.actions.perform import Action, NotFoundError, perform
from handlers.context import current_context
from storage.database import Session
from storage.models.conversations import Consultant
from storage.queries import consultants

api = Blueprint("api", __name__, url_prefix="/api/v1")
Body = TypeVar("Body", bound=BaseModel)


View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Described:
    """What the API's document says of a route; `query` is name → what it is for."""

    summary: str
    answer: type[BaseModel]
    body: type[BaseModel] | None
    status: int
    query: Mapping[str, str]


DESCRIBED: dict[str, Described] = {}
"""By the route's endpoint."""


def described(
    summary: str,
    *,
    answer: type[BaseModel],
    body: type[BaseModel] | None = None,
    status: int = 200,
    query: Mapping[str, str] | None = None,
) -> Callable[[View], View]:
    """Put under the route: what `openapi.py` says of it."""

    def describe(view: View) -> View:
        known = Described(summary, answer, body, status, query or {})
        DESCRIBED[f"{api.name}.{view.__name__}"] = known
        return view

    return describe


def body_of(shape: type[Body]) -> Body:
    """The request's JSON. Raises BadRequest, naming what is wrong."""
    try:
        return shape.model_validate(request.get_json(silent=True))
    except ValidationError as error:
        where = "、".join(str(each["loc"][0]) if each["loc"] else "JSON" for each in error.errors())
        refusal = BadRequest(f"请求的内容不对，请检查：{where}。")
        refusal.for_people = True  # type: ignore[attr-defined]
        raise refusal from None


def json_of(shape: BaseModel) -> Response:
    return Response(shape.model_dump_json(by_alias=True), mimetype="application/json")


def refuse(code: str, message: str, status: int) -> tuple[Response, int]:
    return jsonify(error={"code": code, "message": message}), status


def run(conversation_id: int, action: Action[Response]) -> Response:
    try:
        return perform(current_context(), conversation_id, g.consultant_id, action)
    except NotFoundError:
        raise NotFound from None


def me(session: Session) -> Consultant:
    """Whoever the token of this request belongs to."""
    found = consultants.get(session, g.consultant_id)
    assert found is not None  # noqa: S101 (the token was theirs a moment ago)
    return found
