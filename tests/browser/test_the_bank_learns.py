"""The whole loop of the bank in a browser: asked in vain, learned, published, answered."""

import pytest
from playwright.sync_api import Locator, Page, expect

from handlers.desk.articles import SHOWN
from handlers.knowledge import drift
from tests.browser.bank_pages import bank_page, fits, in_force, publish
from tests.browser.conftest import ConsultantPage, Phone, World

pytestmark = pytest.mark.browser
DOGS, BATHS, TRAINS = "宠物狗洗澡多少钱", "给狗洗个澡什么价", "高铁票怎么改签"
DRIFTED = "在这一步没走通"


def ask_in_vain(world: World) -> None:
    for number in range(20):
        text = DOGS if number < 12 else BATHS if number < 17 else TRAINS
        world.house.says(text, openid=f"oAsker{number}")


def lesson(page: Page, text: str) -> Locator:
    return page.locator(".lesson").filter(has=page.get_by_role("heading", name=text))


def clear_queue(seat: ConsultantPage, size: tuple[int, int]) -> None:
    page = bank_page(seat, "learn")
    expect(page.get_by_role("heading", name="待学习 3")).to_be_visible()
    first = page.locator(".lesson").first
    expect(first).to_contain_text(DOGS)
    expect(first).to_contain_text("12 位商家")
    fits(page, size)
    first.get_by_role("link", name="写新的").click()
    page.fill("#answer", "小狗五十，大狗八十。")
    page.get_by_role("button", name="存进草稿").click()
    expect(page.locator(".said")).to_contain_text("存进草稿了")
    expect(page.locator(".undo")).to_contain_text("写成了新的一条")
    fits(page, size)
    card = lesson(page, BATHS)
    card.locator("summary", has_text="归到别的").click()
    card.locator("select").select_option(label=DOGS)
    card.get_by_role("button", name="归到这条").last.click()
    expect(page.locator(".undo")).to_contain_text("归到了")
    card = lesson(page, TRAINS)
    card.locator("summary", has_text="归到别的").click()
    card.locator("textarea").fill("车票的事我们不办，请找铁路 12306。")
    card.get_by_role("button", name="不归我们，就这样答").click()
    expect(page.get_by_role("heading", name="待学习 0")).to_be_visible()


def bad_edit_is_stopped(seat: ConsultantPage, admin: ConsultantPage) -> None:
    page = bank_page(seat, "bank?q=宠物狗")
    page.get_by_role("link", name=DOGS).click()
    page.get_by_role("button", name="删掉这一条").click()
    expect(page.locator(".said")).to_contain_text("从草稿里删掉了")
    page = publish(admin)
    expect(page.get_by_role("heading", name="没有发布：顾问判过的会变差")).to_be_visible()
    expect(page.locator(".flips").first).to_contain_text(DOGS)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="丢掉这些改动").click()
    expect(page.locator("#main")).to_contain_text("没有改动")


def two_edit_at_once(one: ConsultantPage, other: ConsultantPage) -> None:
    pages = [bank_page(each, "bank/e/water-fees") for each in (one, other)]
    for page, answer in zip(pages, ("一吨 4 元。", "一吨 5 元。"), strict=True):
        page.fill("#answer", answer)
        page.get_by_role("button", name="存进草稿").click()
    late = pages[1]
    expect(late.get_by_role("alert").filter(has_text="别人刚刚改过")).to_be_visible()
    expect(late.locator("details.card")).to_contain_text("一吨 4 元。")
    expect(late.locator("#answer")).to_have_value("一吨 5 元。")
    late.get_by_role("button", name="存进草稿").click()
    expect(late.locator(".said")).to_contain_text("存进草稿了")


def test_asked_in_vain_learned_published_answered(water: World, size: tuple[int, int]) -> None:
    ask_in_vain(water)
    li, lin = water.seat("李雪", size), water.seat("小林", size)
    clear_queue(li, size)
    expect(publish(lin).get_by_role("heading", name="第 2 版在用了")).to_be_visible()
    in_force(water, 2)
    phone = water.phone("z")
    assert "小狗五十" in phone.ask(DOGS)
    assert "小狗五十" in phone.ask(BATHS) or "小狗五十" in phone.page.locator("#chat").inner_text()
    assert "12306" in phone.ask(TRAINS)
    bad_edit_is_stopped(li, lin)
    two_edit_at_once(li, lin)
    page = bank_page(lin, "bank/history")
    fits(page, size)
    page.get_by_role("button", name="回到第 1 版").click()
    expect(page.locator(".said")).to_contain_text("第 1 版又在用了")
    in_force(water, 3)
    assert "小狗五十" not in water.phone("y").ask(DOGS)


def walks(phone: Phone) -> str:
    phone.ask("水表坏了怎么换")
    return phone.ask("下一步")


def test_a_step_that_drifted_is_said_until_somebody_looked(
    water: World, size: tuple[int, int]
) -> None:
    for who in ("oOne", "oTwo", "oThree"):
        for text in ("水表坏了怎么换", "下一步", "页面不一样"):
            water.house.says(text, openid=who)
    drift.look(water.house.context)
    water.house.context.marked_steps.refresh(water.house.database, at_once=True)
    assert DRIFTED in walks(water.phone("x"))
    seat = water.seat("李雪", size)
    expect(bank_page(seat, "bank").locator("#main")).to_contain_text("可能已改版")
    expect(bank_page(seat, "bank/e/meter-change").locator("#main")).to_contain_text("可能已改版")
    page = bank_page(seat, "learn")
    expect(page.locator(".changed-step")).to_contain_text("3 位没走下去")
    fits(page, size)
    page.get_by_role("button", name="我看过了").click()
    expect(page.locator(".said")).to_contain_text("不再提醒")
    expect(page.locator(".changed-step")).to_have_count(0)
    water.house.context.marked_steps.refresh(water.house.database, at_once=True)
    assert DRIFTED not in walks(water.phone("w"))


ARTICLE = """水表过户说明

一、水表怎么过户
先到营业厅。
1. 带房产证
2. 填过户表
二、过户要多少钱
不要钱。
三、电话
打 0898-66660000 问。
"""


def test_an_article_is_taken_piece_by_piece(water: World, size: tuple[int, int]) -> None:
    seat = water.seat("李雪", size)
    page = bank_page(seat, "bank/articles")
    page.set_input_files(
        "#file", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )
    page.get_by_role("button", name="切成问答").click()
    expect(page.locator("#wrong-file")).to_contain_text("PDF 读不了")
    page.fill("#text", ARTICLE)
    fits(page, size)
    page.get_by_role("button", name="切成问答").click()
    cards = page.locator(".piece")
    expect(cards).to_have_count(3)
    assert SHOWN > 3
    fits(page, size)
    cards.first.get_by_role("link", name="看原文第 6 行").click()
    expect(page.locator("#l6")).to_have_text("2. 填过户表")
    page.go_back()
    cards.first.get_by_role("button", name="收下").click()
    expect(cards).to_have_count(2)
    cards.first.get_by_role("button", name="跳过").click()
    expect(cards).to_have_count(1)
    expect(cards.locator(".wrong")).to_contain_text("{phone}")
    cards.get_by_role("button", name="改一改").click()
    page.fill("#answer", "打 {phone} 问。")
    page.get_by_role("button", name="存进草稿").click()
    expect(page.locator("#main")).to_contain_text("都看完了")
    expect(page.locator("#main")).to_contain_text("李雪 收下了")
