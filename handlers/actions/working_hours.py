"""Opening hours, closed days and absences, edited at the desk by admins, with a trace."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from handlers.cases import CaseError
from handlers.china_time import today
from handlers.context import Context
from handlers.firm.edited_hours import NAME
from handlers.firm.opening_hours import spans_written
from storage.queries import admin_events, consultants, desk_settings

DAYS: Mapping[str, str] = {"weekdays": "周一到周五", "saturday": "周六", "sunday": "周日"}
CLOSED_MAX = 200
_BETWEEN = re.compile(r"[\s,，、;；]+")


@dataclass(frozen=True, slots=True)
class WrittenHours:
    """The form as a person filled it in."""

    spans: Mapping[str, str]
    holidays: bool
    closed: str


def edit_hours(context: Context, by: str, form: WrittenHours) -> None:
    """In force here at once and everywhere within seconds. Raises CaseError for what is wrong."""
    value = {key: _spans(name, form.spans.get(key, "")) for key, name in DAYS.items()}
    if not any(value.values()):
        raise CaseError("至少要有一天上班。整天不接待的日子，写在另外放假的日子里。")
    closed = _days(form.closed)
    now = context.now()
    with context.database.write() as session:
        stored = {**value, "holidays": form.holidays, "closed": closed}
        desk_settings.put(session, NAME, stored, by, now)
        admin_events.add(session, at=now, actor=by, action="hours", target="工作时间")
    context.edited_hours.refresh(context.database, at_once=True)


def reset_hours(context: Context, by: str) -> None:
    """The settings file stands again."""
    with context.database.write() as session:
        desk_settings.remove(session, NAME)
        admin_events.add(
            session, at=context.now(), actor=by, action="hours_reset", target="工作时间"
        )
    context.edited_hours.refresh(context.database, at_once=True)


def add_absence(context: Context, by: str, consultant_id: int, first: str, last: str) -> None:
    now = context.now()
    begins, ends = _day(first), _day(last or first)
    if ends < begins:
        raise CaseError("最后一天不能早于第一天。")
    if ends < today(now):
        raise CaseError("这几天已经过去了。")
    with context.database.write() as session:
        person = consultants.get(session, consultant_id)
        if person is None:
            raise CaseError("没有这位顾问。")
        desk_settings.add_absence(session, person.id, begins, ends, now)
        admin_events.add(
            session,
            at=now,
            actor=by,
            action="away",
            target=person.name,
            detail=f"{begins} 到 {ends}",
        )


def remove_absence(context: Context, by: str, absence_id: int) -> None:
    with context.database.write() as session:
        row = desk_settings.remove_absence(session, absence_id)
        if row is not None:
            admin_events.add(
                session, at=context.now(), actor=by, action="back", target=row.consultant.name
            )


def _spans(name: str, text: str) -> list[str]:
    try:
        return spans_written(text)
    except ValueError as error:
        raise CaseError(f"{name}：{error}。") from None


def _days(text: str) -> list[str]:
    found = sorted({_day(each) for each in _BETWEEN.split(text.strip()) if each})
    if len(found) > CLOSED_MAX:
        raise CaseError(f"另外放假的日子最多写 {CLOSED_MAX} 天，过去的可以删掉。")
    return [day.isoformat() for day in found]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise CaseError(f"「{text}」看不懂，日期写成 2027-02-14 这样。") from None
