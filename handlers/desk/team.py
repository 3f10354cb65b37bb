"""The team page, live: duty, open cases, replies owed; handing cases over in one go."""

from flask import Response, abort, flash, render_template, request

from handlers import cases
from handlers.actions.assignment import assign_waiting
from handlers.actions.casework import hand_over
from handlers.china_time import midnight, today
from handlers.context import current_context
from handlers.desk.labels import DUTIES
from handlers.desk.pages import desk, done, me
from storage.queries import consultants, desk_settings, team


@desk.get("/team", endpoint="team")
def team_page() -> str:
    since = midnight(today(current_context().now()))
    with current_context().database.read() as session:
        return render_template(
            "desk/team.html",
            me=me(),
            members=team.members(session, since),
            today=team.today(session, since),
            away=desk_settings.away(session, today(current_context().now())),
            lead=cases.is_lead(me()),
        )


@desk.post("/team/<int:consultant_id>/handover")
def handover(consultant_id: int) -> Response:
    """All cases of one consultant to a colleague, or with no name back to the queue."""
    to, word = request.form.get("to", ""), request.form.get("word", "").strip()
    moved = hand_over(current_context(), me().id, of=consultant_id, to=to, word=word)
    flash(f"移交了 {moved} 个对话{f'给 {to}' if to else '，都回到待接入'}。")
    return done("desk.team")


@desk.post("/team/<int:consultant_id>/duty")
def set_duty(consultant_id: int) -> Response:
    """A lead sets somebody's duty: they forgot to, or went home."""
    choice = request.form.get("duty", "")
    if choice not in DUTIES:
        abort(400)
    if not cases.is_lead(me()):
        abort(403)
    with current_context().database.write() as session:
        person = consultants.get(session, consultant_id)
        if person is None:
            abort(404)
        person.duty = choice
    assign_waiting(current_context())
    return done("desk.team")
