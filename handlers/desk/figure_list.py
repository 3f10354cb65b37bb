"""The twelve figures of a period, each with its definition and its conversations."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt
from statistics import median

from handlers.china_time import local
from handlers.desk.figure_period import MerchantDay, Period, minutes, p90
from handlers.desk.labels import reason
from storage.queries.figures import CaseFact

FEW = 20  # below this many cases a percentage or a trend says nothing
AGAIN = timedelta(hours=72)
QUIET = timedelta(hours=24)
A_WHILE = timedelta(hours=1)  # the steps of one answer come within it
GOOD = 4
ASKED = ("answer", "options", "none")  # what the matcher makes of a question
Z_95 = 1.96


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. Its definition stands beside it; `talks` are its conversations, the first those
    to look at first."""

    key: str
    title: str
    value: str
    definition: str
    talks: tuple[int, ...] = ()
    detail: str = ""


def figures_of(period: Period) -> list[Figure]:
    """In the order in which a lead reads them."""
    return [
        _visits(period),
        _finished(period),
        _solved(period),
        _answered(period),
        _false(period),
        _handed_over(period),
        _wait(period),
        _first_words(period),
        _handling(period),
        _reopened(period),
        _satisfied(period),
        _delivery(period),
    ]


def share(part: int, whole: int) -> str:
    """Counts while there are few, a percentage from FEW on."""
    if whole < FEW:
        return f"{part} / {whole}"
    return f"{round(100 * part / whole)}%"


def spread(values: Sequence[float]) -> str:
    """The median and what nine of ten stay below, in minutes."""
    if not values:
        return "还没有"
    if len(values) < FEW:
        return f"一般 {round(median(values))} 分钟（{len(values)} 次）"
    return f"一般 {round(median(values))} 分钟，十次里九次在 {round(p90(values))} 分钟内"


