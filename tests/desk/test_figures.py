"""The page of figures: the numbers follow from what was said, and a spreadsheet runs none of it."""

import re
from datetime import timedelta

from handlers.desk.figure_list import interval, share, spread
from handlers.desk.figures import harmless
from handlers.firm.opening_hours import OpeningHours
from handlers.knowledge import learning
from storage.models.knowledge import Verdict
from storage.queries import model_calls
from tests.conftest import Clock
from tests.desk.fixtures import Office, text


def value(page: str, title: str) -> str:
    found = re.search(rf"<dt>{title}</dt><dd>(?:<a [^>]*>)?([^<]+)", page)
    assert found, title
    return found.group(1).strip()


def test_the_figures_follow_from_what_was_said(office: Office, clock: Clock) -> None:
    lead = office.browser("小林")
    office.house.says("保证金怎么退", openid="oOnly")
    talk = office.claimed(lead, "oHuman")
    clock.forward(minutes=10)
    lead.post(f"/desk/c/{talk}/messages", text="我来看看", key="k" * 12)
    lead.post(f"/desk/c/{talk}/resolve", outcome="resolved")
    page = text(lead, "/desk/figures?days=7")
    assert value(page, "来访") == "2"
    assert value(page, "机器人办完") == "1 / 2"
    assert value(page, "转给顾问") == "1 / 2"
    assert "没处理的推送 0（应该是 0）" in page
    assert "要人工 1" in page
    assert page.count('role="img"') == 4
    assert "style=" not in page, "the policy forbids inline styles"
    csv = lead.get("/desk/figures.csv?days=7").get_data(as_text=True)
    assert "来访,2," in csv


def test_every_figure_has_a_definition_and_leads_to_its_conversations(
    office: Office, clock: Clock
) -> None:
    lead = office.browser("小林")
    talk = office.claimed(lead, "oHuman")
    clock.forward(minutes=10)
    lead.post(f"/desk/c/{talk}/messages", text="我来看看", key="k" * 12)
    lead.post(f"/desk/c/{talk}/resolve", outcome="resolved", rating="1")
    office.house.says("5", openid="oHuman")
    page = text(lead, "/desk/figures?days=7")
    keys = re.findall(r'href="/desk/figures/(\w+)\?days=7"', page)
    assert len(keys) == 12
    of_case = {"visits", "handed", "wait", "first", "handling", "rated"}
    listed = {key for key in keys if "商家 uman" in text(lead, f"/desk/figures/{key}?days=7")}
    assert of_case <= listed
    assert not listed & {"again", "finished", "false"}
    assert lead.get("/desk/figures/nothing").status_code == 404
    assert office.browser("李雪").get("/desk/figures/wait").status_code == 403


def test_moves_and_facts_are_no_questions(office: Office, clock: Clock) -> None:
    """那一步步来 asks the bank nothing: it is no question that was not understood."""
    lead = office.browser("小林")
    unknown = "宠物狗洗澡多少钱"
    for line in ("保证金怎么退", "那一步步来", "我是个体户", "好了", unknown):
        office.house.says(line, openid="oWalks")
        clock.forward(minutes=1)
    asked = {said.text: said.understanding or {} for said in office.house.said("oWalks")}
    assert asked["那一步步来"]["outcome"] == asked["我是个体户"]["outcome"] == "none"
    assert (
        value(text(lead, "/desk/figures?days=7"), "答上、给选项、没听懂") == "1 / 2、0 / 2、1 / 2"
    )
    assert [card.text for card in learning.queue(office.house.context)] == [unknown]


def test_who_returns_within_three_days_was_not_helped(office: Office, clock: Clock) -> None:
    lead = office.browser("小林")
    for who in ("oThanks", "oQuiet", "oBack"):
        office.house.says("保证金怎么退", openid=who)
    office.house.says("谢谢，做好了", openid="oThanks")
    clock.forward(days=2)
    office.house.says("保证金怎么退", openid="oBack")
    clock.forward(minutes=1)
    page = text(lead, "/desk/figures?days=7")
    assert value(page, "解决") == "2 / 3"
    assert "确认 1，推定 1" in page


def test_the_ladder_shows_where_merchants_are_stuck(office: Office, clock: Clock) -> None:
    lead = office.browser("小林")
    for who in ("oA", "oB"):
        office.house.says("保证金怎么退", openid=who)
        office.house.says("下一步", openid=who)
    office.house.says("下一步", openid="oA")
    office.house.says("页面不一样", openid="oA")
    clock.forward(minutes=1)
    page = text(lead, "/desk/figures?days=7").partition("步骤走到哪里")[2]
    rows = re.findall(
        r"<tr><th scope=\"row\">(\d) .*?</th><td>(\d+)</td><td>(\d+)</td><td>(\d+)", page
    )
    assert rows[:2] == [("1", "2", "0", "0"), ("2", "1", "0", "1")]


def test_a_small_draw_says_how_little_it_knows() -> None:
    assert interval(2, 20) == (3, 30)
    assert interval(0, 20)[0] == 0


def test_only_a_lead_sees_the_figures(office: Office) -> None:
    assert office.browser("李雪").get("/desk/figures").status_code == 403


def test_few_are_counted_and_many_are_shared() -> None:
    assert share(3, 19) == "3 / 19"
    assert share(5, 20) == "25%"
    assert spread([]) == "还没有"
    assert spread([4.0, 6.0]) == "一般 5 分钟（2 次）"
    assert "十次里九次在" in spread([float(n) for n in range(20)])


def test_no_cell_of_the_table_is_a_formula() -> None:
    for text_ in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1"):
        assert harmless(text_).startswith("'")
    assert harmless("来访") == "来访"


def test_only_opening_hours_count_as_a_wait(clock: Clock) -> None:
    hours = OpeningHours.parse(weekdays=["9:00-18:00"], saturday=[], sunday=[])
    monday_ten = clock.now
    assert hours.open_time(monday_ten, monday_ten + timedelta(minutes=30)) == timedelta(minutes=30)
    overnight = hours.open_time(monday_ten + timedelta(hours=7), monday_ten + timedelta(hours=24))
    assert overnight == timedelta(hours=2), "17:00 to 18:00, and 9:00 to 10:00"


def test_the_lead_sees_what_a_models_opinion_was_worth(office: Office, clock: Clock) -> None:
    lead = office.browser("小林")
    office.house.says("保证金怎么退", openid="oAsked")
    assert "大模型的意见" not in text(lead, "/desk/figures?days=7")
    talk = office.conversation("oAsked")
    asked = office.house.said("oAsked")[0]
    with office.house.database.write() as session:
        session.add(
            Verdict(
                conversation_id=talk,
                message_id=asked.id,
                text=asked.text,
                key="k",
                consultant_id=office.consultant_id("小林"),
                verdict="entry",
                source="desk",
                expected={"accept": ["deposit-refund-steps"]},
                at=clock.now,
            )
        )
        for outcome in ("deposit-refund-steps", "slow"):
            model_calls.add(
                session, at=clock.now, use="shadow", model="m", outcome=outcome, ours="none",
                ms=400, tokens_in=90, tokens_out=10, conversation_id=talk, message_id=asked.id,
            )  # fmt: skip
    page = text(lead, "/desk/figures?days=7")
    assert "问过 2 次，1 次没有意见。一般用 400 毫秒，共 200 个词元。" in page
    assert "1 次帮得上" in page
