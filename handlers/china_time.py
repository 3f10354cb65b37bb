"""Time in China: the firm and its merchants live by it, and it has no summer time."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE, HOUR, DAY = 60, 3600, 86400


def local(at: datetime) -> datetime:
    """The same moment on a Chinese clock."""
    return at.astimezone(SHANGHAI)


def today(now: datetime) -> date:
    """The date in China."""
    return local(now).date()


def midnight(day: date) -> datetime:
    """When this day begins in China."""
    return datetime.combine(day, time(0), SHANGHAI)


def whole_day(text: str) -> tuple[datetime, datetime] | None:
    """From midnight to midnight of a date such as 2026-11-23; None when it is no date."""
    try:
        start = midnight(date.fromisoformat(text))
    except ValueError:
        return None
    return start, start + timedelta(days=1)


def span(seconds: float) -> str:
    """A length of time as a person says it; static/desk.js says it the same way."""
    if seconds < MINUTE:
        return "刚刚" if seconds < MINUTE / 2 else "1 分钟"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} 分钟"
    if seconds <= 2 * DAY:
        return f"{int(seconds // HOUR)} 小时"
    return f"{int(seconds // DAY)} 天"
