"""The visible evaluation scripts, driven in memory."""

from pathlib import Path

import pytest

from tests.dialogue_driver import in_memory
from tests.dialogue_tables import Dialogue, run, scripts

SCRIPTS = Path(__file__).parent / "data" / "dialogues.jsonl"


@pytest.mark.parametrize("dialogue", scripts(SCRIPTS), ids=str)
def test_script(dialogue: Dialogue) -> None:
    assert run(dialogue, in_memory) == []
