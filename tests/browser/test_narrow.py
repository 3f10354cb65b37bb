"""A phone's screen: one row on top, and what was delivered is said once."""

from playwright.sync_api import expect

from tests.browser.conftest import World

PHONE = (390, 844)


def test_the_top_is_one_row_and_duty_one_chip(world: World) -> None:
    seat = world.seat("小林", PHONE, has_touch=True, is_mobile=True)
    boxes = [
        box
        for part in seat.page.locator(".top > :visible").all()
        if (box := part.bounding_box()) is not None
    ]
    assert max(box["y"] for box in boxes) < min(box["y"] + box["height"] for box in boxes)
    assert max(box["x"] + box["width"] for box in boxes) <= PHONE[0]
    chip = seat.page.locator(".duty-chip")
    chip.locator("summary").tap()
    chip.get_by_role("button", name="忙碌").tap()
    expect(chip.locator("summary")).to_have_text("忙碌")
    expect(chip.get_by_role("button", name="忙碌")).not_to_be_visible()
    seat.page.reload()
    expect(chip.locator("summary")).to_have_text("忙碌")


def test_only_the_last_message_says_that_it_arrived(world: World) -> None:
    phone = world.waiting()
    seat = world.seat("小林")
    seat.open("商家 boxa")
    seat.claim()
    for words in ("第一条", "第二条"):
        seat.write(words)
        phone.sees(words)
        expect(seat.state_of(words)).to_contain_text("已送达")
    expect(seat.state_of("第一条")).not_to_be_visible()
    expect(seat.state_of("第二条")).to_be_visible()
