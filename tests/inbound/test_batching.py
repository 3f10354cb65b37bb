"""What comes while others are being stored is stored together afterwards."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from faq.understanding import Matcher, Topic, TopicLine, Understanding
from handlers.inbound.batching import GroupCommit
from storage.database import DatabaseDownError
from storage.models.conversations import ReceivedPush
from tests.installed import House, ShippedBank, shipped_matcher

Groups = GroupCommit[int, int]


class Slow:
    """Work that goes on when it is told to, and remembers the groups it was given."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.begun = threading.Event()
        self.go = threading.Event()

    def __call__(self, jobs: Sequence[int]) -> list[int]:
        self.groups.append(list(jobs))
        self.begun.set()
        self.go.wait(10)
        return [job * 10 for job in jobs]


def all_waiting(groups: Groups, count: int) -> bool:
    while len(groups._waiting) < count:
        threading.Event().wait(0.001)
    return True


def test_who_comes_alone_goes_alone() -> None:
    work = Slow()
    work.go.set()
    groups = Groups(leaders=1)
    assert [groups.do(job, work) for job in range(3)] == [0, 10, 20]
    assert work.groups == [[0], [1], [2]]


def test_who_waits_goes_together_and_each_gets_its_own_result() -> None:
    work, groups = Slow(), Groups(leaders=1, most=4)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(groups.do, 0, work)
        work.begun.wait(10)
        others = [pool.submit(groups.do, job, work) for job in range(1, 8)]
        assert all_waiting(groups, 7)
        work.go.set()
        assert first.result() == 0
        assert [each.result() for each in others] == [10, 20, 30, 40, 50, 60, 70]
    assert [len(group) for group in work.groups] == [1, 4, 3]


def test_an_error_is_everybodys_and_the_next_group_goes_on() -> None:
    groups = Groups(leaders=1)
    slow = Slow()

    def fail(jobs: Sequence[int]) -> list[int]:
        raise DatabaseDownError(str(len(jobs)))

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(groups.do, 0, slow)
        slow.begun.wait(10)
        failing = [pool.submit(groups.do, job, fail) for job in (1, 2)]
        assert all_waiting(groups, 2)
        slow.go.set()
        first.result()
        for each in failing:
            with pytest.raises(DatabaseDownError, match="2"):
                each.result()
    assert groups.do(5, slow) == 50


class Gate(ShippedBank):
    """A matcher that stops at the first message until it is let through, and breaks on one."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def matcher(self) -> Matcher:
        return self

    def understand(self, text: str, context: Topic | None = None) -> Understanding:
        self.begun.set()
        self.go.wait(10)
        return shipped_matcher().understand(text, context)

    def within(self, entry: str, text: str) -> Sequence[TopicLine]:
        return shipped_matcher().within(entry, text)


def together(house: House, said: Sequence[tuple[str, str]]) -> list[str]:
    """The replies to what these merchants say while another one's message is being decided."""
    published_bank = Gate()
    object.__setattr__(house.context, "published_bank", published_bank)
    object.__setattr__(house.context, "pushes", GroupCommit(leaders=1))
    with ThreadPoolExecutor(len(said) + 1) as pool:
        first = pool.submit(house.says, "保证金怎么退", openid="oFirst")
        published_bank.begun.wait(10)
        others = [pool.submit(house.says, text, openid=openid) for openid, text in said]
        while len(house.context.pushes._waiting) < len(said):
            threading.Event().wait(0.001)
        published_bank.go.set()
        first.result()
        return [each.result() for each in others]


def test_messages_of_a_group_are_each_stored_and_answered_as_if_alone(house: House) -> None:
    texts = ["关店要满足什么条件", "转人工", "密码是 Lin@8866 你直接登吧", "你好"]
    said = [(f"oTogether{number}", text) for number, text in enumerate(texts)]
    for _ in range(2):  # the second time nobody is new
        alone = [house.says(text, openid=f"oAlone{number}") for number, text in enumerate(texts)]
        replies = together(house, said)
        assert (replies[0], replies[3]) == (alone[0], alone[3])
        for (openid, text), reply in zip(said, replies, strict=True):
            *_, merchant, bot = house.said(openid)
            assert (merchant.author, bot.author, bot.text) == ("merchant", "bot", reply)
            assert merchant.push_id == bot.push_id
            assert text == merchant.text or "8866" not in merchant.text
    assert house.state("oTogether1") == "waiting"


def test_one_that_cannot_be_stored_costs_the_others_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its opening of a case breaks in the middle of the group's transaction."""
    carry_out = "handlers.inbound.commit._carry_out"

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(carry_out, broken)
    with pytest.raises(RuntimeError):
        together(house, [("oFine", "关店要满足什么条件"), ("oBroken", "转人工")])
    monkeypatch.undo()
    assert [line.author for line in house.said("oFine")] == ["merchant", "bot"]
    assert house.said("oBroken") == []


def test_two_messages_of_one_merchant_and_a_retry_in_a_group(house: House) -> None:
    replies = together(house, [("oOne", "谢谢"), ("oOne", "保证金怎么退"), ("oTwo", "谢谢")])
    assert all(replies)
    assert [line.author for line in house.said("oOne")] == ["merchant", "bot"] * 2
    push = house.push("转人工", openid="oOne")
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(house.receives, [push] * 4))) == 1
    with house.database.read() as session:
        assert session.query(ReceivedPush).filter_by(key=push.key).count() == 1
