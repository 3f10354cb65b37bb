"""A turn is decided without a lock, and counts only if nothing has changed meanwhile."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

import pytest
from sqlalchemy import select

from faq.understanding import Matcher, Topic, TopicLine, Understanding
from handlers import cases
from handlers.dialogue.memory import Memory
from handlers.ops import erasure
from handlers.outbound import outbox
from storage.database import AgainError, Database
from storage.models.conversations import Conversation, Note
from storage.queries import consultants, conversations, turns
from storage.queries.turns import Snapshot
from tests.conftest import Clock
from tests.installed import House, ShippedBank, shipped_matcher
from wechat.quota import Window

WHO = "oMerchant"
Meanwhile = Callable[[Database], object]
Slow = Callable[..., None]


@dataclass
class SlowBank(ShippedBank):
    """A matcher that takes so long that other things happen `meanwhile`, in another process."""

    database: Database
    meanwhile: Meanwhile
    times: int
    asked: int = 0

    def matcher(self) -> Matcher:
        return self

    def understand(self, text: str, context: Topic | None = None) -> Understanding:
        self.asked += 1
        if self.asked <= self.times:
            self.meanwhile(self.database)
        return shipped_matcher().understand(text, context)

    def within(self, entry: str, text: str) -> Sequence[TopicLine]:
        return shipped_matcher().within(entry, text)


@pytest.fixture
def slow(house: House) -> Iterator[Slow]:
    """From now on something happens while the bot decides, the first `times` times."""
    other = Database(house.database.url)

    def slow(meanwhile: Meanwhile, times: int = 1) -> None:
        house.context = replace(house.context, published_bank=SlowBank(other, meanwhile, times))

    yield slow
    other.close()


def test_a_consultant_who_takes_over_while_the_bot_decides_silences_it(
    house: House, slow: Slow
) -> None:
    li = house.consultant("小李")
    house.says("转人工")

    def claim(database: Database) -> None:
        with database.write() as session:
            conversation = conversations.lock(session, WHO, house.context.now())
            cases.claim(session, conversation, li, house.context.now(), limit=0)

    slow(claim)
    assert house.says("保证金怎么退") == ""
    assert house.said()[-1].author == "merchant"
    assert house.state() == "consultant"


def test_words_of_a_consultant_that_come_meanwhile_go_first(
    house: House, clock: Clock, slow: Slow
) -> None:
    """On a passive account, after the case was given back to the bot."""
    house.with_firm(account="passive")
    li = house.consultant("小李")
    house.says("转人工")

    def say_and_release(database: Database) -> None:
        now = clock.forward(seconds=1)
        with database.write() as session:
            conversation = conversations.lock(session, WHO, now)
            cases.claim(session, conversation, li, now, limit=0)
            outbox.say_as_consultant(
                session, conversation, li, outbox.OutgoingText("材料齐了。", "k"), now
            )
            cases.release(session, conversation, li, now)

    slow(say_and_release)
    reply = house.says("保证金怎么退")
    assert reply.startswith("材料齐了。")
    assert "保证金" in reply


def test_a_merchant_who_is_erased_meanwhile_begins_anew(house: House, slow: Slow) -> None:
    house.says("保证金怎么退")
    slow(lambda database: erasure.forget(replace(house.context, database=database), WHO))
    assert house.says("关店要满足什么条件")
    assert len(house.said()) == 2


def test_many_messages_of_one_new_merchant_at_once_are_each_answered_once(house: House) -> None:
    """谢谢 in one breath with the next message is read with that one, and may get no words."""
    texts = ["谢谢", "保证金怎么退", "下一步", "关店要满足什么条件"] * 3
    with ThreadPoolExecutor(len(texts)) as pool:
        replies = list(pool.map(house.says, texts))
    assert all(reply for text, reply in zip(texts, replies, strict=True) if text != "谢谢")
    said = house.said()
    assert sorted(line.text for line in said if line.author == "merchant") == sorted(texts)
    # One turn after another: nobody's words come between a message and its reply.
    assert [line.author for line in said].count("bot") == sum(map(bool, replies))
    for line, after in pairwise(said):
        assert line.author != "merchant" or line.text == "谢谢" or after.author == "bot"
        assert line.author != "bot" or after.author == "merchant"
    assert said[-1].author == "bot" or said[-1].text == "谢谢"
    with house.database.read() as session:
        memory = session.scalars(select(Conversation.memory)).one()
    assert memory["turns"] >= sum(map(bool, replies)) + Memory().turns


def test_the_second_time_the_conversation_is_held(house: House, slow: Slow) -> None:
    house.says("关店要满足什么条件")
    attempts: list[Future[None]] = []

    def disturb(database: Database) -> None:
        with database.write() as session:
            conversation = conversations.lock(session, WHO, house.context.now())
            conversations.touch(session, conversation, house.context.now())

    def twice(database: Database) -> None:
        attempts.append(pool.submit(disturb, database))
        done, _ = wait(attempts[-1:], timeout=0.3)
        assert bool(done) == (len(attempts) == 1)

    with ThreadPoolExecutor(1) as pool:
        slow(twice, times=2)
        assert "保证金" in house.says("保证金怎么退")
    assert len(attempts) == 2
    assert not attempts[1].exception()


def test_nothing_of_an_erased_merchant_comes_back_in_a_new_beginning(
    database: Database, clock: Clock
) -> None:
    """Erased, and written again as often as before, while somebody still decided on the old."""

    def begin() -> Snapshot:
        with database.write() as session:
            conversations.lock(session, WHO, clock())
        return known(database)

    old = begin()
    with database.write() as session:
        session.delete(conversations.lock(session, WHO, clock()))
    clock.forward(seconds=1)
    new = begin()
    assert old.version == new.version
    with database.turn(database.patience()) as turn:
        assert not turns.hold(turn, [old], clock())


def test_every_change_to_a_conversation_raises_its_version(
    database: Database, clock: Clock
) -> None:
    def change(work: Callable[[Conversation], None]) -> int:
        with database.write() as session:
            work(conversations.lock(session, WHO, clock()))
        version = known(database).version
        assert version is not None
        return version

    seen = [
        change(lambda _: None),
        change(lambda conversation: outbox.set_window(conversation, Window(3, clock()))),
        change(lambda conversation: setattr(conversation, "name", "小店")),
        change(lambda conversation: setattr(conversation, "memory", {"turns": 1})),
    ]
    assert seen == [0, 1, 2, 3]


def known(database: Database, openid: str = WHO) -> Snapshot:
    with database.turn(database.patience()) as turn:
        return turns.snapshot(turn.connection, openid)


def advance(database: Database, since: Snapshot, memory: dict[str, int], now: datetime) -> int:
    """The conversation's id; 0 when it was not as it was."""
    with database.turn(database.patience()) as turn:
        held = turns.hold(turn, [since], now)
        for key in held.values():
            change = turns.ConversationUpdate(key, since, memory, True, now, 5, now)  # noqa: FBT003
            turns.advance(turn.connection, [change], now)
    return held.get(since.openid, 0)


