"""The bot's specification: every table of `tests/dialogues/`, driven in memory."""

from pathlib import Path

import pytest

from tests.dialogue.driver import in_memory
from tests.dialogue.tables import Dialogue, run, tables


@pytest.mark.parametrize("dialogue", tables(Path(__file__).parent / "scripts"), ids=str)
def test_table(dialogue: Dialogue) -> None:
    assert run(dialogue, in_memory) == []
