"""Health checks, each with a sentence and what to do; for probes and for the desk.

`/healthz` says that this process answers: for load balancers and service managers, open to all.
`/readyz` says what is wrong anywhere: for alarms. It and `/metrics` answer only to this machine
and its private network and never through a proxy: they tell how busy the firm is, and a second
secret to keep would be one more thing to get wrong.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request

from handlers.china_time import today
from handlers.context import Context, current_context
from handlers.firm.opening_hours import calendar_ends
from handlers.inbound import refusals
from handlers.ops.metrics import exposition
from storage import schema
from storage.database import DatabaseDownError, Session
from storage.queries import gauges, leases, refused, upkeep
from wechat.codes import OPERATOR_CODES

status = Blueprint("status", __name__)
STARTED = "dianban.started"
PATIENCE = timedelta(minutes=3)  # a sweep every minute, and one may be missed
QUEUE_SECONDS = 300.0
CLOCK_SECONDS = 2.0
DISK_MB = 300
MB = 1024 * 1024
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")


@dataclass(frozen=True, slots=True)
class Check:
    """`words` say how it is, `advice` what to do when it is not well; both in Chinese."""

    name: str
    title: str
    ok: bool
    words: str
    advice: str = ""


def install(app: Flask) -> None:
    context: Context = app.extensions["dianban"]
    app.extensions[STARTED] = context.now()
    app.register_blueprint(status)


@status.get("/healthz")
def healthz() -> Response:
    return jsonify(status="ok")


@status.get("/readyz")
def readyz() -> Response:
    _only_from_inside()
    found = checks(current_context(), current_app.extensions[STARTED])
    ready = all(check.ok for check in found)
    said = {"ready": ready, "checks": [asdict(check) for check in found]}
    # Not jsonify, which would escape the Chinese that a person with curl wants to read.
    body = json.dumps(said, ensure_ascii=False, indent=1) + "\n"
    return Response(body, status=200 if ready else 503, mimetype="application/json")


@status.get("/metrics")
def metrics() -> Response:
    _only_from_inside()
    body, kind = exposition(current_context())
    return Response(body, content_type=kind)


def _only_from_inside() -> None:
    if any(header in request.headers for header in FORWARDED):
        abort(403)
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        abort(403)
    if not (address.is_loopback or address.is_private):
        abort(403)


def checks(context: Context, started: datetime) -> list[Check]:
    """Everything that can be told without calling anybody outside."""
    try:
        with context.database.read() as session:
            return [
                _database(session),
                *_clock(session, context.now()),
                _jobs(session, context.now(), started),
                _refused(session),
                *_traffic(session, context),
                _disk(context),
                *_calendar(context),
            ]
    except DatabaseDownError as error:
        return [_away(error), _disk(context)]


AWAY = {"full": "磁盘满了，写不进去。", "folder": "文件打不开，或没有权限写。"}


def _away(error: DatabaseDownError) -> Check:
    advice = "检查数据库服务和磁盘。这段时间的消息微信会再推三次，恢复得快就不会丢。"
    words = AWAY.get(error.why, "连不上，或太忙。")
    return Check("database", "数据库", ok=False, words=words, advice=advice)


def _database(session: Session) -> Check:
    gauges.alive(session)
    current = schema.is_current(session)
    return Check(
        "database",
        "数据库",
        ok=current,
        words="正常。" if current else "表的版本和程序不一样。",
        advice="" if current else "运行 ./bot.py db upgrade，再重启所有进程。",
    )


def _clock(session: Session, now: datetime) -> list[Check]:
    """Machines compare what others stamped with their own time: leases, live pages."""
    theirs = gauges.clock(session)
    if theirs is None:
        return []
    apart = abs((theirs - now).total_seconds())
    ok = apart <= CLOCK_SECONDS
    words = f"和数据库服务器相差 {apart:.1f} 秒。"
    advice = "给每台机器装上 chrony 对时。差得多，实时更新和定时任务会出错。"
    return [Check("clock", "时钟", ok=ok, words=words, advice="" if ok else advice)]


def _jobs(session: Session, now: datetime, started: datetime) -> Check:
    done = leases.done_at(session, "sweep")
    last = max(done, started) if done else started
    moving = now - last <= PATIENCE
    words = "还没有跑过第一遍。"
    if done:
        words = f"{_minutes(now - done)}前跑过一遍。"
    advice = "后台任务停了。重启服务；用了 storage.jobs_url 先看它在不在；再看日志里的 sweep。"
    return Check("jobs", "后台任务", ok=moving, words=words, advice="" if moving else advice)


def _traffic(session: Session, context: Context) -> list[Check]:
    state = gauges.look(session, context.now())
    return [_token(session), _connection(state), _queue(state), _silent(state)]


def _token(session: Session) -> Check:
    blocked = upkeep.held_for_operator(session, OPERATOR_CODES)
    if not blocked:
        return Check("token", "公众号权限", ok=True, words="正常。")
    words = " ".join(words for _, words in blocked)
    advice = "改好后等几分钟，暂存的消息会自动送出。细查：wechat check。"
    return Check("token", "公众号权限", ok=False, words=words, advice=advice)


def _connection(state: gauges.Readings) -> Check:
    stuck = bool(state.retrying and not state.sent_lately)
    words = f"{state.retrying} 条在重试。" if state.retrying else "正常。"
    advice = "最近没有一条送到。检查这台机器能不能访问微信的接口。" if stuck else ""
    return Check("wechat", "连接微信", ok=not stuck, words=words, advice=advice)


def _queue(state: gauges.Readings) -> Check:
    if state.queue_age <= QUEUE_SECONDS:
        return Check("queue", "发送队列", ok=True, words="没有积压。")
    words = f"最早的一条晚了 {state.queue_age:.0f} 秒。"
    advice = "消息没有及时送出。先看上面两项；都正常就重启服务。"
    return Check("queue", "发送队列", ok=False, words=words, advice=advice)


def _silent(state: gauges.Readings) -> Check:
    advice = "一分钟内会自动转给顾问。一直不是 0 请看日志。" if state.silent else ""
    words = f"{state.silent} 条。"
    return Check("silent", "没有结果的消息", ok=not state.silent, words=words, advice=advice)


def _disk(context: Context) -> Check:
    folder = context.firm.data
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // MB
    ok = free >= DISK_MB
    advice = "清理磁盘，或把 privacy.media_days 调小。满了以后新消息存不下来。"
    return Check("disk", "磁盘", ok=ok, words=f"还剩 {free} MB。", advice="" if ok else advice)


def _refused(session: Session) -> Check:
    run = refused.run(session)
    ok = run is None or run.count < refusals.ALARMING
    words = refusals.in_words(run) if run else "正常。"
    advice = "照左边的原因改，改好后运行 wechat check。有人乱发也会这样：等下一条真的消息。"
    return Check("pushes", "微信的推送", ok=ok, words=words, advice=advice if run else "")


def _calendar(context: Context) -> list[Check]:
    """Next year's holidays are announced in November; the library has them soon after."""
    if not context.hours.holidays:
        return []
    ends = calendar_ends()
    over = today(context.now()) > ends
    words = f"只知道到 {ends} 的放假和调休。"
    advice = (
        "现在只按法定的那几天放假，调休不知道。请升级程序（或其中的 chinesecalendar），"
        "急的话把放假的日子写进 hours.closed。"
    )
    return [Check("calendar", "放假日历", ok=not over, words=words, advice=advice if over else "")]


def _minutes(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    return f"{seconds} 秒" if seconds < 120 else f"{seconds // 60} 分钟"  # noqa: PLR2004
