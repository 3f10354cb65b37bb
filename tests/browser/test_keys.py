"""The keyboard: what a key opens has the focus, every stop is seen, and nothing needs a mouse."""

import re

from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import ConsultantPage, World
from tests.pictures import PNG

SEEN = """() => {
  const e = document.activeElement, r = e.getBoundingClientRect();
  if (e === document.body) return "end";
  const inside = r.right > 0 && r.bottom > 0 && r.left < innerWidth && r.top < innerHeight;
  const seen = r.width > 5 && r.height > 5 && inside && e.checkVisibility({
    opacityProperty: true, visibilityProperty: true });
  return seen ? "" : e.outerHTML.slice(0, 80);
}"""
MOST_STOPS = 200


def claimed(world: World) -> ConsultantPage:
    world.waiting()
    seat = world.seat("小林")
    seat.open("商家 boxa")
    seat.claim()
    seat.page.locator("#guidance summary").first.wait_for()
    return seat


def test_no_stop_is_invisible(world: World) -> None:
    seat = claimed(world)
    seat.page.locator(".skip").focus()
    stops: list[str] = []
    while (stop := seat.page.evaluate(SEEN)) != "end" and len(stops) < MOST_STOPS:
        stops.append(stop)
        seat.page.keyboard.press("Tab")
    assert 20 < len(stops) < MOST_STOPS
    assert [stop for stop in stops if stop] == []


def test_a_key_leads_into_what_it_opens_and_esc_back(world: World) -> None:
    page = claimed(world).page
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    expect(page.locator("#to")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#more")).not_to_have_attribute("open", "")
    expect(page.locator("#more > summary")).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator("#finish [name=outcome]").first).to_be_focused()


def test_a_picture_needs_no_mouse(world: World) -> None:
    page = claimed(world).page
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="图片", exact=True).press("Enter")
    chooser.value.set_files(FilePayload(name="a.png", mimeType="image/png", buffer=PNG))
    expect(page.get_by_role("button", name=re.compile("发给商家"))).to_be_focused()
