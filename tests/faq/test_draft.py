"""A draft from an article is a guide that the reader reads."""

from pathlib import Path

from faq.draft import draft
from faq.guides import read_bank

ARTICLE = """水表怎么换

先说一点背景。

一、换表的流程
换一只水表要半天。
预约时间:在小程序里选一个上午。
拆旧表:师傅先关总阀。
装新表:装好后看一眼读数。

二、哪些情况要换
表停了:读数一个月不动。
漏水:接口处有水。

三、没有内容的一节
"""


def test_every_heading_with_something_under_it_becomes_an_entry(tmp_path: Path) -> None:
    (tmp_path / "water.md").write_text(draft(ARTICLE, guide="water"), encoding="utf-8")
    bank, problems = read_bank(tmp_path)
    assert [entry.id for entry in bank.entries] == ["water-1", "water-2"]
    assert {problem.severity for problem in problems} == {"warning"}


def test_a_way_becomes_steps_and_a_list_does_not(tmp_path: Path) -> None:
    (tmp_path / "water.md").write_text(draft(ARTICLE, guide="water"), encoding="utf-8")
    way, cases = read_bank(tmp_path)[0].entries
    assert len(way.steps) == 3
    assert way.steps[0] == "预约时间:在小程序里选一个上午。"
    assert way.answer == "换一只水表要半天。"
    assert cases.steps == ()
    assert "读数一个月不动" in cases.answer


def test_an_empty_article_gives_an_empty_guide() -> None:
    assert "##" not in draft("", guide="water")
