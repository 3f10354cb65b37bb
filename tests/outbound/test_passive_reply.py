"""Words that ride on a passive reply: until it has left, nobody knows whether they arrived."""

import pytest
from sqlalchemy import select

from handlers.inbound import pipeline, retries
from handlers.jobs import sweep
from handlers.outbound import sender
from storage.models.conversations import Delivery
from tests.conftest import Clock
from tests.full_stack import Api, Stage, say, states, with_case
from wechat.simulator import Fault


@pytest.fixture
def li(stage: Stage) -> Api:
    return with_case(stage, "小李", "oMerchant")


def rows(stage: Stage) -> list[str]:
    """The states of 小李's deliveries as they are stored."""
    with stage.house.database.read() as session:
        found = session.scalars(select(Delivery).order_by(Delivery.id))
        return [each.state for each in found if each.message.author == "consultant"]


def test_words_whose_reply_never_left_are_called_uncertain(
    stage: Stage, li: Api, clock: Clock
) -> None:
    say(li, "请把手机号发我", "k1")
    push = stage.house.push("在吗")
    assert "手机号" in stage.house.receives(push)  # and here the process dies
    assert rows(stage) == ["in_passive_reply"]
    clock.forward(seconds=61)
    assert sweep.sweep(stage.house.context, "a") is not None
    assert rows(stage) == ["uncertain"]


def test_words_whose_reply_a_retry_fetched_are_sent(stage: Stage, li: Api) -> None:
    say(li, "请把手机号发我", "k1")
    context, push = stage.house.context, stage.house.push("在吗")
    first = pipeline.receive(context, push)  # and here the process dies
    again = pipeline.receive(context, push)
    assert again.reply == first.reply
    retries.mark_delivered(context, again)
    assert rows(stage) == ["sent"]


def test_later_words_do_not_overtake_a_reply_that_has_not_left(stage: Stage, li: Api) -> None:
    say(li, "请把手机号发我", "k1")
    context = stage.house.context
    received = pipeline.receive(context, stage.house.push("在吗"))  # it is on its way out
    li.post("conversations/1/messages", {"text": "还有执照", "key": "k2"})
    sender.deliver(context, 1)
    assert stage.arrived("oMerchant") == []
    retries.mark_delivered(context, received)
    sender.deliver(context, 1)
    assert stage.arrived("oMerchant") == ["还有执照"]


def test_a_lost_reply_never_silences_a_passive_account(stage: Stage, li: Api) -> None:
    stage.house.with_firm(account="passive")
    say(li, "请把手机号发我", "k1")
    assert li.post("conversations/1/resolve").status_code == 200
    house = stage.house
    assert "手机号" in house.receives(house.push("保证金怎么退"))  # and here the process dies
    assert "验证码" in house.receives(house.push("收不到验证码怎么办"))


def test_what_waits_behind_a_lost_reply_goes_when_it_is_given_up(
    stage: Stage, li: Api, clock: Clock
) -> None:
    say(li, "请把手机号发我", "k1")
    stage.house.receives(stage.house.push("在吗"))  # and here the process dies
    say(li, "还有执照", "k2")
    again_at = sender.deliver(stage.house.context, 1)
    assert again_at is not None
    clock.forward(seconds=(again_at - clock.now).total_seconds())
    sender.deliver(stage.house.context, 1)
    assert rows(stage) == ["uncertain", "sent"]


def test_held_words_lost_in_a_passive_reply_say_so(stage: Stage, li: Api, clock: Clock) -> None:
    stage.simulator.break_next(Fault(path="/cgi-bin/message/custom/send", code=48001))
    say(li, "您好", "k1")
    stage.deliver()
    assert states(li) == ["held"]
    stage.house.receives(stage.house.push("在吗"))  # they ride, and here the process dies
    clock.forward(seconds=61)
    sweep.sweep(stage.house.context, "a")
    assert states(li) == ["uncertain"]
    said = li.get("conversations/1").json()["messages"]
    assert [each["error"] for each in said if each["from"] == "consultant"] == [sender.LOST]
