"""The published bank: one version in force, picked up by every process without a restart."""

import json
from dataclasses import replace

import pytest

from faq.bank import Bank, Entry, Neighbour
from faq.guides import read_files
from handlers.knowledge import bank_versions, published_bank
from storage.database import Database
from storage.models.conversations import BankVersion
from storage.polled import POLL_SECONDS
from storage.queries import banks
from tests.conftest import Clock

WATER = Entry(
    "water-open",
    "怎么开通自来水",
    "带上房产证去营业厅办理。",
    phrasings=("开水户要什么", "新房没水怎么开通", "办自来水", "水怎么报装"),
)
FEES = Entry(
    "water-fees",
    "水费多少钱一吨",
    "居民用水一吨 3 元。",
    phrasings=("水价多少", "一吨水几块", "水费怎么收", "水费单价"),
)


class Seconds:
    """A clock of one process, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_publishing_the_same_again_changes_nothing(database: Database, clock: Clock) -> None:
    bank = Bank((WATER, FEES))
    assert published_bank.publish(database, bank, by="test", now=clock())
    assert not published_bank.publish(database, bank, by="test", now=clock())


def test_a_new_version_is_in_force_elsewhere_within_seconds(
    database: Database, clock: Clock
) -> None:
    published_bank.publish(database, Bank((WATER, FEES)), by="test", now=clock())
    seconds = Seconds()
    elsewhere = published_bank.DatabaseBank(database, seconds)
    assert elsewhere.matcher().understand("水价多少").entry == "water-fees"
    dearer = replace(FEES, answer="居民用水一吨 4 元。")
    published_bank.publish(database, Bank((WATER, dearer)), by="test", now=clock())
    seconds.now += POLL_SECONDS
    elsewhere.refresh()
    assert elsewhere.bank().by_id["water-fees"].answer == "居民用水一吨 4 元。"


def test_a_matcher_stored_in_another_form_is_fitted_anew(database: Database, clock: Clock) -> None:
    published_bank.publish(database, Bank((WATER, FEES)), by="test", now=clock())
    with database.write() as session:
        session.query(BankVersion).update({"compiled": b"from another time"})
    assert (
        published_bank.DatabaseBank(database).matcher().understand("水价多少").entry == "water-fees"
    )


def test_without_a_published_bank_the_owner_is_told(database: Database) -> None:
    with pytest.raises(bank_versions.BankError, match="faq publish"):
        published_bank.DatabaseBank(database).bank()


def test_a_version_from_before_sources_gets_files_that_are_the_same_bank(
    database: Database, clock: Clock
) -> None:
    bank = Bank((WATER, FEES), (Neighbour("gas", "燃气", "燃气的事我们不办。", ("燃气费",)),))
    published_bank.publish(database, bank, by="test", now=clock())
    make_older(database, sources={})
    published_bank.freshen(database)
    with database.read() as session:
        sources = banks.get(session, 1).sources
    assert set(sources) == {"guide.md", "vocabulary.toml"}
    assert read_files(sources)[0] == bank


def test_an_older_version_of_the_shipped_firm_goes_on_hearing_what_it_heard(
    database: Database, clock: Clock
) -> None:
    bank = bank_versions.read(bank_versions.GUIDES)
    sources = bank_versions.read_sources(bank_versions.GUIDES)
    published_bank.publish(database, bank, by="test", now=clock(), sources=sources)
    older = {name: text for name, text in sources.items() if name != "sayings.toml"}
    make_older(
        database, sources=older | {"firm.toml": 'name = "店伴"\n[texts]\nwelcome = "您好"\n'}
    )
    published_bank.freshen(database)
    with database.read() as session:
        again = read_files(banks.get(session, 1).sources)[0]
    assert again.firm == replace(bank.firm, texts={**bank.firm.texts, "welcome": ("您好",)})


def make_older(database: Database, *, sources: dict[str, str]) -> None:
    """As the program left it that kept neither these files nor how merchants speak."""
    with database.write() as session:
        row = banks.get(session, 1)
        content = json.loads(row.content)
        if content["firm"]["texts"]:
            content["firm"] = {"name": "店伴", "things": [], "texts": {"welcome": ["您好"]}}
        for name in ("sayings", "menu", "inquiry"):
            content["firm"].pop(name, None)
        row.content, row.sources = json.dumps(content, ensure_ascii=False), sources


def test_a_version_keeps_the_files_as_they_were_written(database: Database, clock: Clock) -> None:
    folder = bank_versions.GUIDES
    sources = bank_versions.read_sources(folder)
    published_bank.publish(
        database, bank_versions.read(folder), by="test", now=clock(), sources=sources
    )
    with database.read() as session:
        kept = banks.get(session, 1).sources
    assert kept["deposit.md"] == (folder / "deposit.md").read_text(encoding="utf-8")
    assert kept == sources
