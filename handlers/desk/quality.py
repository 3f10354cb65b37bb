"""Quality: a week's draw of answers and closed cases, to look at in five minutes."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Response, abort, render_template, request

from handlers.context import current_context
from handlers.desk.labels import REVIEWS, VERDICTS
from handlers.desk.pages import desk, done, me
from handlers.knowledge import drafts, verdicts, weekly_draw
from handlers.knowledge.entry_form import InvalidEntryError
from handlers.knowledge.verdicts import ConsultantVerdict, Judge
from handlers.knowledge.weekly_draw import Week
from storage.database import Session
from storage.models.conversations import Case, Message
from storage.queries import cases, messages, reviews
from storage.queries import verdicts as stored

SHOWN = 8  # the last words of a case


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and what the bot said. `judged` is what people said of it, `mine` what I did."""

    question: Message
    reply: Message | None
    judged: list[str]
    mine: str


@dataclass(frozen=True, slots=True)
class ClosedCase:
    case: Case
    said: list[Message]
    judged: list[str]
    mine: str


@desk.get("/quality")
def quality() -> str:
    now = current_context().now()
    last = weekly_draw.last_week(now)
    week = _week(last)
    with current_context().database.read() as session:
        answers, closed = _answers(session, week), _cases(session, week)
    left = sum(not a.mine for a in answers) + sum(not c.mine for c in closed)
    return render_template(
        "desk/quality.html",
        me=me(),
        week=week,
        newest=week == last,
        answers=answers,
        closed=closed,
        left=left,
    )


@desk.post("/quality/answers/<int:message_id>")
def judge_answer(message_id: int) -> Response:
    opinion = ConsultantVerdict(request.form.get("verdict", ""), source="draw")

    def work(session: Session) -> None:
        message = messages.get(session, message_id)
        if message is None:
            abort(404)
        who = Judge(me().id, current_context().now())
        verdicts.give(session, message, opinion, who, drafts.view(session).bank())

    try:
        current_context().database.transact(work)
    except InvalidEntryError:
        abort(400)
    return _back(f"a{message_id}")


@desk.post("/quality/cases/<int:case_id>")
def judge_case(case_id: int) -> Response:
    said = request.form.get("verdict", "")
    if said not in REVIEWS:
        abort(400)
    with current_context().database.write() as session:
        found = reviews.cases(session, [case_id])
        if not found:
            abort(404)
        cases.trace(
            session, found[0], at=current_context().now(), actor=me().name,
            action=reviews.REVIEWED, detail=said,
        )  # fmt: skip
    return _back(f"case{case_id}")


def _back(anchor: str) -> Response:
    week = request.form.get("week", "")
    return done("desk.quality", week=week or None, _anchor=anchor)


def _week(last: Week) -> Week:
    """The week that was asked for, whatever its day; never one that is not over."""
    try:
        day = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        return last
    return min(Week(day - timedelta(days=day.weekday())), last, key=lambda week: week.first)


def _answers(session: Session, week: Week) -> list[Answer]:
    drawn = reviews.with_answers(session, weekly_draw.answers(session, week))
    said: dict[int, list[str]] = {}
    mine: dict[int, str] = {}
    for row in stored.of_messages(session, [message.id for message, _ in drawn]):
        if row.message_id is not None:
            words = VERDICTS.get(row.verdict, row.verdict)
            said.setdefault(row.message_id, []).append(f"{row.consultant.name}：{words}")
            if row.consultant_id == me().id:
                mine[row.message_id] = row.verdict
    return [Answer(m, reply, said.get(m.id, []), mine.get(m.id, "")) for m, reply in drawn]


def _cases(session: Session, week: Week) -> list[ClosedCase]:
    drawn = reviews.cases(session, weekly_draw.cases(session, week))
    said = reviews.case_reviews(session, [case.id for case in drawn])
    return [
        ClosedCase(
            case,
            reviews.said_in(session, case, SHOWN),
            [f"{e.actor}：{REVIEWS.get(e.detail, e.detail)}" for e in said.get(case.id, [])],
            next((e.detail for e in reversed(said.get(case.id, [])) if e.actor == me().name), ""),
        )
        for case in drawn
    ]
