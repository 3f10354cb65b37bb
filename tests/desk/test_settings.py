"""Quick replies, opening hours, closed days and absences, edited at the desk."""

import io
from datetime import date
from itertools import count
from typing import Any

import pytest

from handlers.firm import edited_hours
from handlers.firm.opening_hours import OpeningHours, spans_written
from handlers.ops import erasure
from storage.database import Database
from storage.polled import POLL_SECONDS, PolledValue
from storage.queries import admin_events, cases, desk_settings, erasing
from tests.conftest import Clock
from tests.desk.fixtures import Browser, Office, refusal, text
from tests.pictures import PNG

HOURS: dict[str, Any] = {
    "weekdays": "10:00-12:00、13:30～19:00",
    "saturday": "",
    "sunday": "",
    "holidays": "1",
}


def replies(browser: Browser) -> list[dict[str, object]]:
    found = browser.get("/desk/quick-replies.json").get_json()
    assert isinstance(found, list)
    return found


def test_a_quick_reply_is_edited_grouped_shared_and_its_use_counted(office: Office) -> None:
    admin, other = office.browser("小林"), office.browser("李雪")
    admin.post("/desk/settings/replies", title="问好", text="您好")
    one = replies(admin)[0]
    admin.post(
        f"/desk/settings/replies/{one['id']}", title="问候", text="您好呀", group="开场", shared="1"
    )
    (hers,) = replies(other)
    assert (hers["title"], hers["text"], hers["mine"], hers["group"]) == (
        "问候",
        "您好呀",
        False,
        "开场",
    )
    assert "kc" in str(hers["keys"])  # the group's name leads to it too
    assert other.post(f"/desk/quick-replies/{one['id']}/used").status_code == 204
    page = text(admin, "/desk/settings")
    assert "用过 1 次" in page
    assert "<h3>开场</h3>" in page


def test_a_quick_reply_is_edited_only_by_whom_it_belongs_to(office: Office) -> None:
    admin, other = office.browser("小林"), office.browser("李雪")
    admin.post("/desk/settings/replies", title="我的", text="我的")
    admin.post("/desk/settings/replies", title="大家", text="大家", shared="1")
    for row in replies(admin):
        path = f"/desk/settings/replies/{row['id']}"
        assert other.post(path, title="改", text="改").status_code == 403
    other.post("/desk/settings/replies", title="她的", text="她的")
    hers = next(row for row in replies(other) if row["mine"])
    path = f"/desk/settings/replies/{hers['id']}"
    assert other.post(path, title="她的", text="她的", shared="1").status_code == 403
    other.post(f"/desk/quick-replies/{replies(admin)[0]['id']}/used")
    assert "用过 1 次" not in text(admin, "/desk/settings")  # one that she does not have
    assert other.post("/desk/settings/replies/999", title="x", text="x").status_code == 404


def test_a_quick_reply_has_a_picture_until_it_is_taken_off(office: Office) -> None:
    admin, other = office.browser("小林"), office.browser("李雪")
    image = (io.BytesIO(PNG), "map.png")
    admin.post("/desk/settings/replies", title="地图", text="在这里", shared="1", picture=image)
    (hers,) = replies(other)
    path = str(hers["picture"])
    with other.get(path) as answer:
        assert answer.data == PNG
    erasure.keep_to_age(office.house.context, "a test")
    with office.house.database.read() as session:
        assert erasing.known_files(session), "the clean-up of files without a row spares it"
    no = {"title": "地图", "text": "在这里", "shared": "1", "no_picture": "1"}
    admin.post(f"/desk/settings/replies/{hers['id']}", script=False, **no)
    assert replies(other)[0]["picture"] == ""
    assert other.get(path).status_code == 404
    wrong = (io.BytesIO(b"MZ no picture"), "map.png")
    admin.post("/desk/settings/replies", title="坏的", text="x", picture=wrong)
    assert "坏的" not in text(admin, "/desk/settings")


def test_a_variable_never_reaches_a_merchant(office: Office) -> None:
    owner = office.browser("李雪")
    talk = office.claimed(owner)
    said = refusal(owner, f"/desk/c/{talk}/messages", text="{商家称呼}您好", key="k" * 12)
    assert "{商家称呼} 还没有换成真的" in said
    assert office.last().author != "consultant"
    owner.post(f"/desk/c/{talk}/messages", text="填 {任意}", key="l" * 12)
    assert office.last().text == "填 {任意}", "other braces are the writer's own"
    owner.post("/desk/settings/replies", title="问", text="{商家名}您好")
    assert "商家名 不会自动换" in text(owner, "/desk/settings")


