"""Moves: what messages do to the conversation, judged on labels by hands that saw no code."""

import json
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from faq.moves import model, reading, recogniser
from handlers.dialogue import moves, table
from handlers.dialogue.moves import ChosenMove

LABELLED = Path(__file__).parents[1] / "data" / "moves.jsonl"
FLOOR = 0.78
"""The share of labelled messages that are heard right; it only rises."""

POLITE = ("ack", "greeting", "goodbye", "opener", "hurry")
NO_MOVE = frozenset(
    ("", "face", "insult", "frustrated", "rate", "human", "noise", "haggle", *POLITE)
)
"""The labels call what is neither a question nor one of their moves "none"."""


def heard(text: str, state: str) -> ChosenMove:
    states = ("idle",) if state == "idle" else (state, "idle")
    return moves.choose(recogniser.recogniser().hear(text, moves.heard_as(states)), states)


def label(meant: ChosenMove) -> str:
    """A move in the words of the labels."""
    if meant.move == "pick":
        return f"pick:{'last' if meant.number == -1 else meant.number}"
    if meant.move == "step_n":
        return f"step:{meant.number}"
    if meant.move in NO_MOVE:
        return "none"
    return "question" if meant.move in moves.QUESTIONS else meant.move


def test_labelled_messages_are_heard_right() -> None:
    rows = [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]
    right = sum(label(heard(row["text"], row["state"])) == row["move"] for row in rows)
    assert right / len(rows) >= FLOOR


@pytest.mark.parametrize(
    ("said", "move"),
    [
        ("弄好了接着来", "next"),
        ("谢谢老师 审核要几天", "question"),
        ("好的谢谢 点好了", "done"),
        ("算了不用人工了", "call_off_human"),
        ("先别转", "call_off_human"),
        ("号已经给别人了 下一步", "next"),
        ("还是转吧", "human"),
        ("算了 你帮我叫个人来", "human"),
        ("处理过了 还是冻结", "not_solved"),
        ("接着刚才", "next"),
        ("xiayibu", "next"),
        ("再說一遍", "again"),
        ("太快了 上一步再讲一遍", "back"),
        ("不改会报错吗", "question"),
    ],
)
def test_the_clause_that_matters_wins(said: str, move: str) -> None:
    assert heard(said, "walk").move == move


@pytest.mark.parametrize("said", ["补交了话费就好了？", "没绑定就不用管了对吧"])
def test_what_asks_tells_of_no_end(said: str) -> None:
    assert heard(said, "walk").move == "question"


def test_whether_it_can_be_done_refuses_nothing() -> None:
    assert heard("我爸出不了门 我去补卡行不", "offer").move == "question"


@pytest.mark.parametrize(
    ("said", "move"),
    [
        ("我真是猪脑子", "ack"),
        ("我真是猪脑子 密码又忘了", "question"),
        ("你真是猪脑子", "insult"),
        ("你个脑残机器人", "insult"),
        ("谢谢哈 差点搞错", "thanks"),
        ("家里没电脑啊", "question"),
        ("这么晚没人值班了吧", "ask_hours"),
    ],
)
def test_anger_at_oneself_and_near_misses_are_none(said: str, move: str) -> None:
    assert heard(said, "walk").move == move


@pytest.mark.parametrize(
    "said", ["不是这个意思", "我问的不是这个", "不是我想问的", "你理解错我的意思了"]
)
def test_what_was_not_meant_is_refused(said: str) -> None:
    assert heard(said, "idle").move == "none_of_these"


def test_somebodys_mother_is_no_insult() -> None:
    assert heard("我替他妈的店问一下", "idle").move != "insult"


def test_foreign_words_end_no_clause() -> None:
    assert reading.read("我的抖店 login 不了，人在 Penang 收不到 sms").clauses == (
        "我的抖店登录不了",
        "人在penang收不到短信",
    )


def _picks() -> Iterator[tuple[str, int]]:
    source = files("faq.moves") / "picks.toml"
    for row in tomllib.loads(source.read_text(encoding="utf-8"))["phrasings"]:
        if "of" not in row and not row["text"].replace(" ", "").isascii():
            yield row["text"], row["n"]


def test_choices_of_every_kind_are_read() -> None:
    wrong = [said for said, number in _picks() if heard(said, "list").number != number]
    assert wrong == []


@pytest.mark.parametrize("said", ["有两个店", "3天了", "两个月前", "下午2点", "第二天就不行了"])
def test_a_number_in_a_sentence_chooses_nothing(said: str) -> None:
    assert heard(said, "list").move != "pick"


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("第四步是干啥的", 4),
        ("4步", 4),
        ("那最后一步呢", -1),
        ("讲讲倒数第二步", -2),
        ("步骤二没看懂", 2),
        ("第②步", 2),
    ],
)
def test_a_step_is_named_in_many_ways(said: str, number: int) -> None:
    meant = heard(said, "walk")
    assert (meant.move, meant.number) == ("step_n", number)


@pytest.mark.parametrize("said", ["下一步", "上一步", "这一步没看懂", "每一步都做了"])
def test_no_step_is_named(said: str) -> None:
    assert heard(said, "walk").move != "step_n"


@pytest.mark.parametrize(
    ("text", "bare", "faces"),
    [
        ("下一步[OK]", "下一步", ("[OK]",)),
        ("/:8-)", "", ("/:8-)",)),
        ("3[强]", "3", ("[强]",)),
        ("好👍", "好", ("👍",)),
        ("1️⃣", "1", ()),
        ("① 吧", "① 吧", ()),
    ],
)
def test_a_face_is_no_number_and_no_word(text: str, bare: str, faces: tuple[str, ...]) -> None:
    assert reading.faceless(text) == (bare, faces)


def test_of_a_quote_only_what_stands_below_counts() -> None:
    quoted = "「店伴：第 2 步\n账户设置」\n- - - - - - - - - - - - - - -\n人工"
    assert reading.unquoted(quoted) == "人工"
    assert reading.unquoted("「人工」是什么") == "「人工」是什么"


def test_every_move_has_a_row_or_is_a_question() -> None:
    labels = set(recogniser.recogniser().model.labels)
    assert labels <= set(table.TABLE) | moves.QUESTIONS | {"hurry"}


def test_every_row_names_states_that_exist() -> None:
    assert {state for row in table.TABLE.values() for state in row} <= set(moves.STATES)


def test_what_a_text_is_not_teaches_too() -> None:
    seen = [model.Example((f"w{n % 3}",), "yes" if n % 2 else "no") for n in range(12)]
    told = [model.Example(("w0", "x"), "no", wrong=True) for _ in range(6)]
    learned = model.learn([*seen, *told])
    before = model.learn(seen).shares(("w0",))
    after = learned.shares(("w0", "x"))
    assert after[learned.labels.index("no")] < before[0]


def test_the_same_examples_give_the_same_model() -> None:
    seen = [model.Example((f"w{n % 3}", "a"), "yes" if n % 2 else "no") for n in range(20)]
    one, other = model.learn(seen), model.learn(seen)
    assert (one.weights == other.weights).all()


def test_one_more_example_changes_nothing_for_what_it_does_not_resemble() -> None:
    seen = [model.Example((f"w{n % 3}", f"a{n % 5}"), "yes" if n % 2 else "no") for n in range(30)]
    other = [model.Example(("x", "y"), "no")] * 2
    before, after = model.learn(seen), model.learn([*other, *seen])
    words = ("w0", "a1")
    assert abs(before.shares(words) - after.shares(words)).max() < 1e-6
