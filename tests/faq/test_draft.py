"""A draft from an article is a guide that the reader reads."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.draft import draft, drafted
from faq.guides import read_bank

ARTICLES = Path(__file__).parents[1] / "data" / "articles"
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
    assert [entry.question for entry in bank.entries] == [
        "水表怎么换",
        "换表的流程是怎样的",
        "哪些情况要换",
    ]
    assert [entry.id for entry in bank.entries] == ["water-1", "water-2", "water-3"]
    assert {problem.severity for problem in problems} == {"warning"}


def test_a_way_becomes_steps_and_a_list_does_not(tmp_path: Path) -> None:
    (tmp_path / "water.md").write_text(draft(ARTICLE, guide="water"), encoding="utf-8")
    _, way, cases = read_bank(tmp_path)[0].entries
    assert len(way.steps) == 3
    assert way.steps[0] == "预约时间:在小程序里选一个上午。"
    assert way.answer == "换一只水表要半天。"
    assert cases.steps == ()
    assert "读数一个月不动" in cases.answer


def test_an_empty_article_gives_an_empty_guide() -> None:
    assert "##" not in draft("", guide="water")


CHINESE = """第一章 退水费

一、谁能退
(一) 个人
住户本人可以退。
（二）单位
单位要公函。

【要准备什么】
1. 身份证
2、水费单
③ 银行卡

二、怎么退
1、到营业厅
2、填表
要填户号。
3、等三天

问：能代办吗？
答：可以，带两个人的身份证。
问题2：周末上班吗
回答：上班。

| 档 | 价 |
|---|---|
| 一 | 3 元 |
看[网站](https://example.com)。
"""


def test_headings_of_every_chinese_kind_pairs_steps_and_papers() -> None:
    found = {one.question: one for one in drafted(CHINESE)}
    assert list(found) == [
        "谁能退（个人）",
        "谁能退（单位）",
        "要准备什么",
        "怎么退",
        "能代办吗？",
        "周末上班吗",
    ]
    assert found["谁能退（个人）"].phrasings == ["退水费 个人", "谁能退 个人"]
    assert [line.text for line in found["怎么退"].steps] == [
        "到营业厅",
        "填表\n要填户号。",
        "等三天",
    ]
    assert found["要准备什么"].steps == []
    assert [line.text for line in found["要准备什么"].before] == [
        "· 身份证",
        "· 水费单",
        "· 银行卡",
    ]
    assert found["能代办吗？"].before[0].text == "可以，带两个人的身份证。"


def test_every_line_is_there_in_its_order_and_says_where_it_came_from() -> None:
    rows = CHINESE.splitlines()
    found = drafted(CHINESE)
    at = [number for one in found for number in (one.at, *(line.at for line in one.lines()))]
    assert at == sorted(at)
    for one in drafted(CHINESE):
        for line in one.lines():
            first = line.text.splitlines()[0].removeprefix("· ")
            words = re.findall(r"[\u4e00-\u9fff]+", first)
            assert all(word in rows[line.at - 1].replace("[", "") for word in words)


@given(st.lists(st.sampled_from([*CHINESE.splitlines(), "纯文字一行", "- 点", "12、好"])))
def test_nothing_is_swallowed(lines: list[str]) -> None:
    written = draft("\n".join(lines), guide="water")
    for line in lines:
        words = re.findall(r"[\u4e00-\u9fff]{2,}", re.sub(r"^(第.章|问题?|回?答|.、)", "", line))
        for word in words:
            assert word in written


def read(name: str) -> str:
    return (ARTICLES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [each.name for each in ARTICLES.iterdir()])
def test_an_owners_article_keeps_every_line_and_its_title_is_no_phrasing(name: str) -> None:
    text = read(name)
    rows, found = text.splitlines(), drafted(text)
    at = [number for one in found for number in (one.at, *(line.at for line in one.lines()))]
    assert at == sorted(at)
    told = "".join(
        one.question + "".join(one.phrasings) + "".join(line.text for line in one.lines())
        for one in found
    )
    for row in rows:
        # Numbers become numbers of ours, and 常见问题 says only that questions follow.
        words = re.sub(r"^(?:第.章 ?(?:常见问题)?|第.步|问：|答：)", "", row.replace("**", ""))
        if words:
            assert all(word in told for word in re.findall(r"[\u4e00-\u9fff]{2,}", words)), row
    title = rows[0].lstrip("# ")
    assert not [one for one in found if any(title in said for said in one.phrasings)]


def test_what_is_a_way_and_what_a_list() -> None:
    """Cases, papers and names are numbered as well; nobody is walked through them."""
    repairs = {one.question: one for one in drafted(read("property-repairs.txt"))}
    refunds = {one.question: one for one in drafted(read("driving-school-refunds.md"))}
    ways = [question for question, one in (repairs | refunds).items() if one.steps]
    assert ways == ["报修流程是怎样的", "怎么申请退费"]
    assert len(repairs["报修流程是怎样的"].steps) == len(refunds["怎么申请退费"].steps) == 4
    assert "（租客报修）" in "".join(repairs), "a bare heading says what those below are about"
    assert {"什么情况能退", "转班与转校是怎样的", "要带什么"} <= set(refunds), "numbered twice"
    assert repairs["半夜水管爆了怎么办？"].phrasings == []
    assert refunds["联系我们是怎样的"].before[-1].text == "![门店照片](shop.png)"


def test_the_title_names_the_guide_and_no_entry() -> None:
    written = draft(ARTICLE, guide="water")
    assert "title: 水表怎么换" in written
    bare = draft("水费说明\n\n一、怎么交\n去营业厅。\n", guide="water")
    assert "title: 水费说明" in bare
    assert bare.count("水费说明") == 1


def test_the_draft_of_any_of_them_is_a_guide(tmp_path: Path) -> None:
    (tmp_path / "water.md").write_text(draft(CHINESE, guide="water"), encoding="utf-8")
    _, problems = read_bank(tmp_path)
    assert {problem.severity for problem in problems} == {"warning"}
