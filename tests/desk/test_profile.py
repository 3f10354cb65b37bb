"""A merchant's profile: told and noted down, masked, with a timeline; and its twin in the API."""

from handlers.ops import erasure
from tests.conftest import Clock
from tests.desk.fixtures import Browser, Office, text
from tests.full_stack import Stage
from tests.knowledge.water import put_in_force

PHONE = "13812345678"


def asked(office: Office) -> int:
    """A merchant who left the shop's name and a phone number in the inquiry."""
    for words in ("多少钱", "店名是海风小铺", "保证金退不出来", PHONE):
        office.house.says(words)
    return office.conversation()


def fill(browser: Browser, talk: int, **fields: object) -> None:
    browser.get(f"/desk/c/{talk}/profile")
    assert browser.post(f"/desk/c/{talk}/profile", script=False, **fields).status_code == 303


def test_the_profile_begins_with_what_the_merchant_told(office: Office) -> None:
    talk = asked(office)
    office.house.says("我们是公司店")
    lead, other = office.browser("小林"), office.browser("李雪")
    page = text(lead, f"/desk/c/{talk}/profile")
    assert f'value="{PHONE}"' in page
    assert 'value="海风小铺"' in page
    assert 'value="企业"' in page
    assert page.count("（商家说的）") == 3
    hers = text(other, f"/desk/c/{talk}/profile")
    assert "138****5678" in hers
    for path in ("profile", "facts"):
        shown = text(other, f"/desk/c/{talk}/{path}")
        assert PHONE not in shown.partition('id="facts"')[2]
    assert other.post(f"/desk/c/{talk}/profile", called="王姐").status_code == 303
    assert "王姐" not in text(lead, f"/desk/c/{talk}/profile"), "only the owner or a lead"


def test_what_is_noted_down_goes_before_and_secrets_are_masked(office: Office) -> None:
    talk = asked(office)
    owner = office.browser("李雪")
    owner.post(f"/desk/c/{talk}/claim")
    fill(owner, talk, phone="13900001111", called="王姐", paid="卡号 6222021234567890123")
    page = text(owner, f"/desk/c/{talk}/profile")
    assert 'value="13900001111"' in page
    assert "6222021234567890123" not in page
    assert "【已隐去】" in page
    fill(owner, talk, phone="")
    assert f'value="{PHONE}"' in text(owner, f"/desk/c/{talk}/profile"), (
        "what was told stands again"
    )
    assert "称呼：王姐" in text(owner, f"/desk/c/{talk}")


def test_own_fields_are_defined_by_an_admin_and_keep_what_was_noted(office: Office) -> None:
    talk = asked(office)
    lead = office.browser("小林")
    assert office.browser("李雪").post("/desk/profile-fields", label="微信群").status_code == 403
    lead.post("/desk/profile-fields", label="微信群")
    fill(lead, talk, own1="三群")
    lead.post("/desk/profile-fields/own1", label="进的群")
    assert "进的群：三群" in text(lead, f"/desk/c/{talk}")
    lead.post("/desk/profile-fields", label="进的群")
    assert text(lead, "/desk/tags").count('value="进的群"') == 1, "no two of one name"
    lead.post("/desk/profile-fields/own1", remove="1")
    assert "三群" not in text(lead, f"/desk/c/{talk}")


def test_the_timeline_tells_of_all_cases(office: Office, clock: Clock) -> None:
    lead = office.browser("小林")
    put_in_force(office.house.database, clock.now)  # a verdict is on a published bank
    talk = office.claimed(lead)
    question = next(m.id for m in office.house.said() if m.author == "merchant")
    lead.post(f"/desk/m/{question}/verdict", verdict="right")
    clock.forward(minutes=1)
    lead.post(f"/desk/c/{talk}/name", name="海风小铺")
    lead.post(f"/desk/c/{talk}/transfer", to="李雪", word="你熟")
    clock.forward(days=1)
    xue = office.browser("李雪")
    xue.post(f"/desk/c/{talk}/release")
    office.claimed(lead)
    lead.post(f"/desk/c/{talk}/resolve", outcome="resolved", rating="1")
    office.house.says("5")
    page = text(lead, f"/desk/c/{talk}/profile").partition("<h2>经过")[2]
    told = [
        "打分 5 分",
        "结束 已解决",
        "交还机器人",
        "转给 李雪：你熟",
        "改称呼 海风小铺",
        "评机器人的回答：对",
        "第一次来",
    ]
    places = [page.index(words) for words in told]
    assert places == sorted(places), "the newest on top"


def test_a_rename_without_a_case_leaves_a_trace_too(office: Office) -> None:
    office.house.says("保证金怎么退")
    talk, lead = office.conversation(), office.browser("小林")
    lead.post(f"/desk/c/{talk}/name", name="海风小铺")
    assert "小林 改档案：店铺" in text(lead, f"/desk/c/{talk}/profile")


def test_forget_reaches_the_profile(office: Office) -> None:
    talk, lead = asked(office), office.browser("小林")
    fill(lead, talk, called="王姐")
    erased = erasure.forget(office.house.context, "oMerchant")
    assert erased is not None
    assert erased.counts["profile_change"] == 1
    assert "1 条档案" in erased.in_words()


def test_the_api_has_the_profile_and_the_timeline(stage: Stage) -> None:
    li, wang = stage.consultant("小李"), stage.consultant("小王")
    stage.says("oMerchant", "转人工")
    found = li.get("conversations", merchant="oMerchant").json()["conversations"]
    path = f"conversations/{found[0]['id']}"
    assert li.put(f"{path}/profile", {"fields": {"called": "王姐"}}).status_code == 403
    li.post(f"{path}/claim")
    done = li.put(f"{path}/profile", {"fields": {"called": "王姐", "phone": PHONE}})
    values = {each["name"]: each for each in done.json()["profile"]}
    assert (values["called"]["value"], values["called"]["by"]) == ("王姐", "小李")
    assert li.put(f"{path}/profile", {"fields": {"nothing": "x"}}).status_code == 400
    phones = [
        each["value"]
        for api in (li, wang)
        for each in api.get(f"{path}/profile").json()["profile"]
        if each["name"] == "phone"
    ]
    assert phones == [PHONE, "138****5678"]
    kinds = [each["kind"] for each in wang.get(f"{path}/timeline").json()["timeline"]]
    assert kinds == ["first", "opened", "claimed", "profile", "profile"]
    assert li.get("conversations/999/timeline").status_code == 404
