"""The numbers behind the charts of the page of figures, and the three lists beside them."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from faq.bank import Bank, Entry, step_key
from handlers.china_time import local
from handlers.context import current_context
from handlers.desk.figure_period import Period, p90
from handlers.desk.labels import reason, words
from storage.database import Session
from storage.queries import figures as rows

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
UNUSED_DAYS = 90
SUBJECTS = 8
FUNNELS = 6
WRONG = 8


@dataclass(frozen=True, slots=True)
class Step:
    number: int
    text: str
    reached: int
    stuck: int
    differs: int


@dataclass(frozen=True, slots=True)
class StepFunnel:
    """The steps of one entry, and how many merchants reached each."""

    title: str
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Subject:
    """An unanswered question, how many merchants asked it, and how often on each day."""

    text: str
    merchants: int
    days: list[int]


@dataclass(frozen=True, slots=True)
class Charts:
    """Lists by day, and tables of weekday and hour."""

    days: list[date]
    by_bot: list[int]
    by_people: list[int]
    by_nobody: list[int]
    wait_median: list[float | None]
    wait_long: list[float | None]
    heat: list[list[int]]
    open_hours: list[list[bool]]
    funnels: list[StepFunnel]
    subjects: list[Subject]


def charts_of(period: Period) -> Charts:
    days = period.days
    by_bot, by_people, by_nobody = _visits(period)
    waits = _waits(period)
    return Charts(
        days=days,
        by_bot=[by_bot[day] for day in days],
        by_people=[by_people[day] for day in days],
        by_nobody=[by_nobody[day] for day in days],
        wait_median=[median(waits[day]) if day in waits else None for day in days],
        wait_long=[p90(waits[day]) if day in waits else None for day in days],
        heat=[[period.hours.get((weekday, hour), 0) for hour in range(24)] for weekday in range(7)],
        open_hours=_open_hours(),
        funnels=_funnels(period, current_context().published_bank.bank()),
        subjects=_subjects(period),
    )


def _visits(period: Period) -> tuple[Counter[date], Counter[date], Counter[date]]:
    """Visits by day: answered by the bot, handed to people, answered by nobody."""
    by_bot, by_people, by_nobody = Counter[date](), Counter[date](), Counter[date]()
    for visit in period.visits:
        if visit in period.handed_over:
            by_people[visit[0]] += 1
        elif visit in period.answered:
            by_bot[visit[0]] += 1
        else:
            by_nobody[visit[0]] += 1
    return by_bot, by_people, by_nobody


def _waits(period: Period) -> dict[date, list[float]]:
    """Seconds that the cases of each day waited for somebody."""
    waits: dict[date, list[float]] = {}
    for case in period.waits:
        waits.setdefault(local(case.opened_at).date(), []).append(period.wait_of(case))
    return waits


def _subjects(period: Period) -> list[Subject]:
    return [
        Subject(each.text, len(each.merchants), [each.by_day.get(day, 0) for day in period.days])
        for each in period.unanswered[:SUBJECTS]
    ]


def _open_hours() -> list[list[bool]]:
    """By weekday and hour, of a plain week: open at some time of that hour."""
    hours = current_context().hours
    of_weekday = [hours.weekdays] * 5 + [hours.saturday, hours.sunday]
    return [
        [any(span[0].hour <= hour and _end(span[1]) > hour for span in spans) for hour in range(24)]
        for spans in of_weekday
    ]


def _end(at: object) -> float:
    """The hour at which a span ends; midnight is 24."""
    hour, minute = getattr(at, "hour", 0), getattr(at, "minute", 0)
    return 24 if (hour, minute) == (0, 0) else hour + minute / 60


def _funnels(period: Period, bank: Bank) -> list[StepFunnel]:
    """Of the entries that most merchants walked through."""
    begun = Counter[str]()
    for (name, _, what), count in period.steps.items():
        begun[name] = max(begun[name], count if what == "reached" else 0)
    walked = [bank.by_id[name] for name, _ in begun.most_common() if name in bank.by_id]
    return [
        StepFunnel(
            entry.short or entry.question, [_step(period, entry, n) for n in _numbers(entry)]
        )
        for entry in walked[:FUNNELS]
        if entry.steps
    ]


def _numbers(entry: Entry) -> range:
    return range(1, len(entry.steps) + 1)


def _step(period: Period, entry: Entry, number: int) -> Step:
    text = entry.steps[number - 1]

    def merchants(what: str) -> int:
        return period.steps.get((entry.id, step_key(text), what), 0)

    return Step(number, text, merchants("reached"), merchants("stuck"), merchants("differs"))


def reasons_of(period: Period) -> list[tuple[str, str, int]]:
    """Why cases were opened, the most frequent first: key, words, count."""
    leading = {name: key for key, name in words().shown("reason").items()}
    counted = Counter(reason(case.reason) for case in period.opened)
    return [(leading.get(name, name), name, count) for name, count in counted.most_common()]


def most_wrong(period: Period) -> list[tuple[str, int, int]]:
    """Entries whose answers were judged wrong most often: title, wrong, judged."""
    bank = current_context().published_bank.bank()
    judged = Counter(each.entry for each in period.judged)
    wrong = Counter(each.entry for each in period.judged if each.verdict != "right")
    return [(_title(bank, name), count, judged[name]) for name, count in wrong.most_common(WRONG)]


def unused(session: Session, now: datetime) -> list[str]:
    """Titles of entries that answered nothing for a long time."""
    hit = rows.entries_hit(session, now - timedelta(days=UNUSED_DAYS))
    bank = current_context().published_bank.bank()
    return [_title(bank, entry.id) for entry in bank.entries if entry.id not in hit]


def _title(bank: Bank, name: str) -> str:
    entry = bank.by_id.get(name)
    return (entry.short or entry.question) if entry else name
