"""Nobody is forgotten: what a consultant owes, who is told of what, and handing cases over."""

from urllib.parse import quote

from tests.conftest import Clock
from tests.desk.fixtures import Browser, Office, refusal, text


def told(browser: Browser, since: str) -> list[tuple[str, str]]:
    """Kind and words, as a page that asks hears them."""
    news = browser.get(f"/desk/changes?since={quote(since)}").get_json()
    return [(each["kind"], each["words"]) for each in news["told"]]


def test_each_is_told_what_is_theirs_with_the_right_name(office: Office, clock: Clock) -> None:
    lead, li, wang = (office.browser(name) for name in ("小林", "李雪", "王敏"))
    before = clock.now.isoformat()
    conversation = office.waiting("oShop1234")
    assert ("waiting", "商家 1234 在等人工") in told(li, before)
    assert li.post(f"/desk/c/{conversation}/claim").status_code == 303
    clock.forward(minutes=1)
    since = clock.now.isoformat()
    office.house.says("在吗", openid="oShop1234")
    assert told(li, since) == [("reply", "商家 1234 回复了你")]
    assert told(wang, since) == []
    li.post(f"/desk/c/{conversation}/transfer", to="王敏")
    assert ("transferred", "李雪 把 商家 1234 转给了你") in told(wang, since)
    assert lead.post(f"/desk/c/{conversation}/claim", take_over="1").status_code == 303
    assert ("taken_over", "小林 接手了 商家 1234") in told(wang, since)
    lead.post(f"/desk/c/{conversation}/notes", note="@李雪 你来过这家吗")
    assert ("mention", "小林 在 商家 1234 的备注里提到你") in told(li, since)


def test_a_row_says_how_long_the_merchant_waits_for_me(office: Office, clock: Clock) -> None:
    owner = office.browser("小林")
    office.claimed(owner)
    clock.forward(minutes=4)
    assert "欠回 </span>4 分钟" in text(owner, "/desk/")
    conversation = office.conversation()
    owner.post(f"/desk/c/{conversation}/messages", text="我看一下", key="k" * 12)
    assert "欠回 </span>" not in text(owner, "/desk/")
    clock.forward(minutes=1)
    office.house.says("好了吗")
    clock.forward(minutes=2)
    page = text(owner, "/desk/")
    assert "欠回 </span>2 分钟" in page
    assert page.index("我的") < page.index("没有人在等")


def test_all_cases_go_to_a_colleague_or_back_to_the_queue(office: Office) -> None:
    li, wang, lead = (office.browser(name) for name in ("李雪", "王敏", "小林"))
    for openid in ("oFirst", "oSecond"):
        office.claimed(li, openid)
    me = office.consultant_id("李雪")
    assert "只有管理员可以移交" in refusal(wang, f"/desk/team/{me}/handover", to="王敏")
    assert li.post(f"/desk/team/{me}/handover", to="王敏", word="我下班了").status_code == 303
    assert "移交了 2 个对话给 王敏" in text(li, "/desk/team")
    assert "我在接待" in text(wang, f"/desk/c/{office.conversation('oFirst')}")
    other = office.consultant_id("王敏")
    lead.post(f"/desk/team/{other}/handover", to="")
    assert office.house.state("oFirst") == office.house.state("oSecond") == "waiting"


def test_only_a_lead_sets_the_duty_of_others(office: Office) -> None:
    lead, li = office.browser("小林"), office.browser("李雪")
    wang = office.consultant_id("王敏")
    assert li.post(f"/desk/team/{wang}/duty", duty="off").status_code == 403
    assert lead.post(f"/desk/team/{wang}/duty", duty="off").status_code == 303
    assert "离岗" in text(lead, "/desk/team")


def test_only_the_owner_or_a_lead_renames_and_it_leaves_a_trace(office: Office) -> None:
    owner, other = office.browser("李雪"), office.browser("王敏")
    conversation = office.claimed(owner)
    assert "由 李雪 负责" in refusal(other, f"/desk/c/{conversation}/name", name="别人的店")
    owner.post(f"/desk/c/{conversation}/name", name="海风小铺")
    page = text(owner, f"/desk/c/{conversation}")
    assert "海风小铺" in page
    assert "改称呼 海风小铺" in page


def test_a_long_text_says_what_it_costs(office: Office) -> None:
    owner = office.browser("小林")
    long = "保证金退还需要先登录后台。" * 80
    assert owner.post("/desk/cost", text=long).get_json() == {"parts": 2}
    assert owner.post("/desk/cost", text="好的").get_json() == {"parts": 1}


def test_a_search_shows_the_merchants_words_before_the_bots(office: Office) -> None:
    owner = office.browser("小林")
    office.house.says("保证金怎么退")
    conversation = office.conversation()
    page = text(owner, "/desk/?q=保证金")
    assert f"#m{office.house.said()[0].id}" in page, "the merchant's own message"
    owner.post(f"/desk/c/{conversation}/claim")
    owner.post(f"/desk/c/{conversation}/notes", note="等盖章的回执")
    assert "#n" in text(owner, "/desk/?q=回执")


def test_waiting_for_the_merchant_shows_no_date(office: Office) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    owner.post(f"/desk/c/{conversation}/snooze", until="reply")
    page = text(owner, f"/desk/c/{conversation}")
    assert "等商家回复" in page
    assert "稍后 12-" not in page
