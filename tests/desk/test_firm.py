"""公司资料 at the desk: what is the firm's own, as a form, through the draft and the gate."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from faq.bank import Button
from faq.guides import read_files
from handlers.dialogue.texts import Texts, load_texts
from handlers.knowledge import bank_versions, drafts, publications, published_bank
from storage.queries import publications as stored_publications
from tests.desk.fixtures import Browser, Office, text
from tests.desk.forms import Fields, form_of
from tests.knowledge.water import put_in_force

ADDRESS = "/desk/firm"
FIRMS = Path(__file__).parents[1] / "data" / "firms"


@pytest.fixture
def water(office: Office) -> Office:
    put_in_force(office.house.database, office.house.context.now())
    ticks = iter(range(0, 10**6, 10))
    bank_in_force = published_bank.DatabaseBank(office.house.database, clock=ticks.__next__)
    object.__setattr__(office.house.context, "published_bank", bank_in_force)
    return office


@pytest.fixture
def lead(water: Office) -> Browser:
    return water.browser("小林")


def save(lead: Browser, form: Fields, to: str = "") -> TestResponse:
    sent: dict[str, Any] = dict(form)
    return lead.post(ADDRESS + to, **sent)


def opened(lead: Browser) -> Fields:
    return form_of(text(lead, ADDRESS), "button_name")


def filled(lead: Browser) -> Fields:
    """The water works, as their owner writes it."""
    form = opened(lead)
    form["name"] = ["清泉水务"]
    form["text:welcome"] = ["您好，这里是清泉水务。"]
    form["thing_label"][0], form["thing_entry"][0] = "开户", "water-open"
    form["button_name"][:2], form["button_target"][:2] = ["开水户", "找人"], ["water-open", "human"]
    form["button_name"][2] = "官网"
    form["button_target"][2], form["button_url"][2] = "url", "https://water.example.com"
    form["field_label"][-1], form["field_ask"][-1] = "户号", "户号是多少？"
    return form


def publish(water: Office, lead: Browser) -> None:
    assert lead.post("/desk/bank/publish").status_code == 303
    with water.house.database.read() as session:
        number = stored_publications.latest(session)
    assert number is not None
    publications.run(water.house.context, number.id, "here")
    water.house.context.published_bank.refresh()
    assert water.house.context.published_bank.bank().firm.name == "清泉水务"


def test_what_is_written_is_in_force_after_the_gate(water: Office, lead: Browser) -> None:
    assert save(lead, filled(lead)).status_code == 303
    assert "公司资料" in text(lead, "/desk/bank/publish")
    assert "firm.toml" not in text(lead, "/desk/bank/publish"), "nobody sees a file"
    assert water.house.context.published_bank.bank().firm.name == "", "a draft is no version"
    publish(water, lead)
    house = water.house
    welcome = house.says("", kind="subscribe", openid="oNew")
    assert welcome.startswith("您好，这里是清泉水务。\n\n1 开户\n2 联系顾问")
    assert "带上房产证" in house.says("water-open", kind="click", openid="oNew")
    assert "转给顾问" in house.says("human", kind="click", openid="oNew")
    said = [message.text for message in house.said("oNew")]
    assert "开水户" in said, "a tap is kept in the words of the button"
    assert "清泉水务</title>" in text(lead, "/desk/bank")
    page = opened(lead)
    assert page["field_label"] == ["称呼", "问题", "联系方式", "户号", ""]
    assert save(lead, page).status_code == 303
    with house.database.read() as session:
        files = drafts.view(session).sources()
    assert read_files(files)[0].firm == house.context.published_bank.bank().firm
    assert set(tomllib.loads(files["firm.toml"])["texts"]) == {"welcome"}, "only what is the firm's"


@pytest.mark.parametrize(
    ("field", "at", "value", "said"),
    [
        ("text:welcome", 0, "长" * 500, "太长了，有 1500 字节"),
        ("text:welcome", 0, "您好{没有}", "不认识的占位符"),
        ("button_name", 0, "这个按钮太长", "18 字节"),
        ("button_target", 0, "no-such-entry", "没有这条问答"),
        ("button_url", 2, "water.example.com", "https://"),
        ("thing_entry", 0, "", "还没有选答哪一条"),
        ("field_label", 3, "称呼", "有两样"),
        ("field_name", 3, "notes", "程序自己要用"),
        ("field_ask", 3, "", "没有写怎么问"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    water: Office, lead: Browser, field: str, at: int, value: str, said: str
) -> None:
    form = filled(lead)
    form[field][at] = value
    refused = save(lead, form)
    assert refused.status_code == 422
    assert said in refused.text
    assert "清泉水务" in refused.text
    with water.house.database.read() as session:
        assert not drafts.view(session).pending()


def test_two_edit_at_once_and_neither_is_lost(lead: Browser) -> None:
    first, second = filled(lead), filled(lead)
    assert save(lead, first).status_code == 303
    second["name"] = ["清源水务"]
    late = save(lead, second)
    assert late.status_code == 409
    assert 'value="清源水务"' in late.text
    assert "清泉水务" in late.text
    again = form_of(late.text, "button_name")
    assert save(lead, again).status_code == 303
    assert opened(lead)["name"] == ["清源水务"]


def test_the_settings_stand_until_the_desk_edits(water: Office, lead: Browser) -> None:
    house, shipped = water.house, load_texts()
    own = Texts({**shipped.wordings, "goodbye": ("店主说再见。",)}, frozenset({"goodbye"}))
    firm = replace(house.context.firm, menu=(Button("问价", "water-fees"),))
    object.__setattr__(house.context, "texts", own)
    object.__setattr__(house.context, "firm", firm)
    form = opened(lead)
    assert form["text:goodbye"] == ["店主说再见。"]
    assert form["button_name"] == ["问价", "", ""]
    form = filled(lead)
    form["text:goodbye"] = ["慢走。"]
    save(lead, form)
    assert house.context.menu == firm.menu, "not before it is published"
    publish(water, lead)
    assert [button.name for button in house.context.menu] == ["开水户", "找人", "官网"]
    assert house.says("再见", openid="oBye") == "慢走。"


def test_what_is_not_ours_is_edited_too(water: Office, lead: Browser) -> None:
    form = form_of(text(lead, ADDRESS), "outside_title")
    assert form["outside_title"] == ["燃气", ""]
    form["outside_title"][1], form["outside_reply"][1] = "电费", "电费的事我们不办，请找供电局。"
    form["outside_phrasings"][1] = "电费怎么交\n停电了找谁"
    assert save(lead, form, "/outside").status_code == 303
    with water.house.database.read() as session:
        bank = read_files(drafts.view(session).sources())[0]
    assert [each.title for each in bank.neighbours] == ["燃气", "电费"]
    assert bank.synonyms, "what else is in the file stays"
    form = form_of(text(lead, ADDRESS), "outside_title")
    form["outside_phrasings"][1] = "水费单价"
    refused = save(lead, form, "/outside")
    assert refused.status_code == 422
    assert "已经是「水费多少钱一吨」的问法" in refused.text


def test_only_an_admin_edits_the_firm(water: Office) -> None:
    li = water.browser("李雪")
    assert li.get(ADDRESS).status_code == 403
    assert li.post(ADDRESS, name="别人").status_code == 403


PAGES = (
    *(
        "",
        "bank",
        "bank/publish",
        "bank/history",
        "bank/try",
        "learn",
        "settings",
        "firm",
        "people",
    ),
    *("tags", "figures", "operations", "team", "account"),
)
THEIRS = re.compile("抖店|抖音|店铺|保证金|押金|关店|店伴|科佑")


def test_no_page_of_another_firms_desk_speaks_of_the_shipped_one(water: Office) -> None:
    house = water.house
    sources = bank_versions.read_sources(FIRMS / "optician")
    bank = bank_versions.read(FIRMS / "optician")
    published_bank.publish(
        house.database, bank, by="小林", now=house.context.now(), sources=sources
    )
    house.context.published_bank.refresh()
    for text_said in ("我要报价", "老李", "五百度", "想配一副看电脑的", "13800138000"):
        house.says(text_said)
    lead = water.browser("小林")
    talk = water.conversation()
    lead.post(f"/desk/c/{talk}/claim")
    pages = [*PAGES, f"c/{talk}", f"c/{talk}/profile", "bank/e/glasses-order"]
    for page in pages:
        shown = text(lead, f"/desk/{page}")
        assert not THEIRS.search(shown), (page, THEIRS.search(shown))
        assert "明视眼镜</title>" in shown
    assert "度数：五百度" in text(lead, f"/desk/c/{talk}")
    assert "老李" in text(lead, "/desk/")
    login_page = text(water.browser(), "/desk/login")
    assert "<h1>明视眼镜 工作台</h1>" in login_page
