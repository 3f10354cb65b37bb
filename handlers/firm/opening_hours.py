"""The firm's opening hours, in Asia/Shanghai, with China's holidays and shifted working days."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from unicodedata import normalize

import chinese_calendar

from handlers.china_time import SHANGHAI, local, today

SATURDAY, SUNDAY = 5, 6
LOOK_AHEAD_DAYS = 30  # longer than any holiday
MIDNIGHT = time(0)

Span = tuple[time, time]


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Spans of local time per kind of day; a span that ends at 24:00 ends with `time(0)`.

    `holidays` follows the national calendar; past the years that the library knows, the days that
    the law fixes, but not what the government adds or shifts (`calendar_ends`).
    """

    weekdays: tuple[Span, ...] = ((time(9), time(18)),)
    saturday: tuple[Span, ...] = ()
    sunday: tuple[Span, ...] = ()
    holidays: bool = True
    closed: frozenset[date] = frozenset()

    @classmethod
    def parse(
        cls, *, weekdays: list[str], saturday: list[str], sunday: list[str], **rest: object
    ) -> "OpeningHours":
        """From texts such as "9:00-18:00", already checked by the settings."""
        spans = [tuple(_span(text) for text in day) for day in (weekdays, saturday, sunday)]
        return cls(*spans, **rest)  # type: ignore[arg-type]

    def is_open(self, now: datetime) -> bool:
        there = local(now)
        clock = there.time()
        return any(
            start <= clock and (clock < end or end == MIDNIGHT)
            for start, end in self._spans_of(there.date())
        )

    def next_opening(self, now: datetime) -> datetime | None:
        """When it opens next, aware; None while open, or when it never opens in the next month."""
        if self.is_open(now):
            return None
        return next((opening for opening in self._openings(now) if opening > now), None)

    def open_time(self, since: datetime, until: datetime) -> timedelta:
        """How much of [since, until) lies in the opening hours."""
        total, day = timedelta(), since.astimezone(SHANGHAI).date()
        while day <= until.astimezone(SHANGHAI).date():
            for start, end in self._spans_of(day):
                opens = datetime.combine(day, start, SHANGHAI)
                closes = datetime.combine(day, end, SHANGHAI)
                if end == MIDNIGHT:
                    closes += timedelta(days=1)
                total += max(timedelta(), min(closes, until) - max(opens, since))
            day += timedelta(days=1)
        return total

    def in_words(self) -> str:
        """Such as "周一至周五 9:00–18:00，周六 9:00–12:00"; "" when there are none."""
        days = [("周一至周五", self.weekdays), ("周六", self.saturday), ("周日", self.sunday)]
        if self.weekdays == self.saturday:
            days = [("周一至周六", self.weekdays), ("周日", self.sunday)]
        if self.weekdays == self.saturday == self.sunday:
            days = [("每天", self.weekdays)]
        return "，".join(f"{name} {_in_words(spans)}" for name, spans in days if spans)

    def day_in_words(self, day: date) -> str:
        """A day's hours, such as "9:00–12:00、14:00–18:00"; "" when it is closed."""
        spans = self._spans_of(day)
        return _in_words(spans) if spans else ""

    def _openings(self, now: datetime) -> Iterator[datetime]:
        first = today(now)
        for ahead in range(LOOK_AHEAD_DAYS):
            day = first + timedelta(days=ahead)
            for start, _ in self._spans_of(day):
                yield datetime.combine(day, start, SHANGHAI)

    def _spans_of(self, day: date) -> tuple[Span, ...]:
        if day in self.closed:
            return ()
        if self.holidays:
            holiday, shifted = _calendar(day)
            if holiday:
                return ()
            if shifted:
                return self.weekdays
        return {SATURDAY: self.saturday, SUNDAY: self.sunday}.get(day.weekday(), self.weekdays)


def _calendar(day: date) -> tuple[bool, bool]:
    """(a public holiday, a weekend day that is worked instead)."""
    try:
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:  # the library's years have run out
        return is_fixed_by_law(day), False
    return off and name is not None, not off and day.weekday() >= SATURDAY


def calendar_ends() -> date:
    """The last day whose holidays and shifted working days are known."""
    return date(max(chinese_calendar.constants.holidays).year, 12, 31)


# 全国年节及纪念日放假办法 (2024). By the lunar calendar: the first day of the year, 5/5 and 8/15.
_LUNAR = {
    2027: ((2, 6), (6, 9), (9, 15)),
    2028: ((1, 26), (5, 28), (10, 3)),
    2029: ((2, 13), (6, 16), (9, 22)),
    2030: ((2, 3), (6, 5), (9, 12)),
    2031: ((1, 23), (6, 24), (10, 1)),
    2032: ((2, 11), (6, 12), (9, 19)),
    2033: ((1, 31), (6, 1), (9, 8)),
    2034: ((2, 19), (6, 20), (9, 27)),
    2035: ((2, 8), (6, 10), (9, 16)),
    2036: ((1, 28), (5, 30), (10, 4)),
}
_SOLAR = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


def is_fixed_by_law(day: date) -> bool:
    """A public holiday that needs no notice of the government."""
    if (day.month, day.day) in {*_SOLAR, (4, _qingming(day.year))}:
        return True
    if day.year not in _LUNAR:
        return False
    new_year, *others = (date(day.year, *place) for place in _LUNAR[day.year])
    eve = new_year - timedelta(days=1)
    return eve <= day <= new_year + timedelta(days=2) or day in others


def _qingming(year: int) -> int:
    """The day of April, for this century (寿星公式)."""
    return int(year % 100 * 0.2422 + 4.81) - year % 100 // 4


_WRITTEN = re.compile(r"(\d{1,2}:[0-5]\d)\s*[-–—~至到]\s*(\d{1,2}:[0-5]\d)")
_BETWEEN = re.compile(r"[\s,，、;；]*")


def spans_written(text: str) -> list[str]:
    """The spans that a person wrote, such as "9:00-12:00、14:00–18:00"; none for an empty line.

    Raises ValueError, in Chinese, for what is none.
    """
    text = normalize("NFKC", text).strip()
    if _BETWEEN.fullmatch(_WRITTEN.sub("", text)) is None:
        raise ValueError(f"「{text}」看不懂，写成 9:00-12:00、14:00-18:00 这样，休息就空着")
    spans = [(_minutes(start), _minutes(end)) for start, end in _WRITTEN.findall(text)]
    if any(start >= end or end > DAY_MINUTES for start, end in spans):
        raise ValueError(f"「{text}」的结束要晚于开始，一天最晚到 24:00")
    ordered = sorted(spans)
    if any(before[1] > after[0] for before, after in pairwise(ordered)):
        raise ValueError(f"「{text}」有两段时间重叠了")
    return [f"{_hm(start)}-{_hm(end)}" for start, end in ordered]


DAY_MINUTES = 24 * 60


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _hm(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


def written(spans: tuple[Span, ...]) -> str:
    """Spans as a person may edit them."""
    return "、".join(f"{_clock(start)}-{_clock(end, end=True)}" for start, end in spans)


def _span(text: str) -> Span:
    start, end = (_time(part) for part in text.split("-"))
    return start, end


def _time(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour) % 24, int(minute))


def _in_words(spans: tuple[Span, ...]) -> str:
    if spans == ((MIDNIGHT, MIDNIGHT),):
        return "全天"
    return "、".join(f"{_clock(start)}–{_clock(end, end=True)}" for start, end in spans)


def _clock(at: time, *, end: bool = False) -> str:
    return "24:00" if end and at == MIDNIGHT else f"{at.hour}:{at.minute:02d}"
