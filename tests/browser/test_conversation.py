"""From a merchant's question to a consultant's answer and back to the bot, with real pages."""

import base64
import re

import pytest
from playwright.sync_api import expect

from storage.queries import consultants
from tests.browser.conftest import World

pytestmark = pytest.mark.browser
NAME = "商家 boxa"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_a_merchant_asks_and_a_consultant_answers(world: World) -> None:
    seat = world.seat("小林")
    phone = world.phone()
    assert "保证金" in phone.ask("保证金怎么退")
    assert "1" in phone.ask("下一步")
    phone.ask("转人工")
    expect(seat.page).to_have_title(re.compile(r"^\(1\) "))  # nobody reloaded anything
    seat.open(NAME)
    for words in ("保证金怎么退", "下一步", "转人工"):
        expect(seat.thread()).to_contain_text(words)
    expect(seat.page.locator("#facts")).to_contain_text("要人工")
    seat.claim()
    seat.write("您好,我看到您走到第一步了。")
    phone.sees("我看到您走到第一步了")
    expect(seat.state_of("我看到您走到第一步了")).to_have_text("已送达微信")
    phone.say("对,登录不上")
    expect(seat.thread()).to_contain_text("对,登录不上")
    before = phone.bubbles().count()
    seat.page.click("#finish > summary")
    seat.page.get_by_role("button", name="结束这次服务").click()
    expect(seat.page.locator("#head")).to_contain_text("机器人接待中")
    phone.bubbles().nth(before).wait_for()  # that the service is over
    phone.ask("保证金几天到账")
    assert phone.bubbles().count() == before + 2


def test_two_claim_and_one_wins(world: World) -> None:
    world.waiting()
    first, second = world.seat("小林"), world.seat("李雪")
    for seat in (first, second):
        seat.open(NAME)
    first.page.locator("[data-claim]").wait_for()
    second.page.evaluate("document.querySelector('[data-claim]').form.dataset.stale = 1")
    first.claim()
    # Whether the other page has heard of it already or still offers to claim, it ends the same.
    second.page.evaluate("document.querySelector('[data-claim]')?.click()")
    expect(second.page.locator("#head")).to_contain_text("小林 在接待")
    assert second.page.locator("#composer").count() == 0
    expect(second.page.locator("#foot")).to_contain_text("小林 在接待")


def test_notes_never_arrive_on_the_phone(world: World) -> None:
    phone = world.waiting()
    owner, other = world.seat("小林"), world.seat("李雪")
    for seat in (owner, other):
        seat.open(NAME)
    owner.claim()
    other.page.fill("#note", "这家上次法人不对")
    other.page.get_by_role("button", name="记下备注").click()
    expect(owner.thread()).to_contain_text("这家上次法人不对")
    owner.write("请发一下营业执照")
    phone.sees("请发一下营业执照")
    assert "这家上次法人不对" not in phone.page.locator("body").inner_text()
    assert all(
        "这家上次法人不对" not in line.raw for line in world.simulator.transcript("oSandbox-a")
    )
    note = owner.thread().locator(".note").evaluate("e => getComputedStyle(e).backgroundColor")
    said = owner.thread().locator(".consultant .text").first
    assert note != said.evaluate("e => getComputedStyle(e).backgroundColor")


def test_the_quota_runs_out_and_comes_back(world: World) -> None:
    phone = world.waiting()
    seat = world.seat("小林")
    seat.open(NAME)
    seat.claim()
    expect(seat.page.locator("#meter")).to_contain_text("还可发 5 条")
    for number in range(1, 6):
        seat.write(f"这是第 {number} 条")
        expect(seat.state_of(f"这是第 {number} 条")).to_contain_text("已送达微信")
        if number == 4:
            expect(seat.page.locator("#meter.low")).to_contain_text("最后 1 条")
    expect(seat.page.locator("#meter")).to_contain_text("条数用完了")
    seat.write("第六条要等一等")
    expect(seat.state_of("第六条要等一等")).to_contain_text("暂存，等对方来消息")
    phone.say("我在")
    phone.sees("第六条要等一等")
    expect(seat.state_of("第六条要等一等")).to_contain_text("已送达微信")
    expect(seat.page.locator("#meter")).to_contain_text("还可发")


