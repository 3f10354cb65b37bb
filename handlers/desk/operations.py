"""The operations page for admins: health checks with what to do, and recent pushes."""

from datetime import timedelta

from flask import current_app, render_template

from handlers.context import current_context
from handlers.desk.auth import admins_only
from handlers.desk.pages import desk, me
from handlers.ops.backup_places import ELSEWHERE, MADE
from handlers.ops.health import STARTED, Check, checks
from storage.database import DatabaseDownError
from storage.queries import erasing, gauges, upkeep

OUTCOMES = {"answered": "机器人答了", "queued": "转给了顾问", "ignored": "不用回答"}
STATES = {
    "pending": "等着送出",
    "sending": "正在送",
    "in_passive_reply": "随回复送出",
    "held": "暂存",
    "uncertain": "不确定",
    "failed": "没送到",
}
WHY = {"asked": "管理员删除", "unsubscribed": "取消关注"}
ERASURES = 10
LATE = timedelta(days=2)  # one is made every night


@desk.get("/operations")
@admins_only
def operations() -> str:
    context = current_context()
    found: list[Check] = checks(context, current_app.extensions.get(STARTED, context.now()))
    try:
        with context.database.read() as session:
            now = context.now()
            figures = gauges.look(session, now)
            totals = gauges.totals(session, now)
            erased = erasing.latest(session, limit=ERASURES)
            made, elsewhere = upkeep.moment(session, MADE), upkeep.moment(session, ELSEWHERE)
    except DatabaseDownError:
        figures, totals, erased, made, elsewhere = None, {}, [], None, None
    return render_template(
        "desk/operations.html",
        me=me(),
        checks=found,
        figures=figures,
        outcomes=[(word, totals.get(f"pushes:{end}", 0)) for end, word in OUTCOMES.items()],
        rescued=totals.get("silent_rescued", 0),
        erased=erased,
        made=made,
        elsewhere=elsewhere,
        made_late=made is None or context.now() - made > LATE,
        on_sqlite=context.database.is_sqlite,
        STATES=STATES,
        WHY=WHY,
    )
