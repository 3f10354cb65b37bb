"""Internal notes: a form, an address and a table of their own."""

from functools import partial

from flask import Response, request

from handlers.actions import messages
from handlers.desk.pages import act, desk, done


@desk.post("/c/<int:conversation_id>/notes")
def note(conversation_id: int) -> Response:
    act(conversation_id, partial(messages.note, text=request.form.get("note", "")))
    return done(conversation_id=conversation_id)
