"""What a consultant inserts says nothing that only the bot could keep; the finder's order."""

import re

import pytest

from handlers.desk.insertable import insertable, without_orders
from tests.desk.fixtures import Office, text
from tests.installed import shipped_bank

ORDER = re.compile(r"回复「|[，。]发「|回复数字|\{phone\}")
TITLE = re.compile(r'<details class="entry-help"><summary>([^<]+?)\s*(?:<|$)')


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("看后台。\n\n不想弄，回复「人工」，顾问能协助。", "看后台。\n\n不想弄，顾问能协助。"),
        ("由平台决定，拿不准回复「人工」找顾问。", "由平台决定。"),
        ("要备三样。缺哪一样，回复「人工」商量。", "要备三样。"),
        ("想接手，回复「人工」；\n想问价，回复「询价」。", ""),
        ("一般三天；\n没过发「没通过」，还没到发「没到账」。", "一般三天。"),
        ("在后台搜「关店」，再点「申请」。", "在后台搜「关店」，再点「申请」。"),
        ("选一个回复数字。可以开发「小程序」。", "可以开发「小程序」。"),
    ],
)  # fmt: skip
def test_only_the_clauses_for_the_bot_go(said: str, kept: str) -> None:
    assert without_orders(said) == kept


def test_no_entry_of_the_firm_keeps_an_order_and_none_becomes_empty() -> None:
    for entry in shipped_bank().entries:
        left = insertable(entry, "138-0013-8000")
        assert not ORDER.search(left.as_text()), entry.id
        assert len(left.as_text()) > 10, entry.id
        assert len(left.steps) == len(entry.steps)


def titles(page: str) -> list[str]:
    return TITLE.findall(page)


def test_the_exact_title_comes_first_however_it_is_typed(office: Office) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    for entry in shipped_bank().entries[::10]:
        words = f" {entry.question}？"
        shown = titles(text(owner, f"/desk/c/{conversation}/guidance?q={words}"))
        assert shown[0] == (entry.short or entry.question)


def test_what_is_hardly_meant_is_not_shown(office: Office) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    for words in ("今天天气怎么样", "手机号停了", "退款", "营业执照"):
        page = text(owner, f"/desk/c/{conversation}/guidance?q={words}")
        sure = [int(number) for number in re.findall(r'<span class="quiet">(\d+)%', page)]
        assert all(number >= 30 for number in sure), words
    assert "没有相近的内容" in text(owner, f"/desk/c/{conversation}/guidance?q=今天天气怎么样")
