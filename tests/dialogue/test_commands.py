"""What short messages say to the dialogue itself, and phone numbers as people write them."""

import pytest

from faq.moves import numerals
from faq.moves.reading import plain, step_number
from faq.moves.recogniser import recogniser
from handlers.dialogue import moves
from handlers.dialogue.phone_numbers import find


def wide(text: str) -> str:
    """Full-width forms, as Chinese keyboards type them."""
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


MEANS = {
    "next": ("next", "done", "solved"),
    "previous": ("back",),
    "again": ("again",),
    "restart": ("next", "again"),
    "last": ("step_n",),
    "stuck": ("stuck", "page_differs"),
    "unsolved": ("not_solved",),
    "solved": ("solved", "done"),
    "cancel": ("cancel", "call_off_human"),
    "none_of_these": ("none_of_these",),
    "yes": ("yes", "ack"),
    "position": ("ask_queue",),
}
"""The moves that each of these commands is made by."""


def does(text: str, command: str) -> str:
    """The move of a message in a walk; who agrees was offered something."""
    states = ("offer" if command == "yes" else "walk", "idle")
    return moves.choose(recogniser().hear(text, moves.heard_as(states)), states).move


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("下一步", "next"),
        ("下一步吧", "next"),
        ("那下一步呢?", "next"),
        ("下一部", "next"),
        ("夏一步", "next"),
        ("xia yi bu", "next"),
        ("下壹步", "next"),
        ("嗯 好了", "next"),
        ("点完了哈", "next"),
        ("點完了", "next"),
        ("已经填好了", "next"),
        ("然後呢", "next"),
        ("上一步", "previous"),
        ("再上一步", "previous"),
        ("再說一遍", "again"),
        ("没看懂呀", "again"),
        ("从头来", "restart"),
        ("重头来", "restart"),
        ("最后一步呢", "last"),
        ("卡主了", "stuck"),
        ("页面不一样", "stuck"),
        ("頁面不一樣啊", "stuck"),
        ("还是不行啊", "unsolved"),
        ("試過了還是不行", "unsolved"),
        ("解决了!", "solved"),
        ("算了吧", "cancel"),
        ("不用人攻了", "cancel"),
        ("都不是", "none_of_these"),
        (wide("OK"), "yes"),
        ("前面排几个", "position"),
    ],
)
def test_a_saying_is_understood_however_it_is_typed(text: str, command: str) -> None:
    assert does(text, command) in MEANS[command]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("下一步就能退保证金吗", "next"),
        ("好了之后多久到账", "next"),
        ("页面不一样是因为我换了手机所以现在登不上去了吗", "stuck"),
        ("算了一下保证金有两千", "cancel"),
        ("是不是要关店", "yes"),
        ("不", "next"),
        ("", "next"),
    ],
)
def test_a_longer_thought_is_no_saying(text: str, command: str) -> None:
    assert does(text, command) not in MEANS[command]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        (wide("1"), 1),
        ("①", 1),
        ("1️⃣", 1),
        ("二", 2),
        ("两", 2),
        ("第二个", 2),
        ("选2", 2),
        ("我选3吧", 3),
        ("2号", 2),
        ("第四条呢", 4),
        ("十", 10),
        ("十二", 12),
        ("99", 99),
        ("最后一个", -1),
        ("2.", 2),
        ("你刚才列的那几个里第四个", 4),
        ("前面给的里头倒数第二个", -2),
    ],
)
def test_a_choice_has_many_forms(text: str, number: int) -> None:
    assert numerals.choice(plain(text)) == number


@pytest.mark.parametrize(
    "text",
    ["三天", "2万块能退吗", "13800138000", "一直不行", "第二步", "我有两个店", "", "十分着急"],
)
def test_a_number_in_a_sentence_is_no_choice(text: str) -> None:
    assert numerals.choice(plain(text)) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("第三步是啥", 3), ("第3步", 3), ("看下第十步", 10), ("第二部怎么弄", 2), ("一步步来", None)],
)
def test_a_step_is_named(text: str, number: int | None) -> None:
    assert step_number(text) == number


@pytest.mark.parametrize(
    ("text", "stars"), [("5", 5), ("五分", 5), ("打4分", 4), ("3星", 3), ("6", None), ("5天", None)]
)
def test_a_rating_is_one_to_five(text: str, stars: int | None) -> None:
    assert numerals.stars(text, plain(text)) == stars


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("我电话13900139000谢谢", "13900139000"),
        (wide("13800138000"), "13800138000"),
        ("0898-66668888", "0898-66668888"),
        ("0898 66668888", "0898-66668888"),
        ("(010)62345678", "010-62345678"),
        ("021 62345678", "021-62345678"),
        ("4008001234", "4008001234"),
    ],
)
def test_a_phone_number_is_found(text: str, number: str) -> None:
    assert find(text).number == number


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1380013800", "short"),
        ("138001380001", "long"),
        ("12345678901", "unknown"),
        ("99887766", "unknown"),
        ("保证金2000元", ""),
        ("没有", ""),
    ],
)
def test_a_wrong_number_says_what_is_wrong(text: str, problem: str) -> None:
    found = find(text)
    assert (found.number, found.problem) == ("", problem)


def test_a_wrong_number_is_shown_back_only_in_part() -> None:
    assert find("1380013800").said == "138…00"


def test_a_message_of_nothing_but_digits_is_no_small_number() -> None:
    assert numerals.bare_number("1" * 5000) is None


@pytest.mark.parametrize(
    ("said", "number"), [("3", 3), ("三", 3), ("10", 10), ("十", 10), ("12", 12), ("十二", 12)]
)
def test_a_number_alone_is_one_in_figures_and_in_words(said: str, number: int) -> None:
    assert numerals.bare_number(said) == number


@pytest.mark.parametrize("said", ["十二点", "第十个", "十个", "二十多"])
def test_a_number_with_more_is_no_bare_one(said: str) -> None:
    assert numerals.bare_number(said) is None