def test_a_picture_goes_to_the_phone(world: World) -> None:
    phone = world.waiting()
    seat = world.seat("小林")
    seat.open(NAME)
    seat.claim()
    seat.page.set_input_files("#picture", {"name": "a.png", "mimeType": "image/png", "buffer": PNG})
    seat.page.get_by_role("button", name=re.compile("发给商家")).click()
    phone.page.locator("img[alt='收到的图片']").wait_for()
    expect(seat.thread().locator(".consultant .text img")).to_have_count(1)


def test_a_lost_connection_loses_nothing_and_sends_nothing_twice(world: World) -> None:
    phone = world.waiting()
    seat = world.seat("小林")
    seat.open(NAME)
    seat.claim()
    context = seat.page.context
    context.set_offline(True)
    seat.write("断网时写的话")
    expect(seat.state_of("断网时写的话")).to_contain_text("还没发出")
    seat.page.fill("#text", "还没写完的")
    context.set_offline(False)
    phone.sees("断网时写的话")
    expect(seat.state_of("断网时写的话")).to_contain_text("已送达微信")
    assert seat.page.input_value("#text") == "还没写完的"
    seat.page.reload()
    expect(seat.page.locator("#text")).to_have_value("还没写完的")
    texts = [line.text for line in world.simulator.transcript("oSandbox-a")]
    assert texts.count("断网时写的话") == 1


def test_typing_is_not_disturbed_by_what_arrives(world: World) -> None:
    phone = world.waiting()
    seat = world.seat("小林")
    seat.open(NAME)
    seat.claim()
    seat.page.fill("#text", "我正在写一句长话")
    seat.page.fill("#note", "备注写到一半")
    seat.page.locator("#text").focus()
    phone.say("插一句")
    expect(seat.thread()).to_contain_text("插一句")
    assert seat.page.input_value("#text") == "我正在写一句长话"
    assert seat.page.input_value("#note") == "备注写到一半"
    assert seat.page.evaluate("document.activeElement.id") == "text"


def test_a_session_that_ends_says_so_and_keeps_the_words(world: World) -> None:
    world.waiting()
    seat = world.seat("李雪")
    seat.open(NAME)
    seat.claim()
    seat.page.fill("#text", "还没发的话")
    with world.house.database.write() as session:
        li = consultants.by_name(session, "李雪")
        assert li is not None
        li.session_version += 1
    seat.page.press("#text", "Enter")
    expect(seat.page.locator("#trouble")).to_contain_text("登录已经过期")
    seat.page.click("#trouble a")
    world.login(seat.page, "李雪")
    expect(seat.page.locator("#text")).to_have_value("还没发的话")


def test_who_looks_and_types_is_seen(world: World) -> None:
    world.waiting()
    first, second = world.seat("小林"), world.seat("李雪")
    for seat in (first, second):
        seat.open(NAME)
    expect(first.page.locator("#here")).to_contain_text("李雪 也在看")
    first.claim()
    first.page.locator("#text").press_sequentially("您好", delay=20)
    expect(second.page.locator("#here")).to_contain_text("小林 正在输入")


def test_quick_replies_and_answers_by_key(world: World) -> None:
    world.waiting()
    seat = world.seat("小林")
    seat.page.goto(f"{world.url}/desk/settings")
    seat.page.fill("#title", "保证金多久到")
    seat.page.fill("#reply-text", "{顾问}查过了,审核一般 3–7 个工作日。")
    seat.page.get_by_role("button", name="加上").click()
    seat.page.goto(f"{world.url}/desk/")
    seat.open(NAME)
    seat.claim()
    text = seat.page.locator("#text")
    text.press_sequentially("/bzj", delay=20)
    expect(seat.page.locator("#quick [role=option]")).to_have_count(1)
    with seat.page.expect_response(re.compile(r"/quick-replies/\d+/used")) as used:
        text.press("Enter")
    assert used.value.ok
    expect(text).to_have_value("小林查过了,审核一般 3–7 个工作日。")
    text.fill("")
    seat.page.locator("#guidance summary").first.wait_for()
    text.press("Alt+1")
    expect(text).not_to_have_value("")


