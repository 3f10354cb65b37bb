"""The command line as its users type it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import bot
from faq.matching.matcher import CACHE
from handlers.knowledge import bank_versions
from storage.database import Database
from storage.queries import consultants

CONFIG = """
[wechat]
app_id = "wx0123456789abcdef"
app_secret = "0123456789abcdef"
token = "sometoken"
encoding_aes_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
[desk]
secret_key = "0123456789abcdef0123456789abcdef"
[contact]
phone = "0898-6530-0000"
[bot]
guides = "guides"
"""
GUIDE = """---
guide: water
title: 自来水
---

## 怎么开通自来水 {#water-open}

问法:
- 开水户要什么
- 新房没水怎么开通
- 办自来水
- 水怎么报装

带上房产证,打 {phone} 约时间。

## 水费多少钱一吨 {#water-fees}

问法:
- 水价多少
- 一吨水几块
- 水费怎么收
- 水费单价

居民用水一吨 3 元。
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    (tmp_path / "guides").mkdir()
    (tmp_path / "guides" / "water.md").write_text(GUIDE, encoding="utf-8")
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def run(*words: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(bot.cli, [str(word) for word in words], input=typed)


def good(*words: str | Path, typed: str = "") -> str:
    result = run(*words, typed=typed)
    assert result.exit_code == 0, result.output
    return result.output


def test_every_command_has_help() -> None:
    for name, command in bot.cli.commands.items():
        assert command.help, name
        assert "Usage" in good(name, "--help")


def test_ask_says_what_the_bot_would_do(settings: Path) -> None:
    answer = json.loads(good("ask", "水价多少", "--config", settings))
    assert list(answer) == ["text", "outcome", "entry", "options", "score", "social", "reply"]
    assert (answer["outcome"], answer["entry"], answer["social"]) == ("answer", "water-fees", None)
    assert "3 元" in answer["reply"]
    assert 0 < answer["score"] <= 1


def test_ask_fills_in_the_phone_of_the_settings(settings: Path) -> None:
    assert "0898-6530-0000" in json.loads(good("ask", "水怎么报装", "--config", settings))["reply"]


def test_ask_speaks_with_the_texts_of_the_settings(settings: Path) -> None:
    (settings.parent / "own.toml").write_text('thanks_end = "不用谢。"\n', encoding="utf-8")
    settings.write_text(CONFIG + 'texts = "own.toml"\n', encoding="utf-8")
    assert json.loads(good("ask", "谢谢", "--config", settings))["reply"] == "不用谢。"


@pytest.mark.parametrize("text", ["新年快乐", "新年快乐！", "恭喜发财"])
def test_good_wishes_are_small_talk(text: str, tmp_path: Path) -> None:
    answer = json.loads(good("ask", text, "--config", tmp_path / "none.toml"))
    assert (answer["outcome"], answer["social"]) == ("social", "greeting")


def test_what_is_small_talk_already_cannot_be_published(settings: Path) -> None:
    guide = settings.parent / "guides" / "water.md"
    guide.write_text(GUIDE.replace("- 水价多少", "- 新年快乐"), encoding="utf-8")
    result = run("faq", "publish", "--config", settings)
    assert result.exit_code == 1
    assert "「新年快乐」已经是寒暄" in result.output
    checked = run("faq", "check", "--config", settings)
    assert checked.exit_code == 1
    assert "water.md:19: 错误: 「新年快乐」已经是寒暄" in checked.output


def test_ask_needs_no_settings_and_takes_another_bank(settings: Path, tmp_path: Path) -> None:
    bank, missing = settings.parent / "guides", tmp_path / "none.toml"
    words = ("ask", "水价多少", "--bank", bank, "--config", missing)
    assert json.loads(good(*words))["entry"] == "water-fees"


def test_ask_takes_a_bank_file(settings: Path, tmp_path: Path) -> None:
    file = tmp_path / "bank.jsonl"
    file.write_text(good("faq", "export", "--config", settings), encoding="utf-8")
    words = ("ask", "水价多少", "--bank", file, "--config", tmp_path / "none.toml")
    assert json.loads(good(*words))["entry"] == "water-fees"


def test_ask_in_batch_gives_one_line_for_each(settings: Path, tmp_path: Path) -> None:
    file = tmp_path / "batch.jsonl"
    file.write_text(
        '{"text": "水价多少"}\n\n{"text": "转人工", "kind": "human"}\n', encoding="utf-8"
    )
    lines = good("ask", "--batch", file, "--config", settings).splitlines()
    assert [json.loads(line)["outcome"] for line in lines] == ["answer", "human"]


def test_a_bad_batch_line_is_named(settings: Path, tmp_path: Path) -> None:
    file = tmp_path / "batch.jsonl"
    file.write_text('{"text": "水价多少"}\nnonsense\n', encoding="utf-8")
    result = run("ask", "--batch", file, "--config", settings)
    assert result.exit_code == 1
    assert "第 2 行" in result.output


def test_explain_shows_why(settings: Path) -> None:
    assert "explain" in json.loads(good("ask", "水价多少", "--explain", "--config", settings))


def test_check_names_file_and_line_and_fails(settings: Path) -> None:
    guide = settings.parent / "guides" / "water.md"
    guide.write_text(GUIDE.replace("- 水价多少", "- 办自来水"), encoding="utf-8")
    result = run("faq", "check", "--config", settings)
    assert result.exit_code == 1
    assert "water.md:" in result.output


def test_the_shipped_guides_have_no_problem(tmp_path: Path) -> None:
    output = good("faq", "check", "--config", tmp_path / "none.toml")
    assert "27 个条目" in output
    assert "0 处错误" in output


def test_fitting_says_nothing_and_keeps_the_matcher(settings: Path) -> None:
    assert good("faq", "fit", settings.parent / "guides") == ""
    assert list(CACHE.glob("*.npz"))


def test_a_bank_with_errors_is_not_published(settings: Path) -> None:
    guide = settings.parent / "guides" / "water.md"
    guide.write_text(GUIDE.replace("{#water-fees}", "{#water-open}"), encoding="utf-8")
    result = run("faq", "publish", "--config", settings)
    assert result.exit_code == 1
    assert "water.md:" in result.output


def test_a_published_bank_is_what_ask_uses(settings: Path) -> None:
    assert "已发布" in good("faq", "publish", "--config", settings)
    guide = settings.parent / "guides" / "water.md"
    guide.write_text(GUIDE.replace("3 元", "4 元"), encoding="utf-8")
    assert "3 元" in json.loads(good("ask", "水价多少", "--config", settings))["reply"]
    good("faq", "publish", "--config", settings)
    assert "4 元" in json.loads(good("ask", "水价多少", "--config", settings))["reply"]
    assert "不用再发布" in good("faq", "publish", "--config", settings)


def test_a_consultant_is_added_and_gets_a_token(settings: Path) -> None:
    add = ("consultant", "add", "小李", "--role", "admin", "--password-stdin", "--config", settings)
    good(*add, typed="correct horse\n")
    token = good("token", "add", "小李", "--config", settings)
    assert token.strip() == token[:-1]
    with Database(f"sqlite:///{settings.parent}/data/dianban.db").read() as session:
        found = consultants.by_token(session, token.strip())
        assert found is not None
        assert (found.name, found.role) == ("小李", "admin")
        assert consultants.verifies(consultants.by_name(session, "小李"), "correct horse")


def test_adding_somebody_twice_or_a_weak_password_is_refused(settings: Path) -> None:
    add = ("consultant", "add", "小李", "--password-stdin", "--config", settings)
    assert run(*add, typed="short\n").exit_code == 1
    good(*add, typed="correct horse\n")
    again = run(*add, typed="correct horse\n")
    assert again.exit_code == 1
    assert "已经有" in again.output


def test_a_token_for_nobody_is_refused(settings: Path) -> None:
    result = run("token", "add", "没这个人", "--config", settings)
    assert result.exit_code == 1
    assert "consultant add" in result.output


def test_bad_settings_are_told_all_at_once(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[wechat]\nmode = 'x'\n", encoding="utf-8")
    result = run("serve", "--config", path)
    assert result.exit_code == 1
    assert result.output.count("·") == 7
    assert "Traceback" not in result.output


def test_a_database_that_cannot_be_opened_is_a_sentence(settings: Path) -> None:
    text = settings.read_text(encoding="utf-8")
    url = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    settings.write_text(f'{text}\n[storage]\nurl = "{url}"\n', encoding="utf-8")
    result = run("db", "upgrade", "--config", settings)
    assert result.exit_code == 1
    assert "数据库连不上" in result.output
    assert "nobody" not in result.output


def test_the_shipped_guides_are_where_the_published_bank_looks() -> None:
    assert (bank_versions.GUIDES / "vocabulary.toml").exists()


def test_ask_plays_a_conversation(settings: Path) -> None:
    lines = settings.parent / "talk.jsonl"
    said = ["水怎么报装", "谢谢", "转人工", "算了不用人工了"]
    rows = [json.dumps({"say": one}, ensure_ascii=False) for one in said]
    lines.write_text("\n".join(rows), encoding="utf-8")
    told = good("ask", "--conversation", lines, "--config", settings).splitlines()
    turns = [json.loads(line) for line in told]
    names = ["say", "reply", "outcome", "entry", "moves", "facts", "state"]
    assert [list(turn) for turn in turns] == [names] * len(said)
    assert [turn["state"] for turn in turns] == ["bot", "bot", "waiting", "bot"]
    assert [turn["outcome"] for turn in turns[:3]] == ["answer", "social", "human"]
    assert turns[3]["moves"][0] == "call_off_human"


def test_ask_explains_a_conversation(settings: Path) -> None:
    lines = settings.parent / "talk.jsonl"
    lines.write_text('{"say": "好的 谢谢"}\n', encoding="utf-8")
    turn = json.loads(good("ask", "--conversation", lines, "--explain", "--config", settings))
    assert turn["clauses"] == ["好的", "谢谢"]
    assert turn["winner"]["move"] == "thanks"
    assert set(turn["scores"]) == {"moves", "bank"}


def test_ask_names_the_line_that_is_no_turn(settings: Path) -> None:
    lines = settings.parent / "talk.jsonl"
    lines.write_text('{"say": "你好"}\n{"nothing": 1}\n', encoding="utf-8")
    result = run("ask", "--conversation", lines, "--config", settings)
    assert result.exit_code == 1
    assert "第 2 行" in result.output
