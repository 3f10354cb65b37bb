"""The weekly draw: the same for everybody, judged by one key, and part of the figures."""

import re

from tests.conftest import Clock
from tests.desk.fixtures import Office, text
from tests.knowledge.water import put_in_force


def drawn(page: str) -> list[str]:
    return re.findall(r'id="(a\d+|case\d+)"', page)


def test_the_draw_is_the_same_for_all_and_stays(office: Office, clock: Clock) -> None:
    put_in_force(office.house.database, clock.now)  # a verdict is on a published bank
    lead = office.browser("小林")
    for number in range(24):
        office.house.says("保证金怎么退", openid=f"o{number}")
    talk = office.claimed(lead, "oHuman")
    lead.post(f"/desk/c/{talk}/resolve", outcome="resolved", rating="1")
    office.house.says("4", openid="oHuman")
    assert "这一周没有机器人的回答" in text(lead, "/desk/quality"), "the week is not over"
    clock.forward(days=7)
    lead, other = office.browser("小林"), office.browser("李雪")
    page = text(lead, "/desk/quality")
    chosen = drawn(page)
    assert (len(chosen), chosen) == (21, drawn(text(other, "/desk/quality")))
    assert "<b>4 分</b>" in page
    assert "还有 21 个没看" in page
    first, last = chosen[0][1:], chosen[-1].removeprefix("case")
    lead.post(f"/desk/quality/answers/{first}", verdict="wrong")
    lead.post(f"/desk/quality/cases/{last}", verdict="poor")
    page = text(lead, "/desk/quality")
    assert "还有 19 个没看" in page
    assert "小林：不对" in text(other, "/desk/quality")
    assert "小林：可以更好" in text(other, "/desk/quality")
    assert drawn(page) == chosen
    assert "每周抽查看了 1 条，1 条不对" in text(lead, "/desk/figures?days=30")
    assert lead.post(f"/desk/quality/cases/{last}", verdict="other").status_code == 400


def test_a_case_is_shown_with_the_question_before_it(office: Office, clock: Clock) -> None:
    put_in_force(office.house.database, clock.now)
    lead = office.browser("小林")
    office.house.says("手机号停了保证金能退吗")
    clock.forward(minutes=1)
    office.house.says("转人工")
    talk = office.conversation()
    lead.post(f"/desk/c/{talk}/claim")
    lead.post(f"/desk/c/{talk}/resolve", outcome="resolved")
    clock.forward(days=7)
    cases = text(office.browser("小林"), "/desk/quality").partition("结束的人工服务")[2]
    assert cases.index("手机号停了保证金能退吗") < cases.index("转人工")
