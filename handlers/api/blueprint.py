"""The API's blueprint, and what all of its routes share."""

from typing import TypeVar

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
