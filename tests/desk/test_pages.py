"""What the pages show: search, lists, the window, who is there, the case at a glance, people."""

import re
from datetime import UTC

import pytest

from storage.models.conversations import Message
from storage.queries import cases, consultants, conversations, messages, search, tags
from tests.conftest import Clock
from tests.desk.fixtures import Office, refusal, text, text_after


def test_search_finds_chinese_in_messages_names_and_notes(office: Office) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    owner.post(f"/desk/c/{conversation}/name", name="海风小铺")
    owner.post(f"/desk/c/{conversation}/notes", note="法人是王女士")
    owner.post(f"/desk/c/{conversation}/messages", text="执照 100%_清晰", key="k" * 10)
    for words in ("海风", "王女士", "停了 保证金", "100%_清"):
        page = text(owner, f"/desk/?q={words}")
        assert "找到 1 个对话" in page, words
        assert "<mark>" in page
    for words in ("淘宝网店", "100__清"):
        assert "没有找到" in text(owner, f"/desk/?q={words}")


def test_search_goes_through_history_a_stretch_at_a_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.house.says("我想找长颈鹿", openid="oFirst")
    for number in range(4):
        office.house.says("你好", openid=f"oLater{number}")
    monkeypatch.setattr(search, "STRETCH", 6)
    owner = office.browser("小林")
    page = text(owner, "/desk/?q=长颈鹿")
    assert "可以继续往前找" in page
    further = re.search(r'href="([^"]+)">继续往前找', page)
    assert further
    page = text(owner, further.group(1).replace("&amp;", "&"))
    assert "更早的消息里找到 1 个对话" in page
    assert "继续往前找" not in page


def test_search_leads_to_the_place_in_a_long_talk(office: Office, clock: Clock) -> None:
    conversation = office.waiting()
    with office.house.database.write() as session:
        assert conversations.get(session, conversation) is not None
        for number in range(120):
            messages.add(session, Message(
                conversation_id=conversation, author="merchant", text=f"第 {number} 句话",
                created_at=clock.now,
            ))  # fmt: skip
    owner = office.browser("小林")
    assert "第 5 句话" not in text(owner, f"/desk/c/{conversation}")
    found = re.search(r'href="([^"]+)#m\d+"', text(owner, "/desk/?q=第 5 句话"))
    assert found
    page = text(owner, found.group(1).replace("&amp;", "&"))
    assert "第 5 句话" in page
    older = re.search(r'data-older="([^"]+)"', text(owner, f"/desk/c/{conversation}"))
    assert older
    assert "第 79 句话" in text(owner, older.group(1))


def test_lists_and_their_filters(office: Office) -> None:
    owner, other = office.browser("小林"), office.browser("李雪")
    done = office.claimed(owner, "oDone")
    owner.post(f"/desk/c/{done}/tags", name="法人变更")
    owner.post(f"/desk/c/{done}/resolve", outcome="resolved")
    office.claimed(other, "oHers")
    office.house.says("你好", openid="oBots")
    assert "商家 Hers" in text(owner, "/desk/?list=team")
    assert "商家 Bots" in text(owner, "/desk/?list=bot")
    closed = text(owner, "/desk/?list=closed&reason=asked&day=2026-11-23")
    assert '<span class="mark">已解决</span>' in closed
    assert "手机号停了保证金能退吗" in closed, "the merchant's last words that tell something"
    with office.house.database.read() as session:
        tag = tags.everything(session)[0].id
        li = consultants.by_name(session, "李雪")
        assert li is not None
    assert "商家 Done" in text(owner, f"/desk/?list=closed&tag={tag}")
    for nothing in ("reason=complaint", "day=2026-11-22", f"who={li.id}", "tag=99"):
        assert "还没有结束的对话" in text(owner, f"/desk/?list=closed&{nothing}")


def test_a_failed_message_goes_again_when_somebody_says_so(office: Office) -> None:
    owner, other = office.browser("小林"), office.browser("李雪")
    conversation = office.claimed(owner)
    owner.post(f"/desk/c/{conversation}/messages", text="在吗", key="k" * 10)
    message = office.last()

    def put(state: str) -> None:
        with office.house.database.write() as session:
            found = messages.by_key(session, conversation, "k" * 10)
            assert found is not None
            found.deliveries[0].state = state

    put("uncertain")
    page = text(owner, f"/desk/c/{conversation}")
    assert "不确定是否送达" in page
    assert "对方收到了" in page
    assert "由 小林 负责" in refusal(other, f"/desk/c/{conversation}/messages/{message.id}/resend")
    owner.post(f"/desk/c/{conversation}/messages/{message.id}/arrived")
    assert "已送达微信" in text(owner, f"/desk/c/{conversation}")
    put("failed")
    assert "没有发出去" in text(owner, f"/desk/c/{conversation}")
    owner.post(f"/desk/c/{conversation}/messages/{message.id}/resend")
    assert "发送中" in text(owner, f"/desk/c/{conversation}")


def test_what_wechat_still_allows_stands_by_the_composer(office: Office, clock: Clock) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    assert "还可发 5 条 · 剩 48 小时" in text(owner, f"/desk/c/{conversation}")
    with office.house.database.write() as session:
        locked = conversations.lock_by_id(session, conversation)
        assert locked is not None
        locked.window_left = 1
    assert "最后 1 条，写完整再发" in text(owner, f"/desk/c/{conversation}")
    clock.forward(hours=49)
    assert "已过 48 小时" in text(owner, f"/desk/c/{conversation}")
    office.house.with_firm(account="passive")
    office.app.extensions["dianban"] = office.house.context
    assert "不能主动发" in text(owner, f"/desk/c/{conversation}")


