"""Conversations at a person's pace, by hands that had not seen the code: how many hold.

Line by line they would pin today's wordings; the count is a floor that only rises.
"""

from pathlib import Path

import pytest

from tests.dialogue.driver import in_memory
from tests.dialogue.playing import Script, play, read
from tests.dialogue.tables import Driver, Table
from tests.dialogue.webhook_driver import Clock, Merchant, open_office
from tests.installed import House

HERE = Path(__file__).parent / "conversations"
FLOOR = {
    "callers.jsonl": 45,
    "clerks.jsonl": 46,
    "guests.jsonl": 34,
    "halfway.jsonl": 56,
    "hometowners.jsonl": 46,
    "merchants.jsonl": 31,
    "neighbours.jsonl": 48,
    "newcomers.jsonl": 38,
    "owners.jsonl": 40,
    "passersby.jsonl": 41,
    "people.jsonl": 78,
    "regulars.jsonl": 50,
    "repliers.jsonl": 57,
    "shopkeepers.jsonl": 58,
    "strangers.jsonl": 32,
    "townsfolk.jsonl": 52,
    "traders.jsonl": 50,
    "villagers.jsonl": 41,
    "visitors.jsonl": 39,
    "walks.jsonl": 75,
    "weekdays.jsonl": 58,
    "workers.jsonl": 27,
    "writers.jsonl": 27,
}
THROUGH_STORAGE = 16
"""One in so many is played through the real webhook too."""


def _every(step: int) -> list[Script]:
    return [script for name in sorted(FLOOR) for script in read(HERE / name)][::step]


@pytest.mark.parametrize("name", sorted(FLOOR))
def test_as_many_hold_as_before(name: str) -> None:
    played = [play(script, in_memory) for script in read(HERE / name)]
    assert sum(each.passed for each in played) >= FLOOR[name]


@pytest.mark.parametrize("script", _every(THROUGH_STORAGE), ids=lambda script: script.name)
def test_the_webhook_answers_as_memory_does(script: Script, house: House, clock: Clock) -> None:
    """What the merchant sees does not depend on storage: same checks fail, on the same turns."""

    def merchant(desk: Table) -> Driver:
        return Merchant(open_office(house, clock, desk), "oMerchant")

    kept = [exchange.faults for exchange in play(script, in_memory).exchanges]
    stored = [exchange.faults for exchange in play(script, merchant).exchanges]
    assert stored == kept
