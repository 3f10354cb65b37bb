"""The firm's own sayings of moves: beside the guides, in `sayings.toml`."""

import pytest

from faq.moves import recogniser
from handlers.dialogue import moves, sayings, sayings_check
from tests.dialogue.driver import firm

OWN = """
[moves]
next = ["冲鸭"]
again = ["没听真著"]
"""


@pytest.mark.parametrize(
    ("said", "move"), [("冲鸭", "next"), ("好嘞，衝鴨！", "next"), ("没听真著", "again")]
)
def test_an_owners_saying_makes_its_move(said: str, move: str) -> None:
    heard = recogniser.recogniser().hear(said, "walk", sayings.read(OWN).moves)
    assert moves.choose(heard, ("walk", "idle")).move == move


def test_without_it_nothing_is_taken_for_the_move() -> None:
    heard = recogniser.recogniser().hear("冲鸭", "walk")
    assert moves.choose(heard, ("walk", "idle")).move != "next"


def test_an_unknown_move_is_refused_by_name() -> None:
    bank, _, _ = firm()
    assert sayings_check.problems(OWN, bank) == []
    told = sayings_check.problems("[moves]\nfly = ['起飞']", bank)
    assert len(told) == 1
    assert "「fly」" in told[0]
    assert "call_off_human" in told[0]


def test_a_saying_alone_is_no_list() -> None:
    bank, _, _ = firm()
    told = sayings_check.problems("[moves]\nnext = '冲鸭'", bank)
    assert told == ["moves.next 要写成一列说法，比如 next = ['整下一个']"]
