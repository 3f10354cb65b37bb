"""The gate at the desk: what would change, publishing, what to judge, history and going back."""

from typing import Any

from flask import Response, flash, render_template, request

from handlers.context import current_context
from handlers.desk.auth import admins_only
from handlers.desk.editing import store_verdict
from handlers.desk.pages import desk, done, me
from handlers.knowledge import drafts, publications, report_words, tryout
from handlers.knowledge.entry_form import InvalidEntryError
from handlers.knowledge.publications import PublishRequest, RunningError, UnknownVersionError
from handlers.knowledge.verdicts import ConsultantVerdict
from storage.database import Session
from storage.models.knowledge import Publication
from storage.queries import publications as stored
from storage.queries import verdicts as stored_verdicts

TO_JUDGE = 10
FILES = {"firm.toml": "公司资料", "vocabulary.toml": "不归我们办的，和同义词"}
BY_OUTCOME = {"none": "outside", "social": "social", "escalate": "alarm"}
OUTCOMES = {
    "none": "说不知道",
    "options": "给几个选项",
    "human": "转人工",
    "social": "当成闲聊",
    "escalate": "马上交给顾问",
}


@desk.get("/bank/publish")
def gate() -> str:
    context = current_context()
    publications.reap(context)
    with context.database.read() as session:
        draft = drafts.view(session)
        last = stored.latest(session)
        judged = _judged(session, last)
    titles = {each.entry.id: each.entry.short or each.entry.question for each in draft.entries}
    return render_template(
        "desk/gate.html",
        me=me(),
        last=last,
        words=report_words.changes(last) if last and last.report.get("counts") else "",
        report={**publications.EMPTY, **(last.report if last else {})},
        judge=[item for item in _to_judge(last) if item["message"] not in judged][:TO_JUDGE],
        pending=[(edit, _title(edit.name, titles)) for edit in draft.pending()],
        what={**OUTCOMES, **titles},
    )


def _title(name: str, titles: dict[str, str]) -> str:
    kind, _, rest = name.partition(":")
    return titles.get(rest, rest) if kind == "entry" else FILES.get(rest, rest)


def _to_judge(last: Publication | None) -> list[dict[str, Any]]:
    return [item for item in (last.report if last else {}).get("judge", []) if item["message"]]


def _judged(session: Session, last: Publication | None) -> set[int | None]:
    ids = [item["message"] for item in _to_judge(last)]
    return {row.message_id for row in stored_verdicts.of_messages(session, ids)}


@desk.post("/bank/publish")
@admins_only
def begin() -> Response:
    wish = PublishRequest(
        me().name, request.form.get("note", "").strip(), force="force" in request.form
    )
    try:
        publications.publish_draft(current_context(), wish)
    except RunningError as error:
        flash(str(error))
    return done("desk.gate")


@desk.post("/bank/discard")
@admins_only
def discard() -> Response:
    editor = drafts.Editor(me().name, current_context().now())
    current_context().database.transact(lambda session: drafts.discard(session, editor))
    flash("草稿回到正在用的版本了。")
    return done("desk.gate")


@desk.post("/bank/judge/<int:message_id>")
def judge(message_id: int) -> Response:
    """Of a question whose answer changes: the new answer is right, or the old one, or neither."""
    right = request.form.get("right", "")
    opinion = ConsultantVerdict(BY_OUTCOME.get(right, "entry" if right else "wrong"), source="gate")
    if opinion.verdict == "entry":
        opinion = ConsultantVerdict("entry", right, "gate")

    try:
        store_verdict(message_id, opinion)
    except InvalidEntryError as error:
        flash(str(error))
    return done("desk.gate")


@desk.get("/bank/history")
def history() -> str:
    return render_template(
        "desk/history.html", me=me(), versions=publications.history(current_context())
    )


@desk.post("/bank/rollback/<int:version>")
@admins_only
def roll_back(version: int) -> Response:
    try:
        publications.roll_back(current_context(), version, me().name)
        flash(f"第 {version} 版又在用了，几秒内到处生效。草稿没有动。")
    except UnknownVersionError:
        flash(f"没有第 {version} 版。")
    except RunningError as error:
        flash(str(error))
    return done("desk.history")


@desk.get("/bank/try")
def try_out() -> str:
    """What the bot would answer from the draft, and why."""
    words = request.args.get("q", "").strip()
    answer = tryout.ask(current_context(), words) if words else None
    return render_template("desk/try.html", me=me(), words=words, answer=answer, what=OUTCOMES)
