"""Presence of consultants: duty, who looks at a conversation, who is typing."""

from flask import Response, abort, request

from handlers.actions.assignment import assign_waiting
from handlers.context import current_context
from handlers.desk.labels import DUTIES
from handlers.desk.pages import desk, done, me
from storage import live
from storage.queries import consultants, conversations, presence


@desk.post("/duty")
def duty() -> Response:
    """A switch, not a heartbeat: closing the tab does not take anybody off duty."""
    choice = request.form.get("duty", "")
    if choice not in DUTIES:
        abort(400)
    with current_context().database.write() as session:
        consultant = consultants.get(session, me().id)
        if consultant is not None:
            consultant.duty = choice
    assign_waiting(current_context())
    return done("desk.home")


@desk.post("/c/<int:conversation_id>/here")
def here(conversation_id: int) -> Response:
    """The page says that it is open (every 10 s), whether somebody types, or that it closes."""
    with current_context().database.write() as session:
        if conversations.get(session, conversation_id) is None:
            abort(404)
        if "gone" in request.form:
            presence.left(
                session,
                consultant_id=me().id,
                conversation_id=conversation_id,
                now=current_context().now(),
            )
            live.announce(session, conversation_id)
        elif presence.seen(
            session,
            consultant_id=me().id,
            conversation_id=conversation_id,
            typing="typing" in request.form,
            now=current_context().now(),
        ):
            live.announce(session, conversation_id)
    return Response(status=204)
