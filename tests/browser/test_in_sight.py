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
