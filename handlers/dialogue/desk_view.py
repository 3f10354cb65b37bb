"""What the desk may know and change of the dialogue's memory: typed, and never through its JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from faq.bank import Bank, Entry
from handlers.dialogue import facts, sayings
from handlers.dialogue.memory import recall


@dataclass(frozen=True, slots=True)
class WalkPosition:
    """Where the merchant stands in an entry's steps. `step` counts from 1."""

    entry: Entry
    step: int
    stuck: int


def walk_position(stored: Mapping[str, object], bank: Bank, now: datetime) -> WalkPosition | None:
    """The walk that is open, or the one that another interrupted; None without a step shown."""
    memory = recall(stored, bank, now)
    for walk in (memory.walk, memory.paused):
        if walk is not None and walk.step:
            return WalkPosition(bank.by_id[walk.entry], walk.step, walk.stuck)
    return None


def facts_told(
    stored: Mapping[str, object], bank: Bank, now: datetime, *, case_open: bool = True
) -> tuple[str, ...]:
    """What the merchant told of their situation, as lines: 店铺主体：企业."""
    known = recall(stored, bank, now).facts_now(now, case_open=case_open)
    return facts.in_words(known, sayings.read(bank.firm.sayings))


def called(stored: Mapping[str, object], bank: Bank, now: datetime) -> str:
    """How the merchant said to be called; "" when they did not."""
    return recall(stored, bank, now).called


SHOP_TYPE_FACT = "subject"
"""The fact of `sayings.toml` that says what kind of shop it is."""


def shop_type(stored: Mapping[str, object], bank: Bank, now: datetime) -> str:
    """企业 or 个体工商户, as the merchant told it; "" when they did not."""
    known = recall(stored, bank, now).facts_now(now, case_open=True)
    told = {fact: word for fact, word in known.items() if fact == SHOP_TYPE_FACT and word}
    return "、".join(facts.labels(told, sayings.read(bank.firm.sayings)))


def told_later(
    stored: Mapping[str, object], bank: Bank, now: datetime, handed: str
) -> dict[str, object]:
    """The memory after a consultant left without a word: the next answer begins with one."""
    return replace(recall(stored, bank, now), handed=handed).to_json(at=now.isoformat())


def may_ask_rating(stored: Mapping[str, object], bank: Bank, now: datetime) -> bool:
    """Not in trouble or anger, and not asked within a month."""
    memory = recall(stored, bank, now)
    return not memory.calm and not memory.rated_lately(now)


def expecting_rating(stored: Mapping[str, object], bank: Bank, now: datetime) -> dict[str, object]:
    """The memory after the bot asked for a rating: the next digit answers it."""
    memory = replace(recall(stored, bank, now), numbers="rating", rated=now.isoformat())
    return memory.to_json(at=now.isoformat())
