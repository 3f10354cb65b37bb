"""不是这条: what a person refused is not said again to the same words."""

from dataclasses import replace
from pathlib import Path

import pytest

from faq.understanding import Understanding
from handlers.knowledge import learning, not_this, publications, published_bank
from handlers.knowledge.learning import Verb
from storage.database import Database
from storage.models.conversations import Consultant
from storage.queries import suggestions
from tests.conftest import Clock
from tests.installed import House, build_house

ASKED = "水价多少"


@pytest.fixture
def house(published: Database, clock: Clock, tmp_path: Path) -> House:
    """It answers from what is in force, and looks whenever it is asked to."""
    house = build_house(published, clock, tmp_path)
    shelf = published_bank.DatabaseBank(published, iter(range(0, 10**6, 10)).__next__)
    house.context = replace(house.context, published_bank=shelf)
    return house


def refuse(house: House, entry: str, by: Consultant) -> int:
    """The card of the only question in the queue."""
    card = learning.queue(house.context)[0]
    with house.database.write() as session:
        learning.act(session, card.id, Verb("not", entry), by, house.context.now())
    house.context.published_bank.refresh()
    return card.id


def entries(house: House, text: str) -> set[str]:
    meaning = house.context.published_bank.matcher().understand(text)
    return {name for name, _ in meaning.ranking} | {meaning.entry or "", *meaning.options}


def test_the_same_words_get_another_answer_at_once(house: House) -> None:
    by = house.consultant("王敏")
    assert "3 元" in house.says(ASKED)
    house.says("不是这个意思")
    number = refuse(house, "water-fees", by)
    assert "3 元" not in house.says(ASKED, openid="oOther")
    assert "3 元" not in house.says(f"您好，{ASKED}呀？谢谢", openid="oPolite")
    assert "3 元" in house.says("一吨水几块", openid="oNext"), "other words are not touched"
    with house.database.write() as session:
        learning.act(session, number, Verb("undo"), by, house.context.now())
    house.context.published_bank.refresh()
    assert "3 元" in house.says(ASKED, openid="oAgain")


def test_each_of_several_stays_refused_and_only_the_last_is_taken_back(house: House) -> None:
    by = house.consultant("王敏")
    house.says(ASKED)
    house.says("不是这个意思")
    refuse(house, "water-fees", by)
    number = refuse(house, "meter-change", by)
    assert not entries(house, ASKED) & {"water-fees", "meter-change"}
    with house.database.write() as session:
        learning.act(session, number, Verb("undo"), by, house.context.now())
    house.context.published_bank.refresh()
    assert "water-fees" not in entries(house, ASKED)
    with house.database.read() as session:
        assert list(not_this.refused(session).values()) == [{"water-fees"}]
        assert suggestions.open_ones(session)[0].refused == ["water-fees"]


def test_a_newer_verdict_ends_it_and_a_new_version_does_not(house: House, clock: Clock) -> None:
    by = house.consultant("王敏")
    house.says(ASKED)
    house.says("不是这个意思")
    number = refuse(house, "water-fees", by)
    clock.forward(minutes=1)
    publications.roll_back(house.context, 1, "小林")
    house.context.published_bank.refresh()
    assert house.context.published_bank.version() == 2
    assert "water-fees" not in entries(house, ASKED)
    with house.database.write() as session:
        learning.act(session, number, Verb("phrasing", "water-fees"), by, house.context.now())
    house.context.published_bank.refresh()
    assert "water-fees" in entries(house, ASKED)


def test_what_is_next_is_offered_only_where_it_is_likely() -> None:
    ranking = (("a", 0.9), ("b", 0.06), ("c", 0.005))
    meaning = Understanding("x", "answer", entry="a", ranking=ranking, sentence="A.", score=0.9)
    after = not_this.without(meaning, frozenset({"a"}))
    assert (after.outcome, after.entry, after.options) == ("options", None, ("b",))
    assert after.sentence is None
    after = not_this.without(meaning, frozenset({"a", "b"}))
    assert (after.outcome, after.entry, after.options) == ("none", None, ())
    offered = Understanding("x", "options", options=("a", "b"), ranking=ranking)
    assert not_this.without(offered, frozenset({"a"})).options == ("b",)
    assert not_this.without(offered, frozenset({"a", "b"})).outcome == "none"
