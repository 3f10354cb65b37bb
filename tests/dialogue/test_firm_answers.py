"""What the settings know is answered from them: today, tomorrow, the weekend, holidays, calls."""

from datetime import UTC, datetime, time

import pytest

from handlers.dialogue.policy import decide
from handlers.dialogue.types import DeskStatus, Incoming, TurnContext
from handlers.firm.opening_hours import OpeningHours
from tests.dialogue.driver import PHONE, firm

HOURS = OpeningHours(weekdays=((time(9), time(18)),), saturday=((time(9), time(12)),))
FRIDAY = datetime(2026, 3, 6, 2, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 6, 14, 0, tzinfo=UTC)
SEPTEMBER = datetime(2026, 9, 28, 2, 0, tzinfo=UTC)


def reply(text: str, now: datetime, *, phone: str = PHONE) -> str:
    bank, matcher, texts = firm()
    desk = DeskStatus(
        on_duty=1,
        open_now=HOURS.is_open(now),
        opens_at=HOURS.next_opening(now),
        hours=HOURS.in_words(),
    )
    context = TurnContext(now=now, desk=desk, phone=phone, calendar=HOURS)
    return decide(context, Incoming("text", text), bank, matcher, texts).replies[0].text


@pytest.mark.parametrize(
    ("asked", "now", "first"),
    [
        ("周末上班吗", FRIDAY, "周六上班，9:00–12:00。"),
        ("请问你们周日有人在吗", FRIDAY, "周日休息，"),
        ("明天上不上班", FRIDAY, "明天上班，9:00–12:00。"),
        ("后天上班吗", FRIDAY, "后天休息，"),
        ("下周三几点上班", FRIDAY, "下周三上班，9:00–18:00。"),
        ("现在还上班吗", NIGHT, "现在休息，顾问明天 9:00 上班。"),
        ("现在有人在吗 几点上班", FRIDAY, "现在上班。"),
        ("国庆放假吗", SEPTEMBER, "国庆休息，10 月 8 日 9:00 上班。"),
        ("法定节假日休息吗", FRIDAY, "法定节假日休息，"),
    ],
)
def test_when_somebody_is_there(asked: str, now: datetime, first: str) -> None:
    shown = reply(asked, now)
    assert shown.startswith(first)
    assert "9:00" in shown


@pytest.mark.parametrize("asked", ["审核周末算不算", "银行周末到账吗", "官方客服几点上班"])
def test_the_hours_of_others_are_not_ours(asked: str) -> None:
    assert "工作时间：周一至周五" not in reply(asked, FRIDAY)


def test_an_address_is_not_made_up_and_a_call_has_its_hours() -> None:
    assert "没有公布" in reply("你们公司地址在哪", FRIDAY)
    assert "说不准" in reply("可以上门帮我弄吗", FRIDAY)
    assert PHONE in reply("现在能打电话给你们吗", FRIDAY)
    assert "上班后再打" in reply("现在能打电话给你们吗", NIGHT)
    assert "没有公布" in reply("能打电话吗", FRIDAY, phone="")
