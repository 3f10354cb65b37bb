"""The webhook: verify a push, receive it, reply within WeChat's five seconds."""

import logging
from functools import partial

from flask import Blueprint, Flask, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from handlers.context import Context, current_context
from handlers.inbound import peer, pipeline, retries
from handlers.inbound.commit import InboundResult
from handlers.ops.logs import log_name
from wechat.errors import PushError
from wechat.replies import SUCCESS
from wechat.xml_fields import MAX_BYTES

log = logging.getLogger(__name__)
webhook = Blueprint("webhook", __name__)


def install(app: Flask) -> None:
    app.register_blueprint(webhook)
    app.register_error_handler(PushError, _refuse)


@webhook.get("/wechat", strict_slashes=False)
def verify() -> Response:
    """WeChat checks the callback address: give back what it sent, if it really was WeChat."""
    echo = current_context().verifier.verify_url(request.args, current_context().now())
    return Response(echo, mimetype="text/plain")


@webhook.post("/wechat", strict_slashes=False)
def receive() -> Response:
    """One push. Anything refused is refused before any work is done on it."""
    if (request.content_length or 0) > MAX_BYTES:
        raise RequestEntityTooLarge
    request.max_content_length = MAX_BYTES
    context = current_context()
    now = context.now()
    push = context.verifier.open(request.args, request.get_data(cache=False), now)
    g.push = {"merchant": log_name(push.openid), "kind": push.kind}
    connection = peer.Connection(request.environ)
    received = pipeline.receive(context, push, connection.hung_up)
    if received.reply == SUCCESS:
        return Response(SUCCESS, mimetype="text/plain")
    if pipeline.nobody_waits(context, push, connection.hung_up):
        retries.missed(context, received)
        return Response(SUCCESS, mimetype="text/plain")
    nonce = request.args["nonce"]
    sealed = context.verifier.seal(received.reply, nonce, int(now.timestamp()), push.sealing)
    return _noting(context, received, connection, sealed)


def _noting(
    context: Context, received: InboundResult, connection: peer.Connection, sealed: str
) -> Response:
    """The response; notes whether anybody was there to read it."""

    def written() -> None:
        if connection.reset():
            retries.doubted(context, received)
        elif received.in_passive_reply:
            retries.mark_delivered(context, received)

    data = sealed.encode()
    body = peer.NotedBody(data, written, partial(retries.missed, context, received))
    headers = {"Content-Length": str(len(data))}
    return Response(body, mimetype="application/xml", headers=headers)


def _refuse(error: PushError) -> Response:
    # The query string has the signature in it and the body somebody's words: neither is logged.
    context = current_context()
    context.refusals.note(context.database, error, context.now())
    log.warning("request %s: push refused: %s", g.get("request_id"), type(error).__name__)
    return Response(type(error).__name__, status=error.status, mimetype="text/plain")
