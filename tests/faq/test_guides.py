"""Guides and bank files: what is read, and what is said about mistakes in them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from faq.bank import Bank
from faq.guides import read_bank
from faq.jsonl import export
from faq.matching.matcher import fit_matcher
from faq.problems import Problem

GUIDES = Path(__file__).parents[2] / "faq" / "guides"

GUIDE = """\
---
guide: water
title：水表
---

## 水表怎么看 {#read-meter}

短问: 看水表

问法：
- 水表读数在哪里看
－水表的数字怎么认

先找到水表，一般在楼道里。

1、打开表盖
   > 打不开就拧一下旁边的螺丝
2. 看黑色的数字

看不清可以打 {phone}。

## 水费怎么交\uff5b#pay-bill\uff5d

问法:
- 水费去哪里交

可以在线交。

选项:
- read-meter
"""


def folder(path: Path, text: str, name: str = "water.md") -> Path:
    (path / name).write_text(text, encoding="utf-8")
    return path


def messages(problems: list[Problem], severity: str = "error") -> list[tuple[str, int, str]]:
    return [(p.file, p.line, p.message) for p in problems if p.severity == severity]


def test_a_guide_is_read_whatever_width_its_punctuation_has(tmp_path: Path) -> None:
    bank, problems = read_bank(folder(tmp_path, GUIDE))
    assert messages(problems) == []
    meter, bill = bank.entries
    assert (meter.id, meter.question, meter.short) == ("read-meter", "水表怎么看", "看水表")
    assert (meter.guide, bill.guide) == ("water", "water")
    assert meter.phrasings == ("水表读数在哪里看", "水表的数字怎么认")
    assert meter.answer == "先找到水表，一般在楼道里。"
    assert meter.steps == ("打开表盖", "看黑色的数字")
    assert meter.step_help == ("打不开就拧一下旁边的螺丝", "")
    assert meter.after == "看不清可以打 {phone}。"
    assert (bill.id, bill.answer, bill.choices) == ("pay-bill", "可以在线交。", ("read-meter",))


def test_the_firms_guides_have_nothing_to_mend() -> None:
    bank, problems = read_bank(GUIDES)
    assert messages(problems) == []
    assert len(bank.entries) == 27
    assert all(len(entry.phrasings) >= 8 for entry in bank.entries)


AGAIN = "\n## 再问 {#read-meter}\n\n好。\n"
LISTED = "说明\n\n1. 甲\n2. 乙\n\n看不清"
MISTAKES = {
    "an id twice": (GUIDE + AGAIN, 32, "重复"),
    "a step alone": (GUIDE.replace("2. 看黑色的数字", ""), 16, "只有一步"),
    "unknown front matter": (GUIDE.replace("title：", "author: 小王\ntitle："), 3, "author"),
    "a phone number": (GUIDE.replace("{phone}", "138 0013 8000"), 20, "{phone}"),
    "a landline": (GUIDE.replace("可以在线交", "打0898-66667777"), 27, "{phone}"),
    "an unknown choice": (GUIDE.replace("- read-meter", "- nowhere"), 30, "nowhere"),
    "no answer": (GUIDE.replace("可以在线交。\n", ""), 22, "没有答案"),
    "too long": (GUIDE.replace("可以在线交。", "水" * 700), 22, "字节"),
    "no id": (GUIDE.replace(" {#read-meter}", ""), 6, "编号"),
    "a bad id": (GUIDE.replace("{#read-meter}", "{#Read_Meter}"), 6, "Read_Meter"),
    "a phrasing twice": (GUIDE.replace("水费去哪里交", "水表讀數在哪里看！"), 25, "read-meter"),
    "a second list": (GUIDE.replace("看不清", LISTED), 22, "放错"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_its_file_and_line(tmp_path: Path, name: str) -> None:
    text, line, word = MISTAKES[name]
    _, problems = read_bank(folder(tmp_path, text))
    found = messages(problems)
    assert [(file, at) for file, at, message in found if word in message] == [("water.md", line)]


def test_few_phrasings_are_a_warning_only(tmp_path: Path) -> None:
    _, problems = read_bank(folder(tmp_path, GUIDE))
    assert [message[:5] for _, _, message in messages(problems, "warning")] == [
        "只有 2 ",
        "只有 1 ",
    ]


def test_unreadable_files_are_problems_not_crashes(tmp_path: Path) -> None:
    (tmp_path / "odd.md").write_bytes("水表".encode("gbk"))
    (tmp_path / "vocabulary.toml").write_text("synonyms = [", encoding="utf-8")
    bank, problems = read_bank(tmp_path)
    assert bank.entries == ()
    assert {file for file, _, _ in messages(problems)} == {"odd.md", "vocabulary.toml"}
    assert read_bank(tmp_path / "missing.jsonl")[1]
    (tmp_path / "empty").mkdir()
    assert read_bank(tmp_path / "empty")[1]


def test_a_neighbour_may_not_claim_what_an_entry_answers(tmp_path: Path) -> None:
    (tmp_path / "vocabulary.toml").write_text(
        'synonyms = [["水表", "表"]]\n[[neighbour]]\nid = "gas"\ntitle = "煤气"\nreply = "不办"\n'
        'phrasings = ["煤气怎么开", "水费去哪里交？"]\n',
        encoding="utf-8",
    )
    bank, problems = read_bank(folder(tmp_path, GUIDE))
    assert [(file, "pay-bill" in message) for file, _, message in messages(problems)] == [
        ("vocabulary.toml", True)
    ]
    assert bank.synonyms == (("水表", "表"),)
    assert bank.neighbours[0].reply == "不办"


def test_a_firm_names_alarms_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "vocabulary.toml").write_text(
        '[alarms]\nblocked = ["水表被贴了封条", "水费去哪里交？"]\nflood = ["楼下被淹了"]\n',
        encoding="utf-8",
    )
    bank, problems = read_bank(folder(tmp_path, GUIDE))
    assert bank.alarms["blocked"] == ("水表被贴了封条", "水费去哪里交？")
    found = [message for _, _, message in messages(problems)]
    assert ["flood" in message for message in found] == [True, False]
    assert "pay-bill" in found[1]
    heard = fit_matcher(bank).understand("我家水表被贴了封条")
    assert (heard.outcome, heard.alarm) == ("escalate", "blocked")


def lines(bank: Bank) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    for entry in bank.entries:
        yield entry.id, entry.question, entry.as_text("."), entry.phrasings


def test_a_bank_comes_back_from_its_export_unchanged(tmp_path: Path) -> None:
    bank, _ = read_bank(GUIDES)
    file = tmp_path / "bank.jsonl"
    file.write_text("\n".join(export(bank)), encoding="utf-8")
    again, problems = read_bank(file)
    assert messages(problems) == []
    assert list(lines(again)) == list(lines(bank))
    assert [entry.steps for entry in again.entries] == [entry.steps for entry in bank.entries]


def test_a_bank_file_names_its_bad_lines(tmp_path: Path) -> None:
    file = tmp_path / "bank.jsonl"
    file.write_text(
        '{"id": "a", "question": "甲", "aliases": ["乙"], "answer": "1. 一\\n2. 二"}\n'
        "not json\n[]\n"
        '{"id": "b", "question": "丙", "answer": 3}\n'
        '{"id": "c", "question": "丁", "answer": "好", "colour": "red"}\n',
        encoding="utf-8",
    )
    bank, problems = read_bank(file)
    assert [entry.steps for entry in bank.entries] == [("一", "二")]
    assert [line for _, line, _ in messages(problems)] == [2, 3, 4, 5]


def test_small_talk_among_the_phrasings_is_a_clash_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "vocabulary.toml").write_text(
        '[[neighbour]]\nid = "chat"\ntitle = "闲聊"\nreply = "不聊"\nphrasings = ["新年快乐！"]\n',
        encoding="utf-8",
    )
    guide = GUIDE.replace("- 水费去哪里交\n", "- 水费去哪里交\n- 谢谢你\n")
    _, problems = read_bank(folder(tmp_path, guide))
    assert not messages(problems)
    neighbour, entry = messages(problems, "clash")
    assert (neighbour[0], "「chat」的「新年快乐！」已经是寒暄" in neighbour[2]) == (
        "vocabulary.toml",
        True,
    )
    assert (entry[0], guide.splitlines()[entry[1] - 1]) == ("water.md", "- 谢谢你")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("问法\n- 水价多少\n\n三元。", "冒号"),
        ("问法\n\n- 水价多少\n\n三元。", "冒号"),
        ("问法:水价多少\n\n三元。", "「- 」"),
        ("问法：\n水价多少\n一吨几块\n\n三元。", "「- 」"),
        ("三元。\n\n| 档 | 价 |\n|---|---|\n| 一 | 3 |", "表格"),
        ("打 {tel} 问。", "{tel}"),
        ("看[网站](https://example.com/water)。", "网址"),
        ("![水表](meter.png)\n\n三元。", "图片"),
        ("三元。<br>每月交。", "<br>"),
    ],
)
def test_what_merchants_must_not_see_is_refused(tmp_path: Path, body: str, word: str) -> None:
    text = f"---\nguide: water\ntitle: 水\n---\n\n## 水费多少 {{#fees}}\n\n{body}\n"
    (tmp_path / "water.md").write_text(text, encoding="utf-8")
    _, problems = read_bank(tmp_path)
    assert any(word in each.message for each in problems if each.severity == "error")


def test_a_list_is_an_answer_and_an_address_may_be_written_out(tmp_path: Path) -> None:
    text = GUIDE_OF_LISTS
    (tmp_path / "water.md").write_text(text, encoding="utf-8")
    bank, problems = read_bank(tmp_path)
    assert not [each for each in problems if each.severity == "error"]
    assert "· 身份证" in bank.entries[0].answer


GUIDE_OF_LISTS = """---
guide: water
title: 水
---

## 开户要带什么 {#papers}

问法:
- 办水要什么证件

要带这些，也可以看 <https://example.com/water>：

- 身份证
- 房产证
"""
