"""The page of figures for the lead: twelve numbers with their definitions, charts, CSV."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median, quantiles

from flask import Response, render_template, request

from handlers.cases import REASONS
from handlers.china_time import local, midnight, today
from handlers.context import current_context
from handlers.desk.auth import admins_only
from handlers.desk.pages import desk, me
from handlers.model.reporting import summary
from storage.database import Session
from storage.queries import figures as rows
from storage.queries import model_calls
from storage.queries.figures import CaseFact

PERIODS = (7, 30, 90)
FEW = 20  # below this many cases a percentage or a trend says nothing
AGAIN = timedelta(hours=72)
QUIET = timedelta(hours=24)
UNUSED_DAYS = 90
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
GOOD = 4
ASKED = ("answer", "options", "none")  # what the matcher makes of a question


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: its definition stands beside it, and `link` leads to its conversations."""

    title: str
    value: str
    definition: str
    link: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Charts:
    """Plain numbers for the macros that draw: lists by day, and a table of weekday and hour."""

    days: list[date]
    by_bot: list[int]
    by_people: list[int]
    by_nobody: list[int]
    wait_median: list[float | None]
    wait_long: list[float | None]
    heat: list[list[int]] = field(default_factory=list)


@desk.get("/figures")
@admins_only
def figures() -> str:
    days = _days()
    now = current_context().now()
    since = midnight(today(now)) - timedelta(days=days - 1)
    with current_context().database.read() as session:
        period = _read(session, since, now)
        unused = _unused(session, now)
        model = summary(model_calls.choices(session, since))
    return render_template(
        "desk/figures.html",
        me=me(),
        days=days,
        periods=PERIODS,
        few=FEW,
        weekdays=WEEKDAYS,
        figures=figures_of(period),
        charts=charts_of(period),
        reasons=reasons_of(period),
        unused=unused,
        model=model,
    )


@desk.get("/figures.csv")
@admins_only
def figures_csv() -> Response:
    """The same numbers for a spreadsheet, which must not take any of them for a formula."""
    days, now = _days(), current_context().now()
    since = midnight(today(now)) - timedelta(days=days - 1)
    with current_context().database.read() as session:
        period = _read(session, since, now)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["指标", "数值", "说明", "定义"])
    for each in figures_of(period):
        cells = (each.title, each.value, each.detail, each.definition)
        writer.writerow([harmless(cell) for cell in cells])
    charts = charts_of(period)
    writer.writerow([])
    writer.writerow(["日期", "机器人办完", "转给顾问", "没有答上"])
    for place, day in enumerate(charts.days):
        numbers = charts.by_bot[place], charts.by_people[place], charts.by_nobody[place]
        writer.writerow([day.isoformat(), *numbers])
    response = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename=dianban-{days}.csv"
    return response