def test_a_snapshot_counts_once(database: Database, clock: Clock) -> None:
    unknown = known(database)
    first = advance(database, unknown, {}, clock())
    assert not advance(database, unknown, {"b": 1}, clock())
    seen = known(database)
    assert advance(database, seen, {"a": 1}, clock()) == first
    assert not advance(database, seen, {"b": 1}, clock())
    assert known(database).memory == {"a": 1}


@pytest.mark.postgres
def test_a_turn_waits_for_no_conversation_that_somebody_else_holds(
    postgres: Database, clock: Clock
) -> None:
    """So two groups that each hold what the other wants never hang."""
    for name in ("oOne", "oTwo"):
        with postgres.write() as session:
            conversations.lock(session, name, clock())
    both = [known(postgres, name) for name in ("oOne", "oTwo")]
    with postgres.write() as session:
        conversation = conversations.lock(session, "oOne", clock())
        with postgres.turn(postgres.patience()) as turn:
            assert list(turns.hold(turn, both, clock())) == ["oTwo"]
        conversations.touch(session, conversation, clock())


@pytest.mark.postgres
def test_a_note_that_is_being_written_holds_no_turn_up(postgres: Database, clock: Clock) -> None:
    with postgres.write() as session:
        author = consultants.add(
            session, name="小李", password="correct horse", role="consultant", now=clock()
        ).id
        conversations.lock(session, WHO, clock())
    since = known(postgres)
    with postgres.write() as session:
        conversation = conversations.by_openid(session, WHO)
        assert conversation is not None
        session.add(
            Note(
                conversation_id=conversation.id, consultant_id=author, text="急", created_at=clock()
            )
        )
        session.flush()
        assert advance(postgres, since, {}, clock()) == conversation.id


@pytest.mark.postgres
def test_a_turn_that_loses_a_deadlock_may_be_tried_again(postgres: Database, clock: Clock) -> None:
    """Two turns that each want what the other holds: nobody hangs, and one wins."""
    for name in ("oOne", "oTwo"):
        with postgres.write() as session:
            conversations.lock(session, name, clock())
    both_hold = threading.Barrier(2, timeout=10)

    def cross(first: str, second: str) -> str:
        try:
            with postgres.turn(postgres.patience()) as turn:
                turns.wait_for(turn, first)
                both_hold.wait()
                turns.wait_for(turn, second)
        except AgainError:
            return "again"
        return "stored"

    with ThreadPoolExecutor(2) as pool:
        ends = pool.map(cross, ["oOne", "oTwo"], ["oTwo", "oOne"])
    assert sorted(ends) == ["again", "stored"]