def test_the_finder_needs_one_key_to_insert_and_one_to_close(world: World) -> None:
    world.waiting()
    seat = world.seat("小林")
    seat.open(NAME)
    seat.claim()
    keys, finder = seat.page.keyboard, seat.page.locator("#finder")
    seat.page.locator("#text").focus()
    keys.press("Control+k")
    keys.type("保证金怎么退")
    keys.press("Escape")
    expect(finder).not_to_be_visible()
    expect(seat.page.locator("#text")).to_be_focused()
    keys.press("Control+k")
    keys.type("保证金怎么退")
    keys.press("Enter")
    expect(finder).not_to_be_visible()
    expect(seat.page.locator("#text")).to_have_value(re.compile("保证金管理"))


def test_the_phone_opens_with_the_accounts_menu(world: World) -> None:
    page = world.context((390, 844)).new_page()
    page.goto(f"{world.url}/?who=z")
    expect(page.locator("#menu")).to_be_visible()
    expect(page.locator("#text")).not_to_be_visible()
    expect(page.locator(".hint")).to_contain_text("点下面的菜单")
    page.get_by_role("button", name="退保证金").click()
    expect(page.locator(".line:not(.mine) .bubble")).to_contain_text("保证金管理")
    expect(page.locator(".hint")).not_to_be_visible()
    page.get_by_role("button", name="换成键盘").click()
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("label[for=picture]")).to_be_visible()


def test_the_keyboard_is_enough(world: World) -> None:
    phone = world.waiting()
    seat = world.seat("小林")
    keys = seat.page.keyboard
    seat.page.locator("#queue .rows a").first.wait_for()
    keys.press("j")
    keys.press("Enter")
    seat.page.locator("[data-claim]").wait_for()
    keys.press("c")
    seat.page.locator("#composer").wait_for()
    keys.press("r")
    keys.type("键盘写的")
    keys.press("Enter")
    phone.sees("键盘写的")
    keys.press("Escape")
    keys.press("?")
    expect(seat.page.get_by_role("dialog")).to_contain_text("键盘操作")
    keys.press("Escape")
    keys.press("e")
    expect(seat.page.locator("#finish")).to_have_attribute("open", "")


def test_a_phone_is_enough(world: World) -> None:
    phone = world.waiting()
    seat = world.seat("小林", (390, 844), has_touch=True, is_mobile=True)
    seat.open(NAME)
    assert not seat.page.locator("#queue").is_visible()
    seat.page.locator(".bottom-claim button").tap()
    seat.page.locator("#composer").wait_for()
    for selector in (".send", ".bottom-claim button", "[data-quick]", ".head .back"):
        for box in [e.bounding_box() for e in seat.page.locator(selector).all()]:
            assert box is not None
            assert box["height"] >= 44
    seat.page.fill("#text", "手机上回的")
    seat.page.locator(".send").tap()
    phone.sees("手机上回的")
    seat.page.locator(".to-facts").tap()
    expect(seat.page.locator("#facts")).to_be_visible()
    assert not seat.page.locator("#text").is_visible()
    seat.page.go_back()
    expect(seat.page.locator("#text")).to_be_visible()
    width = seat.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_reading_and_replying_need_no_javascript(world: World) -> None:
    phone = world.waiting()
    seat = world.seat("小林", java_script_enabled=False)
    seat.open(NAME)
    seat.page.locator(".top-claim button").click()
    seat.page.fill("#text", "没有脚本也能回")
    seat.page.get_by_role("button", name="发送", exact=True).click()
    expect(seat.thread()).to_contain_text("没有脚本也能回")
    phone.sees("没有脚本也能回")


@pytest.mark.parametrize("streams", [0])
def test_without_a_free_stream_the_page_asks(world: World) -> None:
    seat = world.seat("小林")
    phone = world.waiting()
    expect(seat.page).to_have_title(re.compile(r"^\(1\) "))
    seat.open(NAME)
    phone.say("还有一句")
    expect(seat.thread()).to_contain_text("还有一句")


def test_the_first_visit_is_light(world: World) -> None:
    world.waiting()
    seat = world.seat("小林")
    context = world.context(storage_state=seat.page.context.storage_state())
    page = context.new_page()
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(int(answer.headers.get("content-length", 0))))
    page.goto(f"{world.url}/desk/c/1")
    page.locator("#thread").wait_for()
    assert len(sizes) >= 8
    assert 20_000 < sum(sizes) < 150_000
