"""What must catch the eye does: a wait turns red, what a search found stays marked."""

from datetime import timedelta

from playwright.sync_api import expect

from storage.models.conversations import Case, Message
from tests.browser.conftest import World, now

RED, AMBER = "rgb(179, 38, 30)", "rgb(138, 83, 0)"


def test_a_reply_that_is_owed_for_long_turns_amber_and_red(world: World) -> None:
    world.waiting()
    seat = world.seat("小林")
    seat.open("商家 boxa")
    seat.claim()
    for minutes, colour in ((4, AMBER), (11, RED)):
        with world.house.database.write() as session:
            since = now() - timedelta(minutes=minutes)
            session.query(Message).update({"created_at": since})
            session.query(Case).update({"claimed_at": since})
        seat.page.goto(f"{world.url}/desk/")
        expect(seat.page.locator("#queue .owed")).to_have_css("color", colour)


def test_a_long_answer_says_what_it_costs_and_which_parts_wait(world: World) -> None:
    phone = world.waiting()
    seat = world.seat("小林")
    seat.open("商家 boxa")
    seat.claim()
    page = seat.page
    page.fill("#text", "保证金退还需要先登录后台，再看账户。" * 210)
    expect(page.locator("#cost")).to_have_text("太长，会分成 6 条发，现在只能发 5 条，其余暂存")
    page.press("#text", "Enter")
    expect(page.locator("#cost")).not_to_be_visible()
    states = seat.thread().locator(".said-by.consultant .sent")
    expect(states).to_have_count(2)
    expect(states.first).to_have_text("已送达微信")
    expect(states.last).to_contain_text("暂存，等对方来消息")
    page.click("#finish > summary")
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.get_by_role("button", name="结束这次服务").click()
    assert asked.value.message == "还有 1 条暂存没送到商家，确定结束吗？"
    phone.say("我在")
    expect(states).to_have_count(1)
    expect(states).to_have_text("已送达微信")


def test_what_a_search_found_stays_marked_in_the_middle(world: World) -> None:
    for number in range(60):
        world.house.says(f"第 {number} 个问题，保证金怎么退", openid="oLong")
    world.house.says("转人工", openid="oLong")
    seat = world.seat("小林")
    seat.page.fill("#q", "第 30 个")
    seat.page.keyboard.press("Enter")
    seat.page.locator("#queue .rows a").first.click()
    found = seat.page.locator("#thread .merchant:target")
    expect(found).to_contain_text("第 30 个问题")
    expect(found).to_be_in_viewport(ratio=1)
    world.house.says("还在吗", openid="oLong")
    expect(seat.thread()).to_contain_text("还在吗")
    expect(found).to_have_css("outline-style", "solid")
    expect(found).to_be_in_viewport(ratio=1)
    box = found.bounding_box()
    assert box is not None
    assert 200 < box["y"] < 700
