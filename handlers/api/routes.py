"""The routes of the API. Each does what the desk's button of the same name does."""

import uuid
from functools import partial
from typing import cast

from flask import Response, g, jsonify, request
from werkzeug.exceptions import BadRequest, NotFound, Unauthorized

from handlers import cases
from handlers.actions import casework
from handlers.actions import messages as actions
from handlers.actions.perform import Acting, Action
from handlers.api import openapi, schemas
from handlers.api.blueprint import Body, api, body_of, described, json_of, run
from handlers.context import current_context
from handlers.outbound import outbox
from storage.models.conversations import Case
from storage.queries import consultants, conversations, messages

PUBLIC_ENDPOINTS = frozenset({"api.document"})
PAGE_MAX = 1000
STATES = ("bot", "waiting", "consultant")


@api.before_request
def _authenticate() -> None:
    """Closed by default: everything but the document needs a consultant's token."""
    if request.endpoint in PUBLIC_ENDPOINTS:
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    with current_context().database.read() as session:
        who = consultants.by_token(session, token.strip()) if scheme.lower() == "bearer" else None
    if who is None:
        raise Unauthorized(www_authenticate=None)
    g.consultant_id = who.id


@api.errorhandler(cases.CaseError)
def _refused(error: cases.CaseError) -> tuple[Response, int]:
    code, status = {
        cases.NoCaseError: ("no_case", 409),
        cases.AlreadyClaimedError: ("already_claimed", 409),
        cases.CapacityError: ("capacity_reached", 409),
        cases.NotOwnerError: ("not_owner", 403),
    }.get(type(error), ("refused", 400))
    problem = schemas.ErrorBody(code=code, message=str(error))
    return json_of(schemas.ErrorOut(error=problem)), status


@api.get("/openapi.json")
def document() -> Response:
    return jsonify(openapi.document())


@api.get("/conversations")
@described(
    "List conversations",
    answer=schemas.ConversationsOut,
    query={"state": "bot, waiting or consultant", "merchant": "openid", "limit": "most rows"},
)
def listed() -> Response:
    state = request.args.get("state")
    if state is not None and state not in STATES:
        raise BadRequest
    with current_context().database.read() as session:
        rows = conversations.listed(
            session,
            state=cast("conversations.State | None", state),
            openid=request.args.get("merchant"),
            limit=_limit(200),
        )
        found = [schemas.ConversationOut(**schemas.conversation(row, case)) for row, case in rows]
    return json_of(schemas.ConversationsOut(conversations=found))


@api.get("/conversations/<int:conversation_id>")
@described(
    "One conversation with its messages",
    answer=schemas.FullConversationOut,
    query={"before": "only messages older than this id", "limit": "most messages"},
)
def full(conversation_id: int) -> Response:
    """The newest messages, oldest first; `?before=ID` for older ones."""
    with current_context().database.read() as session:
        row = conversations.with_case(session, conversation_id)
        if row is None:
            raise NotFound
        said = messages.latest(
            session,
            conversation_id,
            limit=_limit(PAGE_MAX),
            before=request.args.get("before", type=int),
        )
        return json_of(
            schemas.FullConversationOut(
                **schemas.conversation(*row),
                messages=[schemas.message(each) for each in said],
                quota=schemas.quota_out(row[0], current_context().now()),
            )
        )


@api.post("/conversations/<int:conversation_id>/claim")
@described("Take it", answer=schemas.ConversationOut, body=schemas.Claim)
def claim(conversation_id: int) -> Response:
    body = _optional_body(schemas.Claim)
    return _act(conversation_id, partial(casework.claim, take_over=body.take_over))


@api.post("/conversations/<int:conversation_id>/release")
@described("Hand it back to the bot", answer=schemas.ConversationOut, body=schemas.HandBack)
def release(conversation_id: int) -> Response:
    tell = _optional_body(schemas.HandBack).tell
    return _act(conversation_id, partial(casework.release, tell=tell))


@api.post("/conversations/<int:conversation_id>/resolve")
@described("The case is done", answer=schemas.ConversationOut, body=schemas.HandBack)
def resolve(conversation_id: int) -> Response:
    tell = _optional_body(schemas.HandBack).tell
    return _act(conversation_id, partial(casework.resolve, tell=tell))


@api.post("/conversations/<int:conversation_id>/requeue")
@described("Put it back into the queue", answer=schemas.ConversationOut, body=schemas.HandBack)
def requeue(conversation_id: int) -> Response:
    tell = _optional_body(schemas.HandBack).tell
    return _act(conversation_id, partial(casework.requeue, tell=tell))


@api.post("/conversations/<int:conversation_id>/transfer")
@described("Transfer it to a colleague", answer=schemas.ConversationOut, body=schemas.TransferTo)
def transfer(conversation_id: int) -> Response:
    body = body_of(schemas.TransferTo)
    return _act(conversation_id, partial(casework.transfer, to=body.to, word=body.word))


@api.post("/conversations/<int:conversation_id>/messages")
@described("Say something", answer=schemas.MessageOut, body=schemas.NewMessage, status=201)
def send(conversation_id: int) -> tuple[Response, int]:
    body = body_of(schemas.NewMessage)
    text = outbox.OutgoingText(body.text, body.key or uuid.uuid4().hex)

    def work(acting: Acting) -> Response:
        return json_of(schemas.message(actions.send(acting, text)))

    return run(conversation_id, work), 201


@api.post("/conversations/<int:conversation_id>/notes")
@described("Write an internal note", answer=schemas.NoteOut, body=schemas.NewNote, status=201)
def write_note(conversation_id: int) -> tuple[Response, int]:
    body = body_of(schemas.NewNote)

    def work(acting: Acting) -> Response:
        return json_of(schemas.note(actions.note(acting, body.text)))

    return run(conversation_id, work), 201


def _act(conversation_id: int, action: Action[Case]) -> Response:
    """Do one thing to a conversation, and show it as it is afterwards."""

    def work(acting: Acting) -> Response:
        action(acting)
        acting.session.flush()
        after = conversations.with_case(acting.session, conversation_id)
        assert after is not None  # noqa: S101 (it is locked, so it is there)
        return json_of(schemas.ConversationOut(**schemas.conversation(*after)))

    return run(conversation_id, work)


def _optional_body(shape: type[Body]) -> Body:
    """The body, or its defaults where none was sent."""
    return body_of(shape) if request.get_data(cache=True).strip() else shape()


def _limit(most: int) -> int:
    asked = request.args.get("limit", type=int)
    return most if asked is None else max(1, min(asked, most))
