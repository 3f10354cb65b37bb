"""What a guide says about smaller questions: read, checked, and carried by the bank file."""

import json
from pathlib import Path

from faq.details import detail, step_help
from faq.guides import read_bank
from faq.jsonl import export, read_line

GUIDE = """---
guide: repair
title: 修手机
---

## 屏幕碎了怎么修 {#screen}

问法:
- 换屏

细问:
- 外屏、只碎玻璃：可以只换外屏。
- 没有冒号的一行

先检测再换屏。

1. 把手机拿来检测
   > 带上购机凭证更快。
   > 为什么：里面坏没坏，看不出来。
   > 手机：
2. 换屏
"""


def test_a_guide_keeps_details_and_the_parts_of_a_steps_help(tmp_path: Path) -> None:
    (tmp_path / "repair.md").write_text(GUIDE, encoding="utf-8")
    bank, problems = read_bank(tmp_path)
    entry = bank.by_id["screen"]
    assert detail(entry.details[0]) == (("外屏", "只碎玻璃"), "可以只换外屏。")
    help_ = step_help(entry.step_help[0])
    assert help_.first == "带上购机凭证更快。\n手机："
    assert help_.about("why") == "里面坏没坏，看不出来。"
    assert help_.about("cost") == ""
    errors = [str(problem) for problem in problems if problem.severity == "error"]
    assert len(errors) == 2
    assert any("没有冒号的一行" in error for error in errors)
    assert any("手机：" in error for error in errors)


def test_the_bank_file_carries_details(tmp_path: Path) -> None:
    (tmp_path / "repair.md").write_text(GUIDE, encoding="utf-8")
    bank, _ = read_bank(tmp_path)
    line = json.loads(next(export(bank)))
    assert [one.text for one in read_line(line, 1).details] == list(bank.entries[0].details)
