"""What people who do this job reported: quotes, faces, and choices and ratings in any writing."""

import pytest

from handlers.dialogue import answer_parts
from tests.dialogue.driver import Conversation
from tests.dialogue.tables import Heard

QUOTE = "「店伴：您好，我是店伴」\n- - - - - - - - - - - - - - -\n"


def hear(*said: str) -> Heard:
    """What the last message leads to."""
    merchant = Conversation()
    return [merchant.message("text", each) for each in said][-1]


@pytest.mark.parametrize("below", ["人工", "转人工[微笑]"])
def test_only_what_stands_below_a_quote_counts(below: str) -> None:
    assert hear(QUOTE + below).case == "asked"
    assert hear(QUOTE + "保证金怎么退").entry == "deposit-refund-steps"


@pytest.mark.parametrize("face", ["/:8-)", "/::)", "[微笑]", "😂", "/:,@-D"])
def test_a_face_is_no_choice_no_step_and_no_miss(face: str) -> None:
    assert "1 到" not in hear("你好", face).text
    inside = hear("保证金怎么退", "下一步", face)
    assert "第 8 步" not in inside.text
    assert "下一步" in inside.text
    assert "要转给顾问吗" not in hear("asdfghjk", face).text


def test_a_face_beside_a_move_changes_nothing() -> None:
    assert "第 1 步" in hear("保证金怎么退", "下一步[OK]").text
    assert "第 3 步" in hear("保证金怎么退", "3[OK]").text
    assert hear("你好", "1[微笑]").entry == "deposit-refund-steps"
    assert hear("asdfghjk", "qwerty uiop", "嗯嗯[微笑]").state == "waiting"


@pytest.mark.parametrize("choice", ["第一個", "選1", "选择1", "选项1", "①", "1.", "选一"])
def test_the_first_of_three_things_in_any_writing(choice: str) -> None:
    assert hear("你好", choice).entry == "deposit-refund-steps"


def test_the_last_of_three_things_in_any_writing() -> None:
    for choice in ("最後一個", "最后那个", "第三個"):
        assert hear("你好", choice).case == "asked"


@pytest.mark.parametrize(
    ("words", "stars"),
    [
        ("⭐⭐⭐⭐⭐", 5),
        ("⭐⭐", 2),
        ("5星好评", 5),
        ("5[强]", 5),
        ("四颗星", 4),
        ("👍", 5),
        ("很满意", 5),
    ],
)
def test_a_rating_in_stars_words_and_faces(words: str, stars: int) -> None:
    assert hear("审核几天", "懂了 谢谢", words).rating == stars


def test_mere_thanks_ask_for_no_rating() -> None:
    assert "1–5" not in hear("审核几天", "谢谢").text


def test_what_an_answer_begins_with_is_not_said_before_it() -> None:
    """能否：能退，先把登录恢复…… is what the entry's first sentence says."""
    assert hear("我手机号停了保证金还能退不").text.count("先把登录恢复") == 1
    first = "手机号不能用了，保证金一样能退，您先把登录恢复，再申请退还："
    assert answer_parts.says_already(first, "能退，先把登录恢复，再在后台申请。")
    assert not answer_parts.says_already(first, "不行，您先把登录恢复，再申请退还。")
    assert not answer_parts.says_already(first, "钱还在店里，恢复登录后照样可以申请。")
