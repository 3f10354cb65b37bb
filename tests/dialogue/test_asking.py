"""How merchants ask: what stands around a question, and how many there are."""

import pytest

from handlers.dialogue import asking


@pytest.mark.parametrize(
    ("said", "core"),
    [
        ("昨天刚下夜班 娃还在闹，想问下押金几天能退", "押金几天能退"),
        ("改密码你带着我弄一遍呗", "改密码"),
        ("抖店怎么关 我不太会弄", "抖店怎么关"),
        ("想问下押金几天能退", "押金几天能退"),
    ],
)
def test_only_the_question_is_left(said: str, core: str) -> None:
    assert asking.unwrapped(said) == core


def test_a_voice_counts_its_questions() -> None:
    said = "第一个是退押金要什么材料第二个是审核得几天"
    assert asking.two_questions(said) == ("退押金要什么材料", "审核得几天")


@pytest.mark.parametrize("said", ["对了 关店要几天来着", "顺便问下周末审不审"])
def test_what_is_asked_in_passing(said: str) -> None:
    assert asking.is_aside(said)


def test_a_problem_is_not_asked_in_passing() -> None:
    assert not asking.is_aside("保证金怎么退都退不了")
