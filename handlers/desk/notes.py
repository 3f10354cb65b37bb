"""Whispers between consultants: a form, an address and a table of their own."""

from flask import Response, request

from handlers import cases
from handlers.desk.pages import act, desk, done, me
from handlers.parts import parts
from storage import conversations, notes
from storage.database import Session
from storage.tables import Conversation

NOTE_MAX = 2000


@desk.post("/c/<int:conversation_id>/notes")
def note(conversation_id: int) -> Response:
    text = request.form.get("note", "").strip()
    if not text:
        raise cases.CaseError("备注还是空的。")

    def work(session: Session, talk: Conversation, _by: object) -> None:
        now = parts().now()
        notes.add(
            session, conversation_id=talk.id, consultant_id=me().id, text=text[:NOTE_MAX], now=now
        )
        case = conversations.open_case(session, talk.id)
        if case is not None and case.consultant_id == me().id:
            case.worked_at = now
        conversations.touch(session, talk, now)

    act(conversation_id, work)
    return done(conversation_id=conversation_id)
