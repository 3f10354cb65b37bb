"""The visible evaluation scripts, driven in memory."""

from pathlib import Path

import pytest

from tests.dialogue.driver import in_memory
from tests.dialogue.tables import Dialogue, run, scripts

SCRIPTS = Path(__file__).parents[1] / "data" / "dialogues.jsonl"


@pytest.mark.parametrize("dialogue", scripts(SCRIPTS), ids=str)
def test_script(dialogue: Dialogue) -> None:
    assert run(dialogue, in_memory) == []
