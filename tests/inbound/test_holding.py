"""A message that says too little alone waits in its request; if more follows it gets no answer."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from handlers import cases
from handlers.inbound.holding import LOOK_SECONDS, LOOKS, SHARE, Holding
from storage.database import Database
from storage.models.conversations import Conversation, ReceivedPush
from storage.queries import conversations
from tests.dialogue.webhook_driver import Clock, Merchant, open_office
from tests.installed import House, reply_text

WHO = "oMerchant"
PIECES = ("在吗", "我那个", "店", "登不上了", "手机号停了")


def meanwhile(house: House, happens: Callable[[], object]) -> list[float]:
    """Something happens at the first look of the next message that waits. Returns the looks."""
    looks: list[float] = []

    def pause(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 1:
            happens()

    house.context.holding.pause = pause
    return looks


def ends(house: House) -> list[str | None]:
    with house.database.read() as session:
        return list(session.scalars(select(ReceivedPush.end).order_by(ReceivedPush.id)))


@pytest.mark.parametrize("account", ["verified", "passive"])
@pytest.mark.parametrize("every", [1.0, 1.5, 2.0])
def test_five_pieces_in_ten_seconds_get_at_most_two_replies(
    house: House, clock: Clock, account: str, every: float
) -> None:
    merchant = Merchant(open_office(house, clock, {"account": account}), WHO)
    heard = merchant.burst(PIECES, every)
    assert 1 <= heard.seen <= 2
    assert "运营商" in heard.text
    assert None not in ends(house)
    with house.database.read() as session:
        assert session.scalars(select(Conversation.window_left)).one() == 5


def test_one_that_stays_alone_is_answered(house: House) -> None:
    looks = meanwhile(house, lambda: None)
    assert "店伴" in house.says("在吗")
    assert looks == [LOOK_SECONDS] * LOOKS
    assert sum(looks) <= 2.5
    assert [line.author for line in house.said()] == ["merchant", "bot"]
    assert ends(house) == ["answered"]


def test_a_question_a_move_and_an_answer_never_wait(house: House) -> None:
    looks = meanwhile(house, lambda: None)
    for text in (
        "多少钱",
        "保证金怎么退",
        "下一步",
        "好了",
        "这个不管用",
        "谢谢",
        "转人工",
        "算了",
    ):
        house.says(text)
    assert looks == []


def test_another_process_takes_the_rest_and_a_retry_stays_empty(house: House) -> None:
    other = Database(house.database.engine.url.render_as_string(hide_password=False))
    second = replace(house, context=replace(house.context, database=other, holding=Holding()))
    rest: list[str] = []
    looks = meanwhile(house, lambda: rest.append(second.says("保证金怎么退")))
    push = house.push("我那个")
    assert reply_text(house.receives(push)) == ""
    assert len(looks) == 1
    assert "保证金管理" in rest[0]
    assert reply_text(house.receives(push)) == ""
    assert ends(house) == ["ignored", "answered"]
    assert [line.author for line in house.said()] == ["merchant", "merchant", "bot"]
    other.close()


class GoneError(Exception):
    """The process is killed."""


def test_a_retry_is_answered_when_the_process_dies_that_waited(house: House) -> None:
    def dies() -> None:
        raise GoneError

    meanwhile(house, dies)
    push = house.push("在吗")
    with pytest.raises(GoneError):
        house.receives(push)
    assert ends(house) == [None]
    answer = house.receives(push)
    assert "店伴" in answer
    assert house.receives(push) == answer
    assert [line.author for line in house.said()] == ["merchant", "bot"]


def test_a_consultant_who_takes_over_meanwhile_silences_the_bot(house: House) -> None:
    li = house.consultant("小李")

    def claim() -> None:
        with house.database.write() as session:
            talk = conversations.lock(session, WHO, house.context.now())
            cases.claim(session, talk, li, house.context.now(), limit=0)

    meanwhile(house, claim)
    assert house.says("在吗") == ""
    assert ends(house) == ["queued"]


def test_nobody_waits_once_a_quarter_of_the_free_threads_do(house: House) -> None:
    """Four threads, one kept by a page of the desk, would leave none to wait; eight leave one."""
    holding = Holding(threads=2 * SHARE)
    holding.pages = 2
    house.context = replace(house.context, holding=holding)
    second: list[str] = []
    looks = meanwhile(house, lambda: second.append(house.says("在吗", openid="oSecond")))
    assert house.says("在吗")
    assert second[0]
    assert len(looks) == LOOKS  # those of the first alone
    holding.pages = 2 * SHARE - SHARE + 1
    assert not holding.may_wait()


def test_a_merchant_who_is_erased_meanwhile_gets_nothing(house: House) -> None:
    def erase() -> None:
        with house.database.write() as session:
            session.delete(conversations.lock(session, WHO, house.context.now()))

    meanwhile(house, erase)
    assert house.says("在吗") == ""
