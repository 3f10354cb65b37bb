"""公司资料: the name, greeting and things, edited at the desk, in force on the phone page."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bank_pages import bank_page, fits, in_force, publish
from tests.browser.conftest import World

pytestmark = pytest.mark.browser
NAME, GREETING = "清泉水务", "您好，这里是清泉水务，要办哪件事？"
FEES = "水费多少钱一吨"


def fill_in(page: Page) -> None:
    page.get_by_label("公司的名字").fill(NAME)
    page.get_by_label("来打招呼时说的").first.fill(GREETING)
    page.get_by_label("第 1 件的叫法").fill("交水费")
    page.get_by_label("第 1 个按钮上的字").fill("水费")
    page.get_by_label("第 1 个按钮点了做什么").select_option(label=FEES)


def test_what_is_edited_is_in_force_on_the_phone(water: World, size: tuple[int, int]) -> None:
    admin = water.seat("小林", size)
    page = bank_page(admin, "firm")
    fill_in(page)
    page.get_by_label("第 1 件答哪一条").select_option(label=FEES)
    fits(page, size)
    page.get_by_role("button", name="存进草稿").first.click()
    expect(page.locator(".said")).to_contain_text("存进草稿了")
    page.get_by_role("link", name="去发布").click()
    page.wait_for_url("**/desk/bank/publish")
    fits(page, size)
    expect(publish(admin).get_by_role("heading", name="第 2 版在用了")).to_be_visible()
    in_force(water, 2)
    phone = water.phone("firm")
    expect(phone.page).to_have_title(re.compile(NAME))
    greeted = phone.ask("你好")
    assert greeted.startswith(GREETING)
    assert "1 交水费" in greeted
    assert "3 元" in phone.ask("1")


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    water: World, size: tuple[int, int]
) -> None:
    page = bank_page(water.seat("小林", size), "firm")
    fill_in(page)
    page.get_by_role("button", name="存进草稿").first.click()
    expect(page.locator("[aria-invalid=true] .wrong")).to_have_text("「交水费」还没有选答哪一条")
    expect(page.get_by_label("公司的名字")).to_have_value(NAME)
    expect(page.get_by_label("来打招呼时说的").first).to_have_value(GREETING)
    expect(page.get_by_label("第 1 件的叫法")).to_have_value("交水费")
    expect(page.get_by_label("第 1 个按钮上的字")).to_have_value("水费")
    fits(page, size)
