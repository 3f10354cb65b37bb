"""The learning queue: one card a question, settled with one tap, taken back within ten seconds."""

from datetime import timedelta

from flask import Response, flash, render_template, request
from werkzeug.datastructures import MultiDict

from faq.bank import Bank
from handlers.context import current_context
from handlers.desk.editing import acting_as_me, bank_in_force
from handlers.desk.pages import desk, done, me
from handlers.knowledge import drafts, drift, learning
from handlers.knowledge.drift import AlreadyReviewedError
from handlers.knowledge.entry_form import InvalidEntryError
from handlers.knowledge.learning import SettledError, UnknownSuggestionError, Verb
from storage.database import Session
from storage.models.knowledge import Suggestion
from storage.queries import model_calls

SHOWN = 30
UNDO = timedelta(seconds=10)
DONE_WORDS = {
    "phrasing": "归到了「{title}」",
    "new": "写成了新的一条「{title}」",
    "outside": "记成不归我们",
    "social": "记成闲聊",
    "ignore": "忽略了",
    "not": "记下了，这句话不再用「{title}」回答",
}


@desk.get("/learn")
def learn() -> str:
    cards = learning.queue(current_context(), ranked=SHOWN)
    with current_context().database.read() as session:
        bank = drafts.view(session).bank()
        undo = _just_done(session, request.args.get("done", 0, int), bank)
        changed = drift.changed_steps(session, bank_in_force())
        model_says = model_calls.of_suggestions(session, [card.id for card in cards[:SHOWN]])
    return render_template(
        "desk/learn.html",
        me=me(),
        cards=[(card, learning.alike(cards, card)) for card in cards[:SHOWN]],
        waiting=len(cards),
        titles={entry.id: entry.short or entry.question for entry in bank.entries},
        entries=bank.entries,
        neighbours=bank.neighbours,
        undo=undo,
        changed=changed,
        model_says=model_says,
    )


def _just_done(session: Session, number: int, bank: Bank) -> tuple[int, str] | None:
    """(which, what was done) while it can still be taken back."""
    row = session.get(Suggestion, number) if number else None
    now = current_context().now()
    if row is None or row.done_at is None:
        return None
    did = "not" if "not" in row.undo else row.state
    if did not in DONE_WORDS:
        return None
    if row.done_at < now - UNDO or row.done_by != me().name:
        return None
    entry = bank.by_id.get(
        str(row.undo.get("entry") or row.undo.get("made") or row.undo.get("not") or "")
    )
    title = (entry.short or entry.question) if entry else ""
    return row.id, DONE_WORDS[did].format(title=title)


@desk.post("/learn/<int:suggestion_id>")
def settle(suggestion_id: int) -> Response:
    verb = _verb(request.form)
    try:
        current_context().database.transact(
            lambda session: learning.act(
                session, suggestion_id, verb, acting_as_me(session), current_context().now()
            )
        )
    except InvalidEntryError as error:
        flash(str(error))
        return done("desk.learn")
    except (SettledError, UnknownSuggestionError):
        flash("这个问题刚被同事处理过了。")
        return done("desk.learn")
    if verb.do in DONE_WORDS:
        return done("desk.learn", done=suggestion_id, _anchor="done")
    return done("desk.learn")


def _verb(form: MultiDict[str, str]) -> Verb:
    do, _, entry = form.get("do", "").partition(":")
    return Verb(
        do=do,
        entry=entry or form.get("entry", "").strip(),
        question=form.get("question", ""),
        answer=form.get("answer", ""),
        also=tuple(form.getlist("also", type=int)),
    )


@desk.post("/bank/steps/<int:mark_id>/looked")
def looked_at_step(mark_id: int) -> Response:
    """我看过了: the bot stops saying that the step may have changed."""
    context = current_context()
    try:
        context.database.transact(lambda s: drift.looked(s, mark_id, me().name, context))
        flash("记下了，机器人不再提醒这一步。")
    except AlreadyReviewedError:
        flash("同事刚看过这一步。")
    return done("desk.learn")
