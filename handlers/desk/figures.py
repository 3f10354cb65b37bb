"""The page of figures for the lead: twelve numbers with their definitions, charts, CSV."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

from flask import Response, abort, render_template, request

from handlers.china_time import midnight, today
from handlers.context import current_context
from handlers.desk import figure_period
from handlers.desk.auth import admins_only
from handlers.desk.figure_charts import WEEKDAYS, charts_of, most_wrong, reasons_of, unused
from handlers.desk.figure_list import FEW, figures_of
from handlers.desk.figure_period import Period
from handlers.desk.pages import desk, me
from handlers.model.reporting import summary
from storage.database import Session
from storage.queries import inbox, model_calls

PERIODS = (7, 30, 90)
LISTED = 100


@desk.get("/figures")
@admins_only
def figures() -> str:
    with current_context().database.read() as session:
        period = _period(session)
        never = unused(session, period.until)
        model = summary(model_calls.choices(session, period.since))
    return render_template(
        "desk/figures.html",
        me=me(),
        days=_days(),
        periods=PERIODS,
        few=FEW,
        weekdays=WEEKDAYS,
        figures=figures_of(period),
        charts=charts_of(period),
        reasons=reasons_of(period),
        wrong=most_wrong(period),
        unused=never,
        model=model,
    )


@desk.get("/figures/<key>")
@admins_only
def figure(key: str) -> str:
    """The conversations behind one figure."""
    with current_context().database.read() as session:
        found = next((each for each in figures_of(_period(session)) if each.key == key), None)
        if found is None:
            abort(404)
        rows = inbox.by_ids(session, found.talks[:LISTED])
    return render_template(
        "desk/figure.html", me=me(), days=_days(), figure=found, rows=rows, listed=LISTED
    )


@desk.get("/figures.csv")
@admins_only
def figures_csv() -> Response:
    """The same numbers for a spreadsheet, which must not take any of them for a formula."""
    with current_context().database.read() as session:
        period = _period(session)
    out = io.StringIO()
    csv.writer(out).writerows(_rows(period))
    response = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
    name = f"dianban-{_days()}.csv"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def _rows(period: Period) -> Iterator[list[object]]:
    yield ["指标", "数值", "说明", "定义"]
    for each in figures_of(period):
        cells = (each.title, each.value, each.detail, each.definition)
        yield [harmless(cell) for cell in cells]
    charts = charts_of(period)
    yield []
    yield ["日期", "机器人办完", "转给顾问", "没有答上"]
    for place, day in enumerate(charts.days):
        numbers = charts.by_bot[place], charts.by_people[place], charts.by_nobody[place]
        yield [day.isoformat(), *numbers]


def harmless(text: str) -> str:
    """A leading = + - @ or tab makes a cell a formula; an apostrophe in front does not."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _period(session: Session) -> Period:
    now = current_context().now()
    since = midnight(today(now)) - timedelta(days=_days() - 1)
    return figure_period.read(session, since, now)


def _days() -> int:
    asked = request.args.get("days", 30, int)
    return asked if asked in PERIODS else PERIODS[1]
