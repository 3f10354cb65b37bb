"""Judging what the bot made of a merchant's message: right with one tap, else what it should be."""

from flask import Response, abort, flash, render_template, request

from handlers.context import current_context
from handlers.desk.editing import store_verdict
from handlers.desk.pages import desk, done, me
from handlers.knowledge import drafts
from handlers.knowledge.entry_form import InvalidEntryError
from handlers.knowledge.verdicts import ConsultantVerdict
from storage.queries import messages

LIKELY = 5


@desk.get("/m/<int:message_id>/verdict")
def verdict_page(message_id: int) -> str:
    with current_context().database.read() as session:
        message = messages.get(session, message_id)
        if message is None:
            abort(404)
        bank = drafts.view(session).bank()
    ranking = (message.understanding or {}).get("ranking") or []
    likely = [name for name, _ in ranking if name in bank.by_id][:LIKELY]
    return render_template(
        "desk/verdict.html",
        me=me(),
        message=message,
        likely=[bank.by_id[name] for name in likely],
        others=[entry for entry in bank.entries if entry.id not in likely],
    )


@desk.post("/m/<int:message_id>/verdict")
def give_verdict(message_id: int) -> Response:
    kind, _, entry = request.form.get("verdict", "").partition(":")
    opinion = ConsultantVerdict(kind, entry or request.form.get("entry", ""))

    try:
        message = store_verdict(message_id, opinion)
    except InvalidEntryError as error:
        flash(str(error))
        return done("desk.verdict_page", message_id=message_id)
    if message is None:
        abort(404)
    return done(conversation_id=message.conversation_id, _anchor=f"m{message.id}")