def interval(wrong: int, of: int) -> tuple[int, int]:
    """Between which percentages the true rate lies, 95 times of 100 (Wilson)."""
    rate, z = wrong / of, Z_95
    middle = (rate + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(rate * (1 - rate) / of + z * z / (4 * of * of))
    return round(100 * max(0.0, middle - half)), round(100 * min(1.0, middle + half))


def _visits(period: Period) -> Figure:
    found = _of_days(period.visits)
    return Figure(
        "visits", "来访", str(len(period.visits)), "一位商家一天里来过消息，算一次", found
    )


def _finished(period: Period) -> Figure:
    finished = period.visits.keys() - period.handed_over - _asked_again(period)
    return Figure(
        "finished", "机器人办完", share(len(finished), len(period.visits)),
        "没有转给顾问，24 小时内也没有隔一小时以上再问同一件事的来访", _of_days(finished),
    )  # fmt: skip


def _asked_again(period: Period) -> set[MerchantDay]:
    times: dict[tuple[int, str], list[datetime]] = {}
    for at, talk, entry in period.answers:
        times.setdefault((talk, entry), []).append(at)
    return {
        (local(before).date(), talk)
        for (talk, _), asked in times.items()
        for before, after in pairwise(asked)
        if A_WHILE <= after - before <= QUIET
    }


def _solved(period: Period) -> Figure:
    """Confirmed and assumed are shown apart; whoever returns within 72 hours takes it back."""
    good = {
        (local(case.closed_at).date(), case.conversation_id)
        for case in period.closed
        if case.closed_at and (case.rating or 0) >= GOOD
    }
    known, back = _settled(period)
    confirmed = {
        day for day in known - back if day in good or period.visits[day].thanked
    }  # fmt: skip
    assumed = known - back - confirmed
    return Figure(
        "solved", "解决", share(len(confirmed | assumed), len(known)),
        "商家说了做好了、谢谢或打 4 到 5 分算确认，24 小时没再来算推定；72 小时内又来的都不算",
        _of_days(confirmed | assumed),
        f"确认 {len(confirmed)}，推定 {len(assumed)}",
    )  # fmt: skip


def _settled(period: Period) -> tuple[set[MerchantDay], set[MerchantDay]]:
    """Merchant-days that are a day old, and those whose merchant returned soon after."""
    days: dict[int, list[MerchantDay]] = {}
    for day in sorted(period.visits):
        days.setdefault(day[1], []).append(day)
    old = {d for d, talk in period.visits.items() if period.until - talk.last_at >= QUIET}
    back = {
        day
        for each in days.values()
        for day, following in pairwise(each)
        if period.visits[following].first_at - period.visits[day].last_at <= AGAIN
    }
    return old, back


def _answered(period: Period) -> Figure:
    asked = sum(period.outcomes.get(key, 0) for key in ASKED)
    return Figure(
        "answered", "答上、给选项、没听懂",
        "、".join(share(period.outcomes.get(key, 0), asked) for key in ASKED),
        "商家的问题里，直接答的、给出选项的、没听懂的；点开是没听懂的",
        tuple(period.not_understood),
    )  # fmt: skip


def _false(period: Period) -> Figure:
    wrong = [each for each in period.judged if each.verdict != "right"]
    drawn = list(period.drawn.values())
    detail = "每周抽查还没有看过"
    if drawn:
        missed = sum(verdict != "right" for verdict in drawn)
        detail = f"每周抽查看了 {len(drawn)} 条，{missed} 条不对"
        if len(drawn) >= FEW:
            low, high = interval(missed, len(drawn))
            detail += f"，实际大约在 {low}% 到 {high}% 之间"
    return Figure(
        "false", "答错", share(len(wrong), len(period.judged)),
        "看过的回答里判了不对的；看过的多半是可疑的，每周抽查才说明整体",
        tuple(dict.fromkeys(each.conversation_id for each in wrong)), detail,
    )  # fmt: skip


def _handed_over(period: Period) -> Figure:
    counted = Counter(reason(case.reason) for case in period.opened).most_common(3)
    reasons = "、".join(f"{name} {count}" for name, count in counted)
    return Figure(
        "handed", "转给顾问", share(len(period.handed_over), len(period.visits)),
        "来访里转给顾问的，原因见下面的图", _of_days(period.handed_over), reasons,
    )  # fmt: skip


def _wait(period: Period) -> Figure:
    clock = [minutes(c.claimed_at - c.opened_at) for c in period.waits if c.claimed_at]
    longest = sorted(period.waits, key=period.wait_of, reverse=True)
    return Figure(
        "wait", "等接入", spread([period.wait_of(case) for case in period.waits]),
        "从排队到有人接入，只算工作时间内的分钟；点开时等得最久的在前", _of(longest),
        f"按钟表：{spread(clock)}",
    )  # fmt: skip


def _first_words(period: Period) -> Figure:
    took = {
        id(c): minutes(c.answered_at - c.opened_at) for c in period.opened if c.answered_at
    }  # fmt: skip
    slow = sorted((c for c in period.opened if id(c) in took), key=lambda c: -took[id(c)])
    return Figure(
        "first",
        "第一句回复",
        spread(list(took.values())),
        "从排队到顾问第一句话送达商家",
        _of(slow),
    )


def _handling(period: Period) -> Figure:
    took = {
        id(c): minutes(c.closed_at - c.claimed_at - c.asleep)
        for c in period.closed
        if c.claimed_at and c.closed_at
    }
    slow = sorted((c for c in period.closed if id(c) in took), key=lambda c: -took[id(c)])
    return Figure(
        "handling", "处理时间", spread(list(took.values())),
        "从接入到结束，不算「稍后处理」的时间", _of(slow),
    )  # fmt: skip


def _reopened(period: Period) -> Figure:
    opened: dict[int, list[datetime]] = {}
    for case in period.cases:
        opened.setdefault(case.conversation_id, []).append(case.opened_at)
    again = [
        case
        for case in period.closed
        for ended in [case.closed_at]
        if ended and any(ended < at <= ended + AGAIN for at in opened[case.conversation_id])
    ]
    return Figure(
        "again", "72 小时内再来", share(len(again), len(period.closed)),
        "结束以后 72 小时内又转给顾问的", _of(again),
    )  # fmt: skip


def _satisfied(period: Period) -> Figure:
    rated = [case for case in period.closed if case.rating is not None]
    good = sum((case.rating or 0) >= GOOD for case in rated)
    worst = sorted(rated, key=lambda case: case.rating or 0)
    return Figure(
        "rated", "满意", share(good, len(rated)), "打分里 4 到 5 分的；点开时分低的在前",
        _of(worst), f"打分的占 {share(len(rated), len(period.closed))}",
    )  # fmt: skip


def _delivery(period: Period) -> Figure:
    words = {"held": "暂存", "failed": "没送到", "uncertain": "不确定"}
    parts = [f"{word} {period.deliveries.get(key, 0)}" for key, word in words.items()]
    parts.append(f"没回就过了 48 小时 {len(period.shut_out)}")
    parts.append(f"没处理的推送 {period.undecided}（应该是 0）")
    total = sum(period.deliveries.get(key, 0) for key in words)
    return Figure(
        "delivery", "没送到", str(total), "暂存、没送到、不确定的消息条数",
        tuple(dict.fromkeys([*period.shut_out, *period.undelivered])), "，".join(parts),
    )  # fmt: skip


def _of_days(days: Iterable[MerchantDay]) -> tuple[int, ...]:
    """The conversations, the latest first."""
    return tuple(dict.fromkeys(talk for _, talk in sorted(days, reverse=True)))


def _of(cases: Iterable[CaseFact]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(case.conversation_id for case in cases))
