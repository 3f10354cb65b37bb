"""A consultant's words reach the phone once, in order, or say why they did not."""

import time
from dataclasses import replace

import pytest

from handlers.outbound import outbox, sender
from storage.models.conversations import Delivery
from storage.queries import deliveries
from tests.conftest import Clock
from tests.full_stack import Api, Stage, say, states, with_case
from wechat.simulator import Fault

WHO = "oMerchant"


@pytest.fixture
def li(stage: Stage) -> Api:
    return with_case(stage, "小李", WHO)


def test_an_answer_arrives_and_is_called_sent(stage: Stage, li: Api) -> None:
    say(li, "您好,我是小李。", "k1")
    assert states(li) == ["pending"]
    stage.deliver()
    assert stage.arrived(WHO) == ["您好,我是小李。"]
    assert states(li) == ["sent"]


def test_delivering_twice_sends_once(stage: Stage, li: Api) -> None:
    say(li, "您好", "k1")
    stage.deliver()
    sender.deliver(stage.house.context, 1)
    assert len(stage.sends()) == 1


def test_the_sixth_waits_and_goes_out_with_the_merchants_next_message(
    stage: Stage, li: Api
) -> None:
    for number in range(1, 7):
        say(li, f"第 {number} 句", f"k{number}")
        stage.deliver()
    assert stage.arrived(WHO) == [f"第 {number} 句" for number in range(1, 6)]
    assert states(li) == ["sent"] * 5 + ["held"]
    assert li.get("conversations/1").json()["quota"]["left"] == 0
    assert stage.says(WHO, "我在") == "第 6 句"
    assert states(li) == ["sent"] * 6
    assert li.get("conversations/1").json()["quota"]["left"] == 5


def test_many_that_wait_travel_together_when_the_window_is_small(stage: Stage, li: Api) -> None:
    for number in range(1, 8):
        say(li, f"第 {number} 句", f"k{number}")
    stage.deliver()
    said = "\n\n".join(stage.arrived(WHO))
    assert said == "\n\n".join(f"第 {number} 句" for number in range(1, 8))
    assert len(stage.sends()) <= 5
    assert set(states(li)) == {"sent"}


def test_a_long_answer_arrives_in_parts_and_in_order(stage: Stage, li: Api) -> None:
    text = "".join(f"第{number}句话说完了。" for number in range(1, 201))
    say(li, text, "k1")
    stage.deliver()
    assert len(stage.arrived(WHO)) > 1
    assert "".join(stage.arrived(WHO)) == text
    assert states(li) == ["sent"]


def test_after_two_days_nothing_goes_by_the_api(stage: Stage, li: Api, clock: Clock) -> None:
    clock.forward(hours=48, seconds=1)
    say(li, "还在吗?", "k1")
    stage.deliver()
    assert stage.sends() == []
    assert states(li) == ["held"]


def test_wechat_saying_busy_is_tried_again_later_and_nothing_overtakes(
    stage: Stage, li: Api, clock: Clock
) -> None:
    stage.simulator.break_next(Fault(path="/cgi-bin/message/custom/send", code=-1))
    say(li, "第一句", "k1")
    stage.deliver()
    assert states(li) == ["pending"]
    say(li, "第二句", "k2")
    stage.deliver()
    assert stage.arrived(WHO) == []
    clock.forward(minutes=1)
    sender.deliver(stage.house.context, 1)
    assert stage.arrived(WHO) == ["第一句", "第二句"]


def test_busy_five_times_spends_none_of_the_five_messages(
    stage: Stage, li: Api, clock: Clock
) -> None:
    """What WeChat surely did not take is not counted, and goes out without the merchant."""
    left = li.get("conversations/1").json()["quota"]["left"]
    say(li, "第一句", "k1")
    for _ in range(5):
        stage.simulator.break_next(Fault(path="/cgi-bin/message/custom/send", code=-1))
        sender.deliver(stage.house.context, 1)
        assert states(li) == ["pending"]
        assert li.get("conversations/1").json()["quota"]["left"] == left
        clock.forward(minutes=10)
    sender.deliver(stage.house.context, 1)
    assert (stage.arrived(WHO), states(li)) == (["第一句"], ["sent"])
    assert li.get("conversations/1").json()["quota"]["left"] == left - 1


def test_an_answer_lost_on_the_way_is_uncertain_and_not_sent_again_by_itself(
    stage: Stage, li: Api, clock: Clock
) -> None:
    stage.simulator.break_next(Fault(path="/cgi-bin/message/custom/send", cut="after"))
    say(li, "收到请回复", "k1")
    stage.deliver()
    assert states(li) == ["uncertain"]
    clock.forward(hours=1)
    sender.deliver(stage.house.context, 1)
    assert stage.arrived(WHO) == ["收到请回复"]
    assert "重发前" in li.get("conversations/1").json()["messages"][-1]["error"]


