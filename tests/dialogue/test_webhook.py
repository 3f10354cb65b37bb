"""The bot's specification again, through the real webhook on real storage."""

from pathlib import Path

import pytest

from tests.dialogue.tables import Dialogue, Driver, Table, run, scripts, tables
from tests.dialogue.webhook_driver import Clock, Merchant, open_office
from tests.installed import House

HERE = Path(__file__).parent
EVERYTHING = (*tables(HERE / "scripts"), *scripts(HERE.parent / "data" / "dialogues.jsonl"))


@pytest.mark.parametrize("dialogue", EVERYTHING, ids=str)
def test_dialogue(dialogue: Dialogue, house: House, clock: Clock) -> None:
    def new_merchant(desk: Table) -> Driver:
        return Merchant(open_office(house, clock, desk), "oMerchant")

    assert run(dialogue, new_merchant) == []
