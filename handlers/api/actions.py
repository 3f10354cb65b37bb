"""The routes of the API. Each does what the desk's button of the same name does."""

import uuid
from collections.abc import Callable
from typing import TypeVar, cast

from flask import Blueprint, Response, g, jsonify, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, NotFound, Unauthorized

from handlers import cases, outbox
from handlers.api import openapi, shapes
from handlers.parts import parts
from storage import consultants, conversations, messages, notes
from storage.database import Session
from storage.tables import Case, Consultant, Conversation

PUBLIC_ENDPOINTS = frozenset({"api.document"})
PAGE_MAX = 1000
STATES = ("bot", "waiting", "consultant")

api = Blueprint("api", __name__, url_prefix="/api/v1")
Body = TypeVar("Body", bound=BaseModel)
Action = Callable[[Session, Conversation, Consultant], Case]


@api.before_request
def _authenticate() -> None:
    """Closed by default: everything but the document needs a consultant's token."""
    if request.endpoint in PUBLIC_ENDPOINTS:
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    with parts().database.read() as session:
        who = consultants.by_token(session, token.strip()) if scheme.lower() == "bearer" else None
    if who is None:
        raise Unauthorized(www_authenticate=None)
    g.consultant_id = who.id


@api.errorhandler(cases.CaseError)
def _refused(error: cases.CaseError) -> tuple[Response, int]:
    code, status = {
        cases.NoCaseError: ("no_case", 409),
        cases.AlreadyClaimedError: ("already_claimed", 409),
        cases.NotOwnerError: ("not_owner", 403),
    }.get(type(error), ("refused", 400))
    problem = shapes.Problem(code=code, message=str(error))
    return _json(shapes.Error(error=problem)), status


@api.get("/openapi.json")
def document() -> Response:
    return jsonify(openapi.document())


@api.get("/conversations")
def listed() -> Response:
    state = request.args.get("state")
    if state is not None and state not in STATES:
        raise BadRequest
    with parts().database.read() as session:
        rows = conversations.listed(
            session,
            state=cast("conversations.State | None", state),
            openid=request.args.get("merchant"),
            limit=_limit(200),
        )
        found = [shapes.Conversation(**shapes.conversation(row, case)) for row, case in rows]
    return _json(shapes.Conversations(conversations=found))


@api.get("/conversations/<int:conversation_id>")
def full(conversation_id: int) -> Response:
    """The newest messages, oldest first; `?before=ID` for older ones."""
    with parts().database.read() as session:
        row = conversations.with_case(session, conversation_id)
        if row is None:
            raise NotFound
        said = messages.latest(
            session,
            conversation_id,
            limit=_limit(PAGE_MAX),
            before=request.args.get("before", type=int),
        )
        return _json(
            shapes.FullConversation(
                **shapes.conversation(*row),
                messages=[shapes.message(each) for each in said],
                quota=shapes.quota(row[0], parts().now()),
            )
        )


@api.post("/conversations/<int:conversation_id>/claim")
def claim(conversation_id: int) -> Response:
    return _act(conversation_id, lambda s, c, by: cases.claim(s, c, by, parts().now()))


@api.post("/conversations/<int:conversation_id>/release")
def release(conversation_id: int) -> Response:
    return _act(conversation_id, lambda s, c, by: cases.release(s, c, by, parts().now()))


@api.post("/conversations/<int:conversation_id>/resolve")
def resolve(conversation_id: int) -> Response:
    return _act(conversation_id, lambda s, c, by: cases.resolve(s, c, by, now=parts().now()))


@api.post("/conversations/<int:conversation_id>/requeue")
def requeue(conversation_id: int) -> Response:
    return _act(conversation_id, lambda s, c, by: cases.requeue(s, c, by, parts().now()))


@api.post("/conversations/<int:conversation_id>/transfer")
def transfer(conversation_id: int) -> Response:
    body = _body(shapes.TransferTo)
    return _act(
        conversation_id,
        lambda s, c, by: cases.transfer(s, c, by, to=body.to, word=body.word, now=parts().now()),
    )


@api.post("/conversations/<int:conversation_id>/messages")
def send(conversation_id: int) -> tuple[Response, int]:
    body = _body(shapes.NewMessage)
    draft = outbox.Draft(body.text, body.key or uuid.uuid4().hex)
    with parts().database.write() as session:
        row, by = _locked(session, conversation_id)
        said = outbox.say_as_consultant(session, row, by, draft, parts().now())
        answer = _json(shapes.message(said))
    parts().ring(conversation_id)
    return answer, 201


@api.post("/conversations/<int:conversation_id>/notes")
def write_note(conversation_id: int) -> tuple[Response, int]:
    body = _body(shapes.NewNote)
    now = parts().now()
    with parts().database.write() as session:
        row, by = _locked(session, conversation_id)
        note = notes.add(
            session, conversation_id=row.id, consultant_id=by.id, text=body.text, now=now
        )
        conversations.touch(session, row, now)
        return _json(shapes.note(note)), 201


def _act(conversation_id: int, action: Action) -> Response:
    """Do one thing to a conversation, and show it as it is afterwards."""
    with parts().database.write() as session:
        row, by = _locked(session, conversation_id)
        action(session, row, by)
        session.flush()
        after = conversations.with_case(session, conversation_id)
        assert after is not None  # noqa: S101 (it is locked, so it is there)
        return _json(shapes.Conversation(**shapes.conversation(*after)))


def _locked(session: Session, conversation_id: int) -> tuple[Conversation, Consultant]:
    row = conversations.lock_by_id(session, conversation_id)
    by = consultants.get(session, g.consultant_id)
    if row is None or by is None:
        raise NotFound
    return row, by


def _body(shape: type[Body]) -> Body:
    try:
        return shape.model_validate(request.get_json(silent=True))
    except ValidationError as error:
        where = "、".join(str(each["loc"][0]) if each["loc"] else "JSON" for each in error.errors())
        refusal = BadRequest(f"请求的内容不对，请检查：{where}。")
        refusal.for_people = True  # type: ignore[attr-defined]
        raise refusal from None


def _limit(most: int) -> int:
    asked = request.args.get("limit", type=int)
    return most if asked is None else max(1, min(asked, most))


def _json(shape: BaseModel) -> Response:
    return Response(shape.model_dump_json(by_alias=True), mimetype="application/json")
