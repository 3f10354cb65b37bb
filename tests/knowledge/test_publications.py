"""The gate: what is published, what is blocked, and what is left when something breaks."""

from dataclasses import replace
from pathlib import Path

import pytest

from faq import writing
from faq.guides import read_files
from faq.matching import matcher, vectors
from handlers.context import Context
from handlers.knowledge import (
    bank_versions,
    drafts,
    gate_process,
    publications,
    published_bank,
    verdicts,
)
from handlers.knowledge.drafts import Editor
from handlers.knowledge.gate_process import Task
from handlers.knowledge.publications import PublishRequest, RunningError, UnknownVersionError
from handlers.knowledge.verdicts import ConsultantVerdict, Judge
from storage.database import Database
from storage.models.conversations import Conversation, Message
from storage.models.knowledge import Publication
from storage.queries import banks
from tests.conftest import Clock
from tests.installed import House, build_house
from tests.knowledge.water import WATER_BANK, compiled

WISH = PublishRequest("小林")


@pytest.fixture
def context(published: Database, clock: Clock, tmp_path: Path) -> Context:
    return build_house(published, clock, tmp_path).context


def edit(context: Context, entry: str, **fields: object) -> None:
    with context.database.write() as session:
        drafts.put_entry(session, entry, fields, Editor("小林", context.now()))


def publish(context: Context, wish: PublishRequest = WISH) -> Publication:
    publication_id = publications.publish_draft(context, wish)
    publications.run(context, publication_id, "here")
    found = publications.find(context, publication_id)
    assert found is not None
    return found


def answer(context: Context, entry: str) -> str:
    return published_bank.DatabaseBank(context.database).bank().by_id[entry].answer


def judged(context: Context, text: str, entry: str, verdict: str = "entry") -> None:
    """A merchant asked this, and a consultant said what is right."""
    house = House(context)
    person = house.consultant("王敏")
    with context.database.write() as session:
        talk = Conversation(
            openid="oWho", created_at=context.now(), updated_at=context.now(), memory={}
        )
        session.add(talk)
        session.flush()
        said = Message(
            conversation_id=talk.id,
            author="merchant",
            text=text,
            understanding={"outcome": "answer", "entry": entry},
            created_at=context.now(),
        )
        session.add(said)
        session.flush()
        bank = drafts.view(session).bank()
        said_so = ConsultantVerdict(verdict, entry)
        verdicts.give(session, said, said_so, Judge(person.id, context.now()), bank)


def test_an_edit_goes_through_the_gate_into_force(context: Context) -> None:
    edit(context, "water-fees", answer="居民用水一吨 4 元。")
    done = publish(context)
    assert (done.state, done.version) == ("published", 2)
    assert answer(context, "water-fees") == "居民用水一吨 4 元。"
    with context.database.read() as session:
        assert not drafts.view(session).pending()
        version = banks.get(session, 2)
        assert "一吨 4 元" in version.sources["water.md"]
        assert (version.origin, version.published_by) == ("desk", "小林")


def test_a_verdict_that_would_break_blocks_and_force_leaves_a_trace(context: Context) -> None:
    judged(context, "水价多少呀", "water-fees")
    with context.database.write() as session:
        drafts.remove_entry(session, "water-fees", Editor("小林", context.now()))
    blocked = publish(context)
    assert (blocked.state, blocked.version) == ("blocked", None)
    assert [(item["text"], item["before"], item["blocks"]) for item in blocked.report["worse"]] == [
        ("水价多少呀", "water-fees", True)
    ]
    assert answer(context, "water-fees") == "居民用水一吨 3 元。"
    with context.database.read() as session:
        assert len(drafts.view(session).pending()) == 1, "the draft is as it was"
    forced = publish(context, replace(WISH, force=True))
    assert (forced.state, forced.report["forced"]) == ("published", True)
    with context.database.read() as session:
        assert banks.get(session, 2).note == "强制发布"


def test_what_is_edited_while_it_runs_stays_in_the_draft(context: Context) -> None:
    edit(context, "water-fees", answer="居民用水一吨 4 元。")
    publication_id = publications.publish_draft(context, WISH)
    edit(context, "water-fees", answer="居民用水一吨 5 元。")
    edit(context, "water-open", answer="网上也能办。")
    publications.run(context, publication_id, "here")
    assert answer(context, "water-fees") == "居民用水一吨 4 元。"
    with context.database.read() as session:
        draft = drafts.view(session)
    assert draft.find("water-fees").entry.answer == "居民用水一吨 5 元。"
    assert draft.find("water-open").entry.answer == "网上也能办。"


def test_one_runs_at_a_time_and_the_second_learns_its_number(context: Context) -> None:
    first = publications.publish_draft(context, WISH)
    with pytest.raises(RunningError) as running:
        publications.publish_draft(context, WISH)
    assert running.value.publication == first


def test_a_process_that_died_leaves_everything_as_it_was(context: Context, clock: Clock) -> None:
    edit(context, "water-fees", answer="居民用水一吨 4 元。")
    dead = publications.publish_draft(context, WISH)
    clock.forward(minutes=1)
    found = publications.find(context, dead)
    assert found is not None
    assert (found.state, found.error) == ("failed", publications.GONE)
    assert answer(context, "water-fees") == "居民用水一吨 3 元。"
    assert publish(context).state == "published"