def test_a_connection_that_never_opened_is_tried_again(stage: Stage, li: Api, clock: Clock) -> None:
    stage.server.stop()
    say(li, "喂", "k1")
    stage.deliver()
    assert states(li) == ["pending"]
    stage.server.start()
    clock.forward(minutes=1)
    sender.deliver(stage.house.context, 1)
    assert stage.arrived(WHO) == ["喂"]


def test_a_refused_token_is_renewed_once_and_the_message_arrives(stage: Stage, li: Api) -> None:
    stage.simulator.break_next(Fault(path="/cgi-bin/message/custom/send", code=42001))
    say(li, "您好", "k1")
    stage.deliver()
    assert stage.arrived(WHO) == ["您好"]
    assert states(li) == ["sent"]


def test_wechat_knowing_better_about_the_window_holds_the_message(stage: Stage, li: Api) -> None:
    stage.simulator.break_next(Fault(path="/cgi-bin/message/custom/send", code=45047))
    say(li, "第六条?", "k1")
    stage.deliver()
    assert states(li) == ["held"]
    assert li.get("conversations/1").json()["quota"]["left"] == 0


def test_a_merchant_who_blocked_us_is_a_failure_with_a_reason(stage: Stage, li: Api) -> None:
    stage.simulator.break_next(Fault(path="/cgi-bin/message/custom/send", code=43019))
    say(li, "您好", "k1")
    stage.deliver()
    assert states(li) == ["failed"]
    assert "黑名单" in li.get("conversations/1").json()["messages"][-1]["error"]


def test_too_long_for_wechat_is_cut_further_and_stays_in_order(stage: Stage, li: Api) -> None:
    stage.simulator.break_next(Fault(path="/cgi-bin/message/custom/send", code=45002))
    text = "这一句说完了。" * 40
    say(li, text, "k1")
    say(li, "然后是这句", "k2")
    stage.deliver()
    assert "".join(stage.arrived(WHO)) == text + "然后是这句"
    assert states(li) == ["sent", "sent"]


def test_a_send_whose_process_died_becomes_uncertain(stage: Stage, li: Api, clock: Clock) -> None:
    say(li, "您好", "k1")
    with stage.house.database.write() as session:
        delivery = deliveries.waiting(session, 1)[0]
        delivery.state, delivery.due_at = "sending", clock.now + sender.LEASE
    sender.deliver(stage.house.context, 1)
    assert stage.sends() == []
    clock.forward(minutes=3)
    with stage.house.database.write() as session:
        assert sender.recover(session, 1, clock.now) == 1
    assert states(li) == ["uncertain"]


def test_after_a_time_out_the_next_message_waits_a_little(
    stage: Stage, li: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.house.context.client._transport, "timeout", (3.05, 0.3))
    stage.simulator.break_next(Fault(path="/cgi-bin/message/custom/send", stall=0.8))
    say(li, "第一句", "k1")
    say(li, "第二句", "k2")
    stage.deliver()
    assert states(li) == ["pending", "pending"]  # WeChat may still be about to show the first
    time.sleep(0.8)  # and it does
    again_at = sender.deliver(stage.house.context, 1)
    assert again_at is not None
    clock.forward(seconds=6)
    assert sender.deliver(stage.house.context, 1) is None
    assert states(li) == ["uncertain", "sent"]
    assert stage.arrived(WHO) == ["第一句", "第二句"]


def test_a_person_may_send_an_uncertain_one_again(stage: Stage, li: Api) -> None:
    stage.simulator.break_next(Fault(path="/cgi-bin/message/custom/send", cut="before"))
    say(li, "您好", "k1")
    stage.deliver()
    with stage.house.database.write() as session:
        for delivery in session.query(Delivery).filter(Delivery.state == "uncertain"):
            outbox.resend(delivery, stage.house.context.now())
    sender.deliver(stage.house.context, 1)
    assert stage.arrived(WHO) == ["您好"]


def test_a_passive_account_never_calls_the_api(stage: Stage, li: Api) -> None:
    context = stage.house.context
    passive = replace(context, firm=replace(context.firm, account="passive"))
    say(li, "您好", "k1")
    sender.deliver(passive, 1)
    assert stage.sends() == []
    assert states(li) == ["held"]


def test_what_does_not_fit_into_the_reply_follows_it_and_never_overtakes_it(
    stage: Stage, li: Api, clock: Clock
) -> None:
    li.post("conversations/1/messages", {"text": "一" * 600 + "。" + "二" * 600, "key": "k1"})
    assert "一" in stage.says("oMerchant", "在吗")
    stage.deliver()
    assert stage.arrived("oMerchant") == []
    clock.forward(seconds=1)
    sender.deliver(stage.house.context, 1)
    assert stage.arrived("oMerchant") == ["二" * 600]