def harmless(text: str) -> str:
    """A leading = + - @ or tab makes a cell a formula; an apostrophe in front does not."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


@dataclass(frozen=True, slots=True)
class Period:
    """Everything that was read for one period."""

    since: datetime
    until: datetime
    visits: set[tuple[date, int]]
    subjects: set[tuple[date, int, str]]
    outcomes: dict[str, int]
    hours: dict[tuple[int, int], int]
    cases: list[CaseFact]
    deliveries: dict[str, int]
    undecided: int
    open_time: Callable[[datetime, datetime], timedelta]

    @property
    def days(self) -> list[date]:
        first, last = local(self.since).date(), local(self.until).date()
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    @property
    def opened(self) -> list[CaseFact]:
        return [case for case in self.cases if case.opened_at >= self.since]

    @property
    def closed(self) -> list[CaseFact]:
        return [case for case in self.cases if case.closed_at and case.closed_at >= self.since]

    def handed_over(self) -> set[tuple[date, int]]:
        """Merchant-days on which a case was opened."""
        return {(local(case.opened_at).date(), case.conversation_id) for case in self.opened}


def _read(session: Session, since: datetime, until: datetime) -> Period:
    return Period(
        since=since,
        until=until,
        visits=rows.visits(session, since, until),
        subjects=rows.subjects(session, since, until),
        outcomes=rows.outcomes(session, since, until),
        hours=rows.hours(session, since, until),
        cases=rows.case_facts(session, since, until),
        deliveries=rows.deliveries(session, since, until),
        undecided=rows.undecided(session, since, until),
        open_time=current_context().hours.open_time,
    )


def figures_of(period: Period) -> list[Figure]:
    """The twelve figures, in the order in which a lead reads them."""
    handed = period.handed_over()
    own = period.visits - handed
    finished = own - _asked_again(period)
    asked = sum(period.outcomes.get(key, 0) for key in ASKED)
    closed = period.closed
    rated = [case.rating for case in closed if case.rating is not None]
    waits = [_minutes(period.open_time(*wait)) for wait in _waits(period)]
    clock = [_minutes(claimed - opened) for opened, claimed in _waits(period)]
    first = [_minutes(c.answered_at - c.opened_at) for c in period.opened if c.answered_at]
    handle = [_minutes(c.closed_at - c.claimed_at) for c in closed if c.claimed_at and c.closed_at]
    return [
        Figure("来访", str(len(period.visits)), "一位商家一天里来过消息，算一次"),
        Figure("机器人办完", share(len(finished), len(period.visits)),
               "没有转给顾问，第二天也没有再问同一件事的来访"),
        Figure("解决", share(len(_solved(period)), len(closed)),
               "结束的人工服务里，打 4 到 5 分的算确认，没打分而 72 小时没有再来的算推定",
               detail=_solved_detail(period)),
        Figure("答上、给选项、没听懂",
               "、".join(share(period.outcomes.get(key, 0), asked) for key in ASKED),
               "商家的问题里，直接答的、给出选项的、没听懂的"),
        Figure("转给顾问", share(len(handed), len(period.visits)), "来访里转给顾问的",
               link="?list=closed"),
        Figure("等接入", spread(waits), "从排队到有人接入，只算工作时间内的分钟",
               detail=f"按钟表：{spread(clock)}"),
        Figure("第一句回复", spread(first), "从排队到顾问第一句话送达商家"),
        Figure("处理时间", spread(handle), "从接入到结束"),
        Figure("72 小时内再来", share(len(_reopened(period)), len(closed)),
               "结束以后 72 小时内又转给顾问的"),
        Figure("满意", share(sum(r >= GOOD for r in rated), len(rated)), "打分里 4 到 5 分的",
               detail=f"打分的占 {share(len(rated), len(closed))}"),
        Figure("没送到", str(_undelivered(period)), "暂存、没送到、不确定的消息条数",
               detail=_delivery_detail(period)),
        Figure("没处理的推送", str(period.undecided), "收到却没有结果的推送，应该是 0"),
    ]  # fmt: skip


def share(part: int, whole: int) -> str:
    """Counts while there are few, a percentage from FEW on."""
    if whole < FEW:
        return f"{part} / {whole}"
    return f"{round(100 * part / whole)}%"


def spread(minutes: Sequence[float]) -> str:
    """The median and what nine of ten stay below, in minutes."""
    if not minutes:
        return "还没有"
    if len(minutes) < FEW:
        return f"一般 {round(median(minutes))} 分钟（{len(minutes)} 次）"
    return f"一般 {round(median(minutes))} 分钟，十次里九次在 {round(_p90(minutes))} 分钟内"


def charts_of(period: Period) -> Charts:
    """The numbers behind the charts, one per day."""
    handed = period.handed_over()
    answered = {(day, conversation) for day, conversation, _ in period.subjects}
    by_bot, by_people, by_nobody = Counter[date](), Counter[date](), Counter[date]()
    for day, conversation in period.visits:
        if (day, conversation) in handed:
            by_people[day] += 1
        elif (day, conversation) in answered:
            by_bot[day] += 1
        else:
            by_nobody[day] += 1
    waits: dict[date, list[float]] = {}
    for opened, claimed in _waits(period):
        minutes = _minutes(period.open_time(opened, claimed))
        waits.setdefault(local(opened).date(), []).append(minutes)
    days = period.days
    return Charts(
        days=days,
        by_bot=[by_bot[day] for day in days],
        by_people=[by_people[day] for day in days],
        by_nobody=[by_nobody[day] for day in days],
        wait_median=[median(waits[day]) if day in waits else None for day in days],
        wait_long=[_p90(waits[day]) if day in waits else None for day in days],
        heat=[[period.hours.get((weekday, hour), 0) for hour in range(24)] for weekday in range(7)],
    )


def reasons_of(period: Period) -> list[tuple[str, str, int]]:
    """Why cases were opened, the most frequent first: key, words, count."""
    counted = Counter(case.reason for case in period.opened)
    return [(key, REASONS.get(key, key), count) for key, count in counted.most_common()]


def _waits(period: Period) -> list[tuple[datetime, datetime]]:
    """When each case was opened and claimed; those stepped into made nobody wait."""
    return [
        (case.opened_at, case.claimed_at)
        for case in period.opened
        if case.claimed_at and not case.stepped_in
    ]


def _asked_again(period: Period) -> set[tuple[date, int]]:
    """Merchant-days whose subject came up again on the next day."""
    tomorrow = timedelta(days=1)
    return {
        (day, conversation)
        for day, conversation, entry in period.subjects
        if (day + tomorrow, conversation, entry) in period.subjects
    }


def _reopened(period: Period) -> list[CaseFact]:
    opened: dict[int, list[datetime]] = {}
    for case in period.cases:
        opened.setdefault(case.conversation_id, []).append(case.opened_at)
    return [
        case
        for case in period.closed
        if case.closed_at
        and any(
            case.closed_at < at <= case.closed_at + AGAIN for at in opened[case.conversation_id]
        )
    ]


def _solved(period: Period) -> list[CaseFact]:
    again = {id(case) for case in _reopened(period)}
    return [
        case
        for case in period.closed
        if (case.rating or 0) >= GOOD
        or (case.rating is None and id(case) not in again and _quiet(case, period.until))
    ]


def _quiet(case: CaseFact, now: datetime) -> bool:
    return case.closed_at is not None and now - case.closed_at >= QUIET


def _solved_detail(period: Period) -> str:
    confirmed = sum((case.rating or 0) >= GOOD for case in period.closed)
    return f"确认 {confirmed}，推定 {len(_solved(period)) - confirmed}"


def _undelivered(period: Period) -> int:
    return sum(period.deliveries.get(state, 0) for state in ("held", "failed", "uncertain"))


def _delivery_detail(period: Period) -> str:
    words = {"held": "暂存", "failed": "没送到", "uncertain": "不确定"}
    return "，".join(f"{word} {period.deliveries.get(key, 0)}" for key, word in words.items())


def _unused(session: Session, now: datetime) -> list[str]:
    """Titles of entries that answered nothing for a long time."""
    hit = rows.entries_hit(session, now - timedelta(days=UNUSED_DAYS))
    bank = current_context().published_bank.bank()
    return [entry.short or entry.question for entry in bank.entries if entry.id not in hit]


def _p90(values: Sequence[float]) -> float:
    return quantiles(values, n=10, method="inclusive")[-1] if len(values) > 1 else values[0]


def _minutes(span: timedelta) -> float:
    return span.total_seconds() / 60


def _days() -> int:
    asked = request.args.get("days", 30, int)
    return asked if asked in PERIODS else PERIODS[1]