def test_a_gate_that_is_killed_leaves_everything_as_it_was(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child that compiles is killed in the middle, as a machine short of memory does."""
    edit(context, "water-fees", answer="居民用水一吨 4 元。")
    monkeypatch.setattr(gate_process, "SECONDS", 0.2)
    done = publish(context)
    assert (done.state, done.error, done.version) == ("failed", publications.BROKEN, None)
    assert answer(context, "water-fees") == "居民用水一吨 3 元。"
    with context.database.read() as session:
        assert [each.name for each in drafts.view(session).pending()] == ["entry:water-fees"]
    monkeypatch.undo()
    assert publish(context).state == "published"


def test_files_with_mistakes_change_nothing(context: Context) -> None:
    publication_id = publications.publish_files(context, {"a.md": "## 没有编号\n"}, WISH)
    publications.run(context, publication_id, "here")
    found = publications.find(context, publication_id)
    assert found is not None
    assert found.state == "failed"
    assert "编号" in found.error
    assert len(publications.history(context)) == 1


def test_an_old_version_is_back_at_once_and_the_draft_stays(context: Context) -> None:
    edit(context, "water-fees", answer="居民用水一吨 4 元。")
    publish(context)
    edit(context, "water-open", answer="网上也能办。")
    back = publications.find(context, publications.roll_back(context, 1, "小林"))
    assert back is not None
    assert (back.state, back.version) == ("published", 3)
    assert published_bank.DatabaseBank(context.database).bank() == WATER_BANK
    with context.database.read() as session:
        draft = drafts.view(session)
    assert draft.find("water-fees").entry.answer == "居民用水一吨 4 元。"
    assert draft.find("water-open").entry.answer == "网上也能办。"
    assert [(each.id, each.origin) for each in publications.history(context)] == [
        (3, "rollback"),
        (2, "desk"),
        (1, "files"),
    ]
    with pytest.raises(UnknownVersionError):
        publications.roll_back(context, 99, "小林")


def test_the_firms_own_questions_and_real_ones_are_replayed(context: Context) -> None:
    questions = '{"text": "水价多少呢", "kind": "in", "accept": ["water-open"]}\n'
    with context.database.write() as session:
        draft = drafts.locked(session, context.now())
        drafts.put_file(session, draft, "questions.jsonl", questions, Editor("小林", context.now()))
    done = publish(context)
    assert done.report["counts"]["asked"] == 1
    assert done.report["score"] == 0.0


def test_the_gate_fits_with_the_chosen_vectors(tmp_path: Path) -> None:
    sources = writing.files(WATER_BANK)
    try:
        vectors.choose(vectors.NONE, tmp_path)
        outcome = gate_process.run(Task(sources, None, [], [], fit_only=True), lambda *_: None)
        bank, _ = read_files(sources)
        fitted = published_bank.matcher_of(bank, outcome.compiled)
        assert outcome.compiled.startswith(matcher.fingerprint(bank).encode())
        assert isinstance(fitted, matcher.TrainedMatcher)
        assert fitted.library.meant is None
    finally:
        vectors.choose(vectors.BUILTIN, tmp_path)


def test_what_only_words_differently_is_asked_once() -> None:
    """The same bank in another firm's words understands the same: only the new one is asked."""
    other = replace(WATER_BANK, firm=replace(WATER_BANK.firm, name="水务二所"))
    assert published_bank.fit_alike(WATER_BANK, other)
    fees = replace(WATER_BANK.entries[2], answer="一吨 5 元。")
    assert not published_bank.fit_alike(WATER_BANK, replace(WATER_BANK, entries=(fees,)))


def test_real_questions_that_differ_in_courtesies_are_asked_once() -> None:
    real = ["您好，水费一吨几块？", "水費一噸幾塊呢", "水费一吨几块", "几点关门"]
    less = replace(WATER_BANK, entries=WATER_BANK.entries[:2])
    old = bank_versions.BANK.dump_json(less).decode(), published_bank.compile_bank(less)
    task = Task(writing.files(WATER_BANK), old, [], list(enumerate(real)))
    report = gate_process.run(task, lambda *_: None).report
    assert report is not None
    assert report["counts"]["asked"] == 4
    assert {item["text"]: item["times"] for item in report["judge"]} == {real[0]: 3}


def test_what_is_replayed_means_what_merchants_get() -> None:
    fitted = published_bank.matcher_of(WATER_BANK, compiled())
    texts = [
        "水费多少钱一吨",
        "水费",
        "煤气没气了",
        "转人工",
        "我要投诉",
        "谢谢",
        "👍",
        "高铁票",
        "",
    ]
    for text in texts:
        told = fitted.understand(text)
        assert replace(told, explain=fitted.meaning(text).explain) == fitted.meaning(text)
        assert told.explain


def test_what_is_not_this_entry_may_not_become_it(context: Context) -> None:
    judged(context, "高铁票怎么改签", "water-open", "wrong")
    edit(context, "water-open", aliases=["开水户要什么", "高铁票怎么改签"])
    done = publish(context)
    assert done.state == "blocked"
    assert [each["text"] for each in done.report["worse"]] == ["高铁票怎么改签"]