def test_colleagues_see_who_looks_and_types(office: Office, clock: Clock) -> None:
    owner, other = office.browser("小林"), office.browser("李雪")
    conversation = office.claimed(owner)
    other.post(f"/desk/c/{conversation}/here", script=True)
    assert "李雪 也在看" in text(owner, f"/desk/c/{conversation}")
    other.post(f"/desk/c/{conversation}/here", script=True, typing="1")
    assert "李雪 正在输入" in text(owner, f"/desk/c/{conversation}")
    clock.forward(seconds=40)
    assert "李雪 正在" not in text(owner, f"/desk/c/{conversation}")
    other.post(f"/desk/c/{conversation}/here", script=True)
    other.post(f"/desk/c/{conversation}/here", script=True, gone="1")
    assert "也在看" not in text(owner, f"/desk/c/{conversation}")


def test_the_case_at_a_glance(office: Office) -> None:
    office.house.says("手机号停了保证金能退吗")
    office.house.says("转人工")
    page = text(office.browser("小林"), f"/desk/c/{office.conversation()}")
    facts = page.partition('id="facts"')[2]
    for words in ("为什么转来", "要人工", "机器人答过", "把握", "等了", "可以发", "还可发 5 条"):
        assert words in facts, words


def test_answers_and_quick_replies_are_at_hand(office: Office) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    found = text(owner, f"/desk/c/{conversation}/guidance?q=保证金怎么退")
    assert "插入全文" in found
    assert "插入第 1 步" in found
    owner.post("/desk/settings/replies", title="保证金多久", text="{店铺}一般 3–7 天", shared="1")
    other = office.browser("李雪")
    other.post("/desk/settings/replies", title="问好", text="您好")
    mine = owner.get("/desk/quick-replies.json").get_json()
    assert [reply["title"] for reply in mine] == ["保证金多久"]
    assert "bzjdj" in mine[0]["keys"]
    hers = other.get("/desk/quick-replies.json").get_json()
    assert [(reply["title"], reply["mine"]) for reply in hers] == [
        ("问好", True),
        ("保证金多久", False),
    ]
    shared = next(
        iter(re.findall(r"/settings/replies/(\d+)/remove", text(owner, "/desk/settings")))
    )
    assert other.post(f"/desk/settings/replies/{shared}/remove").status_code == 403


def test_admins_look_after_people(office: Office) -> None:
    admin = office.browser("小林")
    admin.post("/desk/people", name="阿芳", password="a long password", role="consultant")
    fang = office.browser()
    assert fang.login("阿芳", "a long password").status_code == 303
    conversation = office.claimed(fang)
    with office.house.database.read() as session:
        person = consultants.by_name(session, "阿芳")
        assert person is not None
    admin.post(f"/desk/people/{person.id}/disable")
    assert fang.get("/desk/").status_code == 303
    assert office.house.state() == "waiting"
    admin.post(f"/desk/people/{person.id}/enable")
    admin.post(f"/desk/people/{person.id}/password", password="another long one")
    assert office.browser().login("阿芳", "another long one").status_code == 303
    assert "10 到 128 位" in refusal(admin, f"/desk/people/{person.id}/password", password="short")
    assert "已经有叫" in text_after(admin, "/desk/people", name="阿芳", password="a long password")
    with office.house.database.read() as session:
        assert "expired" not in {event.action for event in cases.events(session, conversation)}


def test_duty_is_a_switch(office: Office) -> None:
    browser = office.browser("李雪")
    for duty in ("busy", "off", "on"):
        browser.post("/desk/duty", duty=duty)
        with office.house.database.read() as session:
            li = consultants.by_name(session, "李雪")
            assert li is not None
            assert li.duty == duty
    assert browser.post("/desk/duty", duty="nap").status_code == 400


def test_own_password_is_changed_with_the_old_one(office: Office) -> None:
    browser = office.browser("李雪")
    browser.post("/desk/settings/password", now="wrong wrong", new="a new password")
    assert office.browser().login("李雪", "a new password").status_code == 401
    browser.post("/desk/settings/password", now="correct horse", new="a new password")
    assert browser.get("/desk/").status_code == 200
    assert office.browser().login("李雪", "a new password").status_code == 303


def test_times_are_those_of_shanghai(office: Office, clock: Clock) -> None:
    assert clock.now.tzinfo == UTC
    conversation = office.waiting()
    page = text(office.browser("小林"), f"/desk/c/{conversation}")
    assert 'title="2026-11-23 10:00:00"' in page


@pytest.mark.parametrize("path", ["", "/facts", "/parts", "/older?before=5"])
def test_a_conversation_that_is_not_there(office: Office, path: str) -> None:
    answer = office.browser("小林").get(f"/desk/c/999{path}")
    assert answer.status_code == (404 if not path.startswith("/older") else 200)


def test_the_settings_page_shows_the_hours_that_merchants_are_told(office: Office) -> None:
    page = office.browser("小林").get("/desk/settings").text
    assert "周一至周五 9:00–18:00" in page
    assert "现在上班" in page
