"""Waiting longer than an answer said it takes: 我都等9天了 after 3–7 个工作日 asks what to do."""

import re

from faq.bank import Entry
from faq.details import detail
from faq.moves import numerals
from handlers.dialogue.entry_answer import answer, explained
from handlers.dialogue.turn import Outcome, Turn

_UNIT = r"(?P<unit>个?工作日|个?星期|个?礼拜|周|个?月|天|日|个?小时)"
_DAYS = {"工作日": 1.4, "星期": 7.0, "礼拜": 7.0, "周": 7.0, "月": 30.0, "天": 1.0, "日": 1.0}
"""How many days a unit is; five working days are a week."""
_HOUR = 1 / 24
_SAID = re.compile(rf"(?:\d+\s*[-–~至到]\s*)?(?P<n>\d+)\s*{_UNIT}")
_WAITED = re.compile(
    rf"(?P<n>\d{{1,3}}|半|[一两三四五六七八九]?十[一二三四五六七八九几来多]?|[一二两三四五六七八九])"
    rf"(?:几|来|多)?{_UNIT}(?:多|来)?"
)
_PAST = re.compile(r"等|过|逾期|到期|超|都|已经|快|了|还没|没(?:有)?(?:到|消息|动静|下来|影|结果)")
_ASKS_HOW_LONG = re.compile(r"多久|(?<!十)几天|多长|什么时候|啥时候|[要得]等|以内|之内|内")
_OVER = re.compile(r"超过|过了|还没|超出|逾期")
_LATE_ASKED = re.compile(
    r"(?:逾期|超期|过期|超时|(?:过了?|超了?|超过)(?:这个|那个|规定|说好的)*(?:时间|期限|时限|日子|天数)|到期)[^\s,\uff0c]{0,4}(?:还|仍|没|未|无|不)"
)
"""过了期限还没消息怎么办 needs no number."""
_HALF = 0.5
_LATE = "超过时间了还没到"
"""How people ask for what has not come in time."""


def overdue(turn: Turn) -> Outcome | None:
    """What to do when it takes longer than the last answer said; None where it does not."""
    topic = turn.entry(turn.memory.entry)
    here = topic if topic and longest(topic) else _likely(turn)
    if here is None or turn.memory.form or turn.waiting or not _PAST.search(turn.text):
        return None
    waited, said = _waited(turn.text), longest(here)
    late = waited > said or bool(_LATE_ASKED.search(turn.text))
    if not said or not late or _is_angry(turn):
        return None
    return _of_bank(turn, here) or _of_here(turn, here)


def _is_angry(turn: Turn) -> bool:
    """Whether the waiting is more than told: a person is wanted, or somebody has had enough."""
    found = turn.understanding
    if found.outcome != "escalate":
        return found.outcome == "human"
    return (
        found.alarm not in _OF_WAITING or turn.heard.share("alarm", "insult", "frustrated") >= _CALM
    )


_OF_WAITING, _CALM = ("complaint", "exhausted"), 0.3


def _likely(turn: Turn) -> Entry | None:
    """提交十二天了钱还没影 as the first thing that is said: what it most likely is about."""
    found = turn.understanding
    best, weight = found.likeliest
    unsure = found.outcome in ("options", "escalate")
    return turn.entry(best) if unsure and weight >= _LIKELY else None


_LIKELY = 0.2


def _waited(text: str) -> float:
    """Days that a message tells to have passed, 0 where it tells or asks something else."""
    told = _WAITED.search(text)
    if told is None or _ASKS_HOW_LONG.search(text):
        return 0.0
    return _number(told["n"]) * _days(told["unit"])


def _number(word: str) -> float:
    if word == "半":
        return _HALF
    known = numerals.number(word.rstrip("几来多"))
    return float(known or 0)


def _days(unit: str) -> float:
    return _DAYS.get(unit.removeprefix("个"), _HOUR)


def longest(entry: Entry) -> float:
    """The most days that an entry says something takes; 0 where it says nothing of it."""
    said = (entry.answer, *entry.steps)
    return max((_span(match) for text in said for match in _SAID.finditer(text)), default=0.0)


def _span(match: re.Match[str]) -> float:
    """In the unit that people count in: seven working days are told as seven days."""
    unit = match["unit"].removeprefix("个")
    return int(match["n"]) * (1.0 if unit == "工作日" else _days(unit))


def _of_bank(turn: Turn, here: Entry) -> Outcome | None:
    """The entry for what has not come in time."""
    found = turn.understand(_LATE)
    entry = turn.entry(found.entry) if found.outcome == "answer" else None
    return answer(turn, entry) if entry and entry.id != here.id else None


def _of_here(turn: Turn, here: Entry) -> Outcome | None:
    """Else the line of the entry at hand that speaks of longer."""
    told = (detail(line)[1] for line in here.details)
    known = next((text for text in told if _OVER.search(text)), "")
    return explained(turn, here, known) if known else None
