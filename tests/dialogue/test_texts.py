"""The bot's texts: the shipped ones are sound, and an owner's copy is told everything at once."""

from pathlib import Path

import pytest

from handlers.dialogue.texts import TextsError, load_texts

SHIPPED = Path(__file__).parents[2] / "handlers" / "dialogue" / "texts.toml"


def test_the_shipped_texts_load() -> None:
    assert load_texts().text("place_first")


def test_the_owners_copy_is_used(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    source = SHIPPED.read_text(encoding="utf-8")
    own.write_text(source.replace("不客气，能帮上就好。", "不用谢。"), encoding="utf-8")
    assert load_texts(own).text("thanks") == "不用谢。"


def test_a_copy_made_for_the_version_before_still_loads(tmp_path: Path) -> None:
    new = ("blocked", "wrong_payout", "bereavement", "family", "licence", "exhausted")
    keys = tuple(f"{part}_{kind} " for part in ("alarm", "label") for kind in new)
    lines = [
        line.replace("_deducted =", "_dispute =")
        for line in SHIPPED.read_text(encoding="utf-8").splitlines()
        if not line.startswith(keys)
    ]
    own = tmp_path / "own.toml"
    own.write_text("\n".join(lines).replace("扣款的事要看", "扣钱的事要看"), encoding="utf-8")
    texts = load_texts(own)
    assert texts.text("alarm_deducted").startswith("扣钱的事要看")
    assert texts.text("alarm_bereavement") == load_texts().text("alarm_bereavement")


def test_a_missing_key_falls_back_to_the_shipped_text_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = tmp_path / "own.toml"
    own.write_text('thanks = "不用谢。"\n', encoding="utf-8")
    texts = load_texts(own)
    assert texts.text("thanks") == "不用谢。"
    assert texts.text("goodbye") == load_texts().text("goodbye")
    [told] = caplog.messages
    assert "own.toml" in told
    assert "goodbye" in told
    assert " thanks," not in told


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    source = SHIPPED.read_text(encoding="utf-8")
    for old, new in (
        ('thanks = "不客气，能帮上就好。"', 'thanks_you = "不客气"'),
        ('goodbye = "好，', 'goodbye = "再见！'),
        ('error = "我这边', 'error = "保证金包退。{name}我这边'),
        ('label_human = "联系顾问"', 'label_human = ""'),
        ('rate_ask = "方便的话', 'rate_ask = "{方便的话'),
        ('things_footer = "回复', 'things_footer = "Login 13800138000 9:00 等 5 分钟'),
        ('solved = "好', f'solved = "{"长" * 500}'),
        ('ack_overview = "好', "ack_overview = []#"),
    ):
        assert old in source
        source = source.replace(old, new)
    own.write_text(source, encoding="utf-8")
    with pytest.raises(TextsError) as error:
        load_texts(own)
    told = "\n".join(error.value.problems)
    for part in (
        "thanks_you：程序里没有",
        "goodbye：不用感叹号",
        "error：不要向商家打包票",
        "error：不认识的占位符 name",
        "label_human：是空的",
        "rate_ask：花括号",
        "things_footer：商家看到的文字里不用英文",
        "things_footer：电话写成",
        "things_footer：时间写成",
        "things_footer：等待时间写成",
        "solved：太长了",
        "ack_overview：是空的",
    ):
        assert part in told


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"= nothing", "格式读不懂"), (b"\xff\xfe", "不是 UTF-8"), (None, "打不开")],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, told: str) -> None:
    own = tmp_path / "own.toml"
    if content is not None:
        own.write_bytes(content)
    with pytest.raises(TextsError, match=told):
        load_texts(own)
