"""A model may name a move of the open walk; never one that touches a case, a form or a rating."""

import pytest

from handlers.dialogue import guesses, table
from handlers.dialogue.types import Unclear
from handlers.model import prompts
from handlers.model.prompts import MOVES, Candidate
from tests.dialogue.driver import Conversation, in_memory

UNCLEAR = "瞅着像那么回事"


def walking(choice: str | None) -> Conversation:
    """On the first step, with somebody who chooses this for whatever is not clear."""
    driver = in_memory({})
    driver.message("text", "保证金怎么退")
    assert "第 1 步" in driver.message("text", "下一步").text
    driver.opinion = (lambda _: choice) if choice is not None else None
    return driver


def test_the_moves_of_an_open_walk_are_offered() -> None:
    driver = walking(None)
    driver.message("text", UNCLEAR)
    unclear = driver.turns[-1][1].unclear
    assert isinstance(unclear, Unclear)
    assert unclear.open == "walk"
    assert {"next", "done", "back"} <= set(unclear.moves)
    assert not {"human", "cancel", "call_off_human", "rate", "solved"} & set(unclear.moves)


def test_a_chosen_move_steers_the_walk_with_the_guides_own_text() -> None:
    assert "第 2 步" in walking("move:done").message("text", UNCLEAR).text


@pytest.mark.parametrize("choice", ["move:human", "move:rate", "move:solved", "move:", "move:x"])
def test_a_move_that_was_not_offered_changes_nothing(choice: str) -> None:
    without = walking("").message("text", UNCLEAR)
    assert walking(choice).message("text", UNCLEAR) == without


def test_a_move_that_would_open_a_case_changes_nothing() -> None:
    """Stuck again and again calls a person when the merchant says so, not when a model does."""
    driver = walking("move:stuck")
    cases = [driver.message("text", UNCLEAR).case for _ in range(4)]
    assert "stuck" not in cases
    assert set(cases) <= {"", "not_understood"}, "what it makes of it without a model"


def test_outside_a_walk_no_move_is_offered() -> None:
    driver = in_memory({})
    driver.message("text", "账户有问题")
    unclear = driver.turns[-1][1].unclear
    assert unclear is None or unclear.moves == ()


def test_every_move_that_may_be_offered_is_told_in_words_and_stands_in_the_table() -> None:
    offered = {move for moves in guesses.OFFERED.values() for move in moves}
    assert offered == set(MOVES)
    for state, moves in guesses.OFFERED.items():
        assert all(state in table.TABLE[move] for move in moves)


def test_an_answer_names_an_entry_or_a_move_that_was_offered() -> None:
    known = (Candidate("refund", "钱怎么退", ""),)
    for text, choice in (
        ('{"id": "move:next"}', "move:next"),
        ('{"id": "move:back"}', "none"),
        ('{"id": "next"}', "none"),
        ('{"id": "refund"}', "refund"),
    ):
        assert prompts.read_choice(text, known, ("next", "done")) == choice


def test_the_question_names_the_moves() -> None:
    asked = prompts.choose("嗯呐", [], "walk", (), ("next",))
    assert '"moves": [{"id": "move:next"' in asked[1]["content"]
