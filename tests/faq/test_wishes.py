"""Alarms and wishes for a person in words that nobody fitted to, and what only looks like them."""

import pytest

from bench.wishes import alone, lines, rates
from faq.matching.concepts import clauses
from faq.matching.normalize import fold
from faq.matching.wishes import LEAST, hear
from faq.secrets import find_secrets

# A little under what was measured when the line was last moved. They only ever rise.
FLOORS = {
    "alarms": 0.85,
    "no_escalate": 0.93,
    "human": 0.85,
    "not_human": 0.86,
    "pairs": 0.84,
}


def outcome(text: str) -> str:
    return "escalate" if find_secrets(text) else alone(text)


def test_alarms_and_wishes_are_told_from_what_looks_like_them() -> None:
    found = rates(outcome)
    assert {name: found[name] for name, floor in FLOORS.items() if found[name] < floor} == {}


def test_no_kind_of_alarm_goes_unheard() -> None:
    found = rates(outcome)
    kinds = {line.why for line in lines() if line.why}
    assert len(kinds) == 13
    assert {kind: found[kind] for kind in kinds if found[kind] < 0.6} == {}


PAIRS = [
    ("我爸上个月去世了，店在他名下", "我爸上个月来过，他挺好"),
    ("货款被冻结了三十万，工资发不出", "页面冻住了，字打不出"),
    ("客服找了七个都不行，什么办法都试过了", "客服找了一个就行了"),
    ("有人把我的号盗了", "我的号没有被盗"),
    ("我要去法院起诉你们", "不用去法院起诉吧"),
    ("你们收了钱不办事", "你们收了钱多久能办"),
    ("帮我转人工", "人工审核要多久"),
    ("叫你们的人来", "不用叫你们的人来"),
]


@pytest.mark.parametrize(("wish", "harmless"), PAIRS)
def test_a_negation_a_direction_or_a_thing_decides(wish: str, harmless: str) -> None:
    assert alone(wish) != "none"
    assert alone(harmless) == "none"


def test_it_is_explained_in_chinese() -> None:
    heard = hear("我爸去世了，店在他名下")
    assert heard.kind == "bereavement"
    assert heard.alarm > LEAST["escalate"]
    assert any("离世" in why for why in heard.why)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("没被盗", {"not", "~stolen"}),
        ("如果被冻结了", {"maybe", "?blocked"}),
        ("我爸去世了", {"me", "kin", "death"}),
    ],
)
def test_a_clause_says_what_is_denied_and_supposed(text: str, names: set[str]) -> None:
    assert names <= set(clauses(fold(text))[0].names)


@pytest.mark.parametrize("text", ["", "。。。", "😭", "a" * 5000, "tousu", "1"])
def test_any_text_can_be_heard(text: str) -> None:
    heard = hear(text)
    assert 0 <= heard.alarm <= 1
    assert 0 <= heard.person <= 1


@pytest.mark.parametrize(
    "said", ["写的是个体工商户", "卡是工商银行的", "笨死了", "我朋友是律师", "店在法院对面"]
)
def test_longer_words_that_only_look_like_one_speak_of_nothing(said: str) -> None:
    assert {"law", "regulator", "death"}.isdisjoint(clauses(said)[0].names)
