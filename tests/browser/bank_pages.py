"""The pages of the bank, as an owner goes through them."""

import time

from playwright.sync_api import Page, expect

from tests.browser.conftest import SECONDS, ConsultantPage, World


def bank_page(seat: ConsultantPage, path: str) -> Page:
    origin = seat.page.url.split("/desk")[0]
    seat.page.goto(f"{origin}/desk/{path}")
    return seat.page


def publish(admin: ConsultantPage) -> Page:
    page = bank_page(admin, "bank/publish")
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.get_by_role("heading", name="正在发布")).to_have_count(0, timeout=60_000)
    return page


def in_force(world: World, version: int) -> None:
    bank = world.house.context.published_bank
    until = time.monotonic() + SECONDS / 1000
    while bank.version() != version and time.monotonic() < until:
        time.sleep(0.2)
        bank.refresh()
    assert bank.version() == version


def fits(page: Page, size: tuple[int, int]) -> None:
    """Of a page that a click has just begun to open, there may be no element yet."""
    assert page.locator("html").evaluate("html => html.scrollWidth") <= size[0]
