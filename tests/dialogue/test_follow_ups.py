"""What a follow-up is read by: its subject, what an entry presupposes, and what was denied."""

import pytest

from faq.matching.normalize import without_english
from faq.moves import numerals
from handlers.dialogue import asking, commands, facts, sayings
from tests.dialogue.driver import firm, in_memory

SAID = sayings.read(firm()[0].firm.sayings)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("我想refund保证金", "我想退保证金"),
        ("where is 账户设置", "在哪里账户设置"),
        ("Done", "好了"),
        ("zen me tui", "zen me tui"),
        ("打开app", "打开app"),
        ("hello@shop.com", "hello@shop.com"),
    ],
)
def test_english_words_are_read_in_chinese_and_pinyin_and_addresses_stay(
    said: str, read: str
) -> None:
    assert without_english(said) == read


@pytest.mark.parametrize("clause", ["第四个", "选项3", "最后那条", "第二个呢"])
def test_a_word_for_a_choice_counts_options(clause: str) -> None:
    assert numerals.counts_options(clause)


@pytest.mark.parametrize("clause", ["第四步", "3", "最后一步"])
def test_a_step_and_a_bare_number_count_none(clause: str) -> None:
    assert not numerals.counts_options(clause)


@pytest.mark.parametrize(
    "said", ["能退到我老婆卡上不", "有电话没", "那打我自己卡总可以了吧", "退不退利息"]
)
def test_what_asks_without_a_question_word_is_a_question(said: str) -> None:
    assert commands.is_question(said)


@pytest.mark.parametrize("said", ["我也不", "行吧", "先不用"])
def test_what_ends_alike_and_asks_nothing_is_none(said: str) -> None:
    assert not commands.is_question(said)


def test_why_beside_a_statement_is_no_second_question() -> None:
    assert asking.two_questions("非要登录才让退保证金 凭啥这样") is None
    assert asking.two_questions("关店要啥条件 密码记不得了又咋办") is not None


def test_the_question_of_a_message_is_its_last_part() -> None:
    assert asking.last_question("那就退我自己的卡 多久到") == "多久到"
    assert asking.last_question("保证金怎么退 多久到") == "保证金怎么退 多久到"


@pytest.mark.parametrize("said", ["号码还能用", "身份证在我手上", "号登得上"])
def test_what_works_is_fine(said: str) -> None:
    assert asking.is_fine(said)


@pytest.mark.parametrize("said", ["号码不能用", "能用吗", "有了", "验证码还是收不到"])
def test_what_does_not_work_or_asks_or_changed_is_not_fine(said: str) -> None:
    assert not asking.is_fine(said)


def test_a_question_tells_no_fact() -> None:
    assert not facts.told("审核的时候还能登录吧", SAID)
    assert facts.told("我能登录", SAID) == {"login": "can"}


def test_an_entry_counts_for_the_plain_one_where_nobody_spoke_of_what_it_presupposes() -> None:
    both = (("deposit-phone-dead", 0.4), ("login-phone-unusable", 0.3))
    assert facts.plainer(both, {}, SAID, "登不上了")[0][0] == "login-phone-unusable"
    assert facts.plainer(both, {}, SAID, "登不上了 押金怎么办")[0][0] == "deposit-phone-dead"


def test_a_step_is_not_left_twice_in_one_breath() -> None:
    merchant = in_memory({})
    for said in ("保证金怎么退", "下一步"):
        merchant.wait(11)
        merchant.message("text", said)
    merchant.wait(11)
    assert "第 2 步" in merchant.message("text", "好了").text
    merchant.wait(1.5)
    assert merchant.message("text", "然后呢").text == ""
    merchant.wait(11)
    assert "第 3 步" in merchant.message("text", "然后呢").text


def test_six_fragments_in_one_breath_get_one_answer_to_all_of_them() -> None:
    merchant = in_memory({})
    merchant.wait(11)
    heard = merchant.burst(["喂", "老板", "我问下", "那个押金", "退的话", "要多长时间"], 1.5)
    assert heard.seen == 1
    assert "3–7" in heard.text