def test_edited_hours_stand_at_once_for_merchants_and_the_desk(office: Office) -> None:
    admin = office.browser("小林")
    assert "设置文件的 [hours]" in text(admin, "/desk/settings")
    admin.post("/desk/settings/hours", **HOURS, closed="2026-12-24、2026-12-25")
    page = text(admin, "/desk/settings")
    assert "周一至周五 10:00–12:00、13:30–19:00" in page
    assert "2026-12-24、2026-12-25" in page
    assert "10:00–12:00" in office.house.says("你们几点上班")
    assert "休息" in office.house.says("12月24号上班吗", openid="oB")
    admin.post("/desk/settings/hours/reset")
    assert "周一至周五 9:00–18:00" in text(admin, "/desk/settings")
    with office.house.database.read() as session:
        done = [event.action for event in admin_events.latest(session, limit=5)]
    assert done[:2] == ["hours_reset", "hours"]


def test_another_process_hears_of_it_within_seconds(database: Database, clock: Clock) -> None:
    first, ticks = OpeningHours(), count(0.0, POLL_SECONDS)
    there = PolledValue(edited_hours.read, None, lambda: next(ticks))
    there.refresh(database)
    assert (there.value or first) is first
    value = {"weekdays": ["8:00-9:00"], "saturday": [], "sunday": [], "holidays": True}
    with database.write() as session:
        desk_settings.put(session, "opening_hours", {**value, "closed": []}, "小林", clock.now)
    there.refresh(database)
    assert (there.value or first).in_words() == "周一至周五 8:00–9:00"
    with database.write() as session:
        desk_settings.put(session, "opening_hours", {**value, "closed": []}, "李雪", clock.now)
        desk_settings.remove(session, "opening_hours")
    there.refresh(database)
    assert (there.value or first) is first


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("weekdays", "九点到六点", "看不懂"),
        ("saturday", "12:00-9:00", "结束要晚于开始"),
        ("sunday", "9:00-12:00、11:00-13:00", "重叠"),
        ("closed", "2026-02-30", "日期写成"),
        ("weekdays", "", "至少要有一天"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(
    office: Office, field: str, value: str, says: str
) -> None:
    admin = office.browser("小林")
    admin.post("/desk/settings/hours", **{**HOURS, field: value})
    page = text(admin, "/desk/settings")
    assert says in page
    assert "周一至周五 9:00–18:00" in page


def test_only_admins_edit_hours_and_absences(office: Office) -> None:
    other = office.browser("李雪")
    for path in ("hours", "hours/reset", "absences", "absences/1/remove"):
        assert other.post(f"/desk/settings/{path}", **HOURS).status_code == 403


def test_who_is_away_is_not_on_duty_on_those_days(office: Office) -> None:
    admin, day = office.browser("小林"), date(2026, 11, 23)
    with office.house.database.read() as session:
        before = cases.on_duty(session, day)
    person = office.consultant_id("李雪")
    admin.post("/desk/settings/absences", consultant=person, first="2026-11-23", last="2026-11-24")
    assert "2026-11-23 到 2026-11-24" in text(admin, "/desk/settings")
    with office.house.database.read() as session:
        days = [day.replace(day=number) for number in (22, 23, 24, 25)]
        away = [cases.on_duty(session, each) - before for each in days]
        (row,) = desk_settings.absences(session, day)
    assert away == [0, -1, -1, 0]
    assert text(admin, "/desk/team").count("请假 · 手上") == 1
    conversation = office.claimed(admin)
    assert "李雪（请假）" in text(admin, f"/desk/c/{conversation}")
    admin.post(f"/desk/settings/absences/{row.id}/remove")
    with office.house.database.read() as session:
        assert cases.on_duty(session, day) == before
    for first, last, says in (("2026-12-02", "2026-12-01", "不能早于"), ("x", "", "看不懂")):
        admin.post("/desk/settings/absences", consultant=person, first=first, last=last)
        assert says in text(admin, "/desk/settings")


def test_spans_as_people_write_them() -> None:
    assert spans_written("14：00－18：00，9:00 至 12:00") == ["9:00-12:00", "14:00-18:00"]
    assert spans_written("0:00-24:00") == ["0:00-24:00"]
    assert spans_written("  ") == []
