"""What the settings know: opening hours and days, the phone, and that there is no address.

Such questions are general and stand in no bank: whether somebody is there now, tomorrow, on
Saturday or over a holiday; whether one may call; where the firm is and whether it comes round.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

import chinese_calendar

from handlers import china_time
from handlers.dialogue import asking, handoff
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, with_tail
from handlers.firm.opening_hours import SATURDAY, OpeningHours

_WEEK = 7
_WEEKDAYS = "一二三四五六日"
_YEAR = 366


@dataclass(frozen=True, slots=True)
class _Day:
    """A day that was asked about, and how people call it."""

    day: date
    name: str


def reply(turn: Turn) -> Outcome | None:
    """The answer to a question about the firm itself; None for any other message."""
    said = asking.unwrapped(turn.text)
    if not turn.text or len(said) > _LONGEST:
        return None
    if (day := _day_too(turn, said)) is not None:
        return day
    if not asking.asks(said):
        return None
    found = turn.understanding
    if found.outcome == "escalate" and found.alarm != "complaint":
        return None
    if found.outcome in ("human", "escalate") and not surely_hours(turn):
        return None
    text = "" if _guide_knows(turn) else _about(turn, said)
    return Outcome(with_tail(turn, text), turn.memory) if text else None


def _day_too(turn: Turn, said: str) -> Outcome | None:
    """星期天呢 after a question when somebody is there asks the same of that day."""
    before = turn.memory.thought.text
    if not _days(turn, said) or len(said) > _DAY_ALONE:
        return None
    if not asking.pattern("firm", "hours").search(before) or _is_not(turn, "hours", before):
        return None
    return Outcome(with_tail(turn, _hours(turn, said)), turn.memory)


_DAY_ALONE = 8
"""Characters of a message that names a day, and asks nothing else."""


def phone(turn: Turn) -> Outcome | None:
    """你们负责人电话给我 while waiting: the number, and whether somebody answers it now."""
    if turn.heard.share("ask_phone") < _ASKS_PHONE or not _PHONE.search(turn.text):
        return None
    if _CALL_ME.search(turn.text):
        return None
    return Outcome(with_tail(turn, _call(turn, "")), turn.memory)


_CALL_ME = re.compile(r"(?:打|回)(?:个|一个)?电话(?:给|来|过来)|给我(?:打|回)|(?:叫|让|喊)人")
"""叫人打电话给我 asks for a person."""
_ASKS_PHONE = 0.3
_PHONE = re.compile(r"电话|號碼|号码|微信|热线|联系方式")


def _guide_knows(turn: Turn) -> bool:
    """Whether the bank answers with an hour or an address: the firm wrote what settings lack."""
    best, weight = turn.understanding.likeliest
    entry = turn.entry(best) if weight >= _LIKELY else None
    return entry is not None and bool(asking.pattern("firm", "told").search(entry.answer))


_LIKELY = 0.3


def surely_hours(turn: Turn) -> bool:
    """Whether a message asks when somebody is there, and not for somebody."""
    said = asking.unwrapped(turn.text)
    if asking.pattern("firm", "wants_person").search(said):
        return False
    hours, days = asking.pattern("firm", "sure_hours"), _days(turn, said)
    dated = bool(days) or bool(asking.pattern("days", "today").search(said))
    return bool(hours.search(said)) or (
        dated and bool(asking.pattern("firm", "hours").search(said))
    )


def surely_place(turn: Turn) -> bool:
    """在哪办公, 你们公司在哪里."""
    said = asking.unwrapped(turn.text)
    if len(said) > _LONGEST or _is_not(turn, "place", said):
        return False
    return bool(asking.pattern("firm", "place").search(said))


def of_us(turn: Turn, part: str) -> str:
    """The answer to a part of a message that surely is about the firm; "" for any other part."""
    alone, said = replace(turn, text=part), asking.unwrapped(part)
    named = _YOU.search(said) and asking.pattern("firm", "hours").search(said)
    ours = named or surely_hours(alone) or surely_place(alone)
    return _about(alone, said) if ours else ""


_YOU = re.compile(r"你们|您们|贵司|贵公司|你家")


_HOURS = 0.65


def asked_hours(turn: Turn) -> Outcome | None:
    """周日有人不: heard as asking when somebody is there, though none of its words say so."""
    said = asking.unwrapped(turn.text)
    if turn.memory.form or len(said) > _LONGEST or _is_not(turn, "hours", said):
        return None
    if turn.meant.score < _HOURS:
        return None  # 火星几点下雨
    if _guide_knows(turn):
        return None
    return Outcome(with_tail(turn, _hours(turn, said)), turn.memory)


_LONGEST = 24
"""Longer messages tell of more than when somebody is there."""


def _about(turn: Turn, said: str) -> str:
    for key in ("go", "visit", "place"):
        if asking.pattern("firm", key).search(said):
            return "" if _is_not(turn, "place", said) else _place(turn, f"firm_{key}")
    if _is_not(turn, "hours", said):
        return ""
    if asking.pattern("firm", "call").search(said):
        return _call(turn, said)
    return _hours(turn, said) if asking.pattern("firm", "hours").search(said) else ""


def _is_not(turn: Turn, what: str, said: str) -> bool:
    """Whether a message is about our subject, and not about where or when we are there."""
    general, ours = asking.pattern("firm", f"not_{what}"), turn.sayings.word(f"not_{what}")
    return bool(general.search(said) or ours.search(said))


def _place(turn: Turn, key: str) -> str:
    number = turn.context.phone
    way = turn.say("firm_call", phone=number) if number else ""
    return lines(turn.say(key), way, turn.say("firm_place_footer"))


def _call(turn: Turn, said: str) -> str:
    number = turn.context.phone
    if not number:
        return lines(turn.say("firm_no_phone"), _now(turn))
    open_now = turn.context.desk.open_now
    day = _day_in_words(turn, said) if _days(turn, said) else _now(turn)
    return lines(day, turn.say("firm_call" if open_now else "firm_call_later", phone=number))


def _hours(turn: Turn, said: str) -> str:
    told = (_day_in_words(turn, said), _usual(turn))
    now = _days(turn, said) or asking.pattern("days", "today").search(said)
    asks_when = not now and asking.pattern("firm", "clock").search(said)
    return blocks(lines(*(reversed(told) if asks_when else told)), turn.say("firm_hours_footer"))


def _usual(turn: Turn) -> str:
    hours = turn.context.desk.hours
    return turn.say("firm_hours", hours=hours) if hours else ""


def _day_in_words(turn: Turn, said: str) -> str:
    """What is so on the days that were asked about; without one, right now."""
    calendar = turn.context.calendar
    days = _days(turn, said)
    if calendar is None:
        return "" if days else _now(turn)
    if not days and asking.pattern("days", "holiday").search(said):
        return turn.say("firm_holidays_off" if calendar.holidays else "firm_holidays_on")
    if not days:
        return _now(turn)
    return lines(*(_on(turn, one, calendar) for one in days))


def _now(turn: Turn) -> str:
    desk = turn.context.desk
    if desk.open_now:
        return turn.say("firm_open_now")
    if desk.opens_at:
        return turn.say("firm_closed_now", opens=handoff.moment(desk.opens_at, turn.context.now))
    return turn.say("firm_closed")


def _on(turn: Turn, one: _Day, calendar: OpeningHours) -> str:
    hours = calendar.day_in_words(one.day)
    if hours:
        return turn.say("firm_open_on", day=one.name, hours=hours)
    midnight = china_time.midnight(one.day)
    opens = calendar.next_opening(midnight)
    again = turn.say("firm_opens", opens=handoff.moment(opens, turn.context.now)) if opens else ""
    return turn.say("firm_closed_on", day=one.name) + again


def _weekday(match: re.Match[str], today: date) -> _Day:
    """周三 is the next one, 下周三 that of the next week."""
    number = _WEEKDAYS.index(match["day"].replace("天", "日"))
    ahead = (
        number - today.weekday() + _WEEK if match["next"] else (number - today.weekday()) % _WEEK
    )
    return _Day(today + timedelta(days=ahead), match.group().lstrip("个"))


def _days(turn: Turn, said: str) -> tuple[_Day, ...]:
    """The days that a question names."""
    today = china_time.today(turn.context.now)
    for name, ahead, word in (("tomorrow", 1, "明天"), ("after_tomorrow", 2, "后天")):
        if asking.pattern("days", name).search(said):
            return (_Day(today + timedelta(days=ahead), word),)
    if asking.pattern("days", "weekend").search(said):
        first = today + timedelta(days=(SATURDAY - today.weekday()) % _WEEK)
        return (_Day(first, "周六"), _Day(first + timedelta(days=1), "周日"))
    if match := asking.pattern("days", "weekday").search(said):
        return (_weekday(match, today),)
    if name := next((name for name in asking.holidays() if name in said), ""):
        found = _holiday(asking.holidays()[name], today)
        return (_Day(found, name),) if found else ()
    return ()


def _holiday(name: str, today: date) -> date | None:
    """The first day of a holiday that is still to come, as far as the calendar knows."""
    for ahead in range(_YEAR):
        day = today + timedelta(days=ahead)
        try:
            off, called = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:  # the library's years have run out
            return None
        if off and called == name:
            return day
    return None
