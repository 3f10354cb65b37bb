"""docs/architecture.md keeps its word: its recipes work as they are written, its table is true."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from handlers.outbound.delivery_states import TRANSITIONS

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
STEP = re.compile(
    r"^- `(?P<file>[^`]+)`, (?:at the end|before `(?P<before>[^`]+)`):\n\n```\w+\n(?P<code>.*?)```",
    re.MULTILINE | re.DOTALL,
)
CODE_FILES = 3

GUIDE = """
---
guide: service
title: 服务
---

## 服务费怎么收 {#service-inquiry}

问法:
- 你们收多少钱
- 问一下价格
- 服务费多少
- 帮忙要收费吗

按情况报价。
"""
SMALL_TALK = """
from pathlib import Path
from datetime import UTC, datetime
from faq.guides import read_bank
from faq.matching.phrasings import phrasings_of
from faq.understanding import Understanding
from handlers.dialogue.policy import decide
from handlers.dialogue.texts import load_texts
from handlers.dialogue.types import Incoming, TurnContext

class Knows:
    def understand(self, text, context=None):
        return Understanding(text, "social", social="weather", score=1.0)

bank, _ = read_bank(Path("small"))
print(sum(phrasing.meaning.name == "weather" for phrasing in phrasings_of(bank)))
for state in ("bot", "waiting"):
    turn = TurnContext(now=datetime.now(UTC), state=state)
    said = Incoming("text", "今天天气真好")
    decision = decide(turn, said, bank=bank, matcher=Knows(), texts=load_texts())
    print(*(reply.text for reply in decision.replies))
"""
INQUIRY = """
import shutil
from pathlib import Path
from datetime import UTC, datetime, timedelta
from faq.guides import read_bank
from faq.understanding import Understanding
from handlers.dialogue.inquiry_fields import of_firm
from handlers.dialogue.policy import decide
from handlers.dialogue.texts import load_texts
from handlers.dialogue.types import DeskStatus, Incoming, TurnContext

class Knows:
    def understand(self, text, context=None):
        if text == "服务费怎么收":
            return Understanding(text, "answer", entry="service-inquiry", score=1.0)
        return Understanding(text, "none")

shutil.copy("faq/guides/firm.toml", "small")
bank, _ = read_bank(Path("small"))
now, memory = datetime.now(UTC), {}
for text in ("服务费怎么收", "海风小铺", "手机号停了登不上店", "海口", "13812345678"):
    now += timedelta(seconds=60)
    turn = TurnContext(now=now, memory=memory, desk=DeskStatus(on_duty=1))
    decision = decide(turn, Incoming("text", text), bank=bank, matcher=Knows(), texts=load_texts())
    memory = decision.memory
    print(*(reply.text for reply in decision.replies))
label = of_firm(bank.firm).by_name["region"].label
print(decision.case.reason, decision.case.form["region"], label)
"""
SETTING = """
from pathlib import Path
import bot, config

example = Path("config.example.toml").read_text(encoding="utf-8")
Path("config.toml").write_text(
    example.replace('encoding_aes_key = "change-me"', f'encoding_aes_key = "{"A" * 43}"')
    .replace("change-me", "0123456789abcdef" * 2)
    .replace("[desk]", "[desk]\\ngreeting_minutes = 8"),
    encoding="utf-8",
)
print(bot._firm(config.load(Path("config.toml"))).greeting_minutes)
"""


def steps(letter: str) -> list[dict[str, str]]:
    recipe = DOCUMENT.split(f"### ({letter})")[1].split("\n### ")[0]
    return [match.groupdict() for match in STEP.finditer(recipe)]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program as it is, to be changed."""
    for name in ("bot.py", "config.py", "config.example.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("faq", "handlers", "storage", "wechat"):
        ignored = shutil.ignore_patterns("__pycache__", "*.npz")  # moves stay fitted
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "service.md").write_text(GUIDE.lstrip(), encoding="utf-8")
    return tmp_path


def follow(copy: Path, letter: str) -> None:
    """Change the copy as the recipe says."""
    for step in steps(letter):
        path = copy / step["file"]
        text = path.read_text(encoding="utf-8")
        before = step["before"]
        if before:
            assert text.count(before) == 1, f"{step['file']} has no single {before!r}"
            text = text.replace(before, step["code"] + before)
        else:
            text = f"{text}\n{step['code']}"
        path.write_text(text, encoding="utf-8")


def run(copy: Path, program: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("letter", "abcde")
def test_a_recipe_touches_at_most_three_files_of_code(letter: str) -> None:
    recipe = DOCUMENT.split(f"### ({letter})")[1].split("\n### ")[0]
    listed = [line for line in recipe.splitlines() if re.match(r"- `|\d\. `", line)]
    files = {re.findall(r"`([^`]+)`", line)[0] for line in listed}
    assert all((ROOT / name).exists() for name in files)
    assert 0 < len(files) <= CODE_FILES


def test_a_kind_of_small_talk_is_added_as_the_recipe_says(copy: Path) -> None:
    follow(copy, "a")
    learned, to_all, *to_those_who_wait = run(copy, SMALL_TALK)
    assert learned == "5"
    assert to_all == "出门注意天气。有事直接发来就行。"
    assert to_those_who_wait[0] == "出门注意天气。顾问来了会在这里回您。"


def test_a_field_of_the_inquiry_is_added_as_the_recipe_says(copy: Path) -> None:
    follow(copy, "b")
    said = "\n".join(run(copy, INQUIRY))
    assert "店铺在哪个地区？" in said
    assert "地区：海口" in said
    assert said.endswith("inquiry 海口 地区")


def test_a_setting_is_added_as_the_recipe_says(copy: Path) -> None:
    follow(copy, "d")
    assert run(copy, SETTING) == ["8"]


def test_the_table_of_deliveries_is_the_one_in_force() -> None:
    rows = re.findall(r"^\| (\w+) \| ([^|]*→[^|]*) \|$", DOCUMENT, re.MULTILINE)
    written = {
        (state, event): after
        for state, moves in rows
        if state != "state"
        for event, after in re.findall(r"(\w+) → (\w+)", moves)
    }
    assert written == dict(TRANSITIONS)
