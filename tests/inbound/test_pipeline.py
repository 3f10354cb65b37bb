"""A push is recorded once, decided once, and always ends somewhere."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from faq.understanding import Topic, TopicLine, Understanding
from handlers import cases
from handlers.outbound import outbox
from storage.models.conversations import (
    Case,
    Conversation,
    Delivery,
    Message,
    ReceivedPush,
)
from storage.queries import conversations
from storage.queries.messages import delivery_state
from tests.conftest import Clock
from tests.installed import House, ShippedBank


def count(house: House, table: type[Message | ReceivedPush | Case | Delivery]) -> int:
    with house.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def ends(house: House) -> list[str | None]:
    with house.database.read() as session:
        return list(session.scalars(select(ReceivedPush.end).order_by(ReceivedPush.id)))


def test_a_question_is_answered_and_kept_with_its_entry(house: House) -> None:
    reply = house.says("保证金怎么退")
    assert "保证金管理" in reply
    merchant, bot = house.said()
    assert (merchant.author, merchant.text) == ("merchant", "保证金怎么退")
    assert (bot.author, bot.entry, bot.text) == ("bot", "deposit-refund-steps", reply)
    assert merchant.understanding is not None
    assert merchant.understanding["entry"] == "deposit-refund-steps"
    assert merchant.understanding["explain"]["nearest"]
    assert "read_as" not in merchant.understanding["explain"]
    assert [delivery.via for delivery in bot.deliveries] == ["passive"]
    assert ends(house) == ["answered"]


def test_a_retry_gets_the_stored_reply_byte_for_byte_and_stores_nothing(
    house: House, clock: Clock
) -> None:
    push = house.push("保证金怎么退")
    first = house.receives(push)
    clock.forward(seconds=5)
    assert house.receives(push) == first
    assert count(house, ReceivedPush) == 1
    assert count(house, Message) == 2


def test_a_retry_at_the_same_moment_runs_nothing_twice(house: House) -> None:
    push = house.push("转人工")
    together = threading.Barrier(3)

    def receive() -> str:
        together.wait()
        return house.receives(push)

    with ThreadPoolExecutor(3) as pool:
        replies = {future.result() for future in [pool.submit(receive) for _ in range(3)]}
    assert len(replies) == 1
    assert (count(house, ReceivedPush), count(house, Message), count(house, Case)) == (1, 2, 1)


def test_the_same_words_again_are_a_new_message(house: House, clock: Clock) -> None:
    house.says("保证金怎么退")
    clock.forward(minutes=1)
    house.says("保证金怎么退")
    assert count(house, ReceivedPush) == 2


def test_messages_of_many_merchants_at_once_are_all_answered(house: House) -> None:
    def ask(number: int) -> str:
        return house.says("关店要满足什么条件", openid=f"oMerchant{number}")

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(ask, range(24)))
    assert all("订单" in reply for reply in replies)
    assert count(house, ReceivedPush) == 24


def test_asking_for_a_person_opens_one_case_with_its_reason(house: House) -> None:
    house.consultant("小李")
    reply = house.says("转人工")
    assert "顾问" in reply
    house.says("人工人工")
    with house.database.read() as session:
        found = session.scalars(select(Case)).all()
    assert [(case.reason, case.state) for case in found] == [("asked", "waiting")]
    assert house.state() == "waiting"


def test_the_bot_is_silent_while_a_consultant_has_the_conversation(house: House) -> None:
    li = house.consultant("小李")
    house.says("转人工")
    with house.database.write() as session:
        conversation = conversations.lock(session, "oMerchant", house.context.now())
        cases.claim(session, conversation, li, house.context.now(), limit=0)
    assert house.says("保证金怎么退") == ""
    assert ends(house)[-1] == "queued"
    with house.database.write() as session:
        conversation = conversations.lock(session, "oMerchant", house.context.now())
        cases.release(session, conversation, li, house.context.now())
    assert "保证金管理" in house.says("保证金怎么退")


class BrokenBank(ShippedBank):
    """A matcher that fails: the error inside that must not become silence."""

    def matcher(self) -> "BrokenBank":
        return self

    def understand(self, text: str, context: Topic | None = None) -> Understanding:
        raise RuntimeError(f"{text} {context}")

    def within(self, entry: str, text: str) -> tuple[TopicLine, ...]:
        del entry, text
        return ()


def test_an_error_while_deciding_ends_in_a_reply_and_a_case(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.context = replace(house.context, published_bank=BrokenBank())
    reply = house.says("我的店铺登不上去了")
    assert reply
    assert house.state() == "waiting"
    with house.database.read() as session:
        assert session.scalars(select(Case.reason)).one() == "error"
    assert "RuntimeError" in caplog.text
    assert "登不上" not in caplog.text


def test_a_secret_is_masked_even_when_deciding_fails(house: House) -> None:
    house.context = replace(house.context, published_bank=BrokenBank())
    house.says("密码是 Lin@8866 你直接登吧")
    assert all("8866" not in message.text for message in house.said())


def test_a_secret_is_masked_before_it_is_stored(house: House) -> None:
    reply = house.says("密码是 Lin@8866 你直接登吧")
    assert "Lin@8866" not in reply
    assert all("Lin@8866" not in message.text for message in house.said())
    with house.database.read() as session:
        kept = session.scalars(select(Message.understanding)).all()
        assert "8866" not in repr(kept)
        assert "8866" not in repr(session.scalars(select(Conversation.memory)).all())


@pytest.mark.parametrize(
    "kind",
    [
        "image", "voice", "video", "shortvideo", "file", "location", "link", "miniprogrampage",
        "subscribe", "scan", "click",
    ],
)  # fmt: skip
def test_every_kind_that_asks_for_an_answer_gets_one(house: House, kind: str) -> None:
    assert house.says("", kind=kind)
    assert ends(house) == ["answered"] or ends(house) == ["queued"]


@pytest.mark.parametrize(
    "kind", ["unsubscribe", "view", "location_event", "templatesendjobfinish", "brand_new_kind"]
)
def test_kinds_that_need_no_answer_end_somewhere_too(house: House, kind: str) -> None:
    house.says("", kind=kind)
    assert None not in ends(house)


def test_a_menu_tap_starts_its_path_and_is_kept_in_its_own_words(house: House) -> None:
    assert "保证金管理" in house.says("deposit-refund", kind="click")
    assert house.said()[0].text == "退保证金"


def test_every_button_of_the_menu_that_ships_leads_somewhere(house: House) -> None:
    greeting = house.says("", kind="subscribe", openid="oNew")
    for button in house.context.menu:
        reply = house.says(button.key, kind="click", openid=f"o-{button.key}")
        assert reply
        assert reply != greeting, button.name


def test_following_and_leaving_are_remembered(house: House) -> None:
    house.says("", kind="subscribe")
    house.says("", kind="unsubscribe")
    with house.database.read() as session:
        assert session.scalars(select(Conversation.following)).one() is False
    house.says("我又来了")
    with house.database.read() as session:
        assert session.scalars(select(Conversation.following)).one() is True


def test_a_picture_is_kept_for_fetching(house: House) -> None:
    house.says("", kind="image", media_id="MEDIA1")
    picture = house.said()[0]
    assert picture.kind == "image"
    assert picture.media is not None
    assert (picture.media.wechat_id, picture.media.state) == ("MEDIA1", "pending")


def test_a_message_opens_the_window_and_a_tap_does_not_shrink_it(house: House) -> None:
    def left(house: House) -> int:
        with house.database.read() as session:
            return session.scalars(select(Conversation.window_left)).one()

    house.says("", kind="click")
    assert left(house) == 3
    house.says("你好")
    assert left(house) == 5
    house.says("", kind="click")
    assert left(house) == 5


Say = Callable[[str, str], None]


@pytest.fixture
def li_says(house: House) -> Say:
    """小李 has the conversation and says something."""
    li = house.consultant("小李")
    house.says("转人工")
    with house.database.write() as session:
        conversation = conversations.lock(session, "oMerchant", house.context.now())
        cases.claim(session, conversation, li, house.context.now(), limit=0)

    def say(text: str, key: str) -> None:
        with house.database.write() as session:
            conversation = conversations.lock(session, "oMerchant", house.context.now())
            draft = outbox.OutgoingText(text, key)
            outbox.say_as_consultant(session, conversation, li, draft, house.context.now())

    return say


def test_on_a_passive_account_a_consultants_words_go_with_the_next_reply(
    house: House, li_says: Say
) -> None:
    house.with_firm(account="passive")
    li_says("您的店叫什么名字?", "k1")
    li_says("材料我看过了。", "k2")
    assert house.says("在吗") == "您的店叫什么名字?\n\n材料我看过了。"
    states = {delivery_state(message.deliveries) for message in house.said()}
    assert states == {"sent", None}


def test_what_does_not_fit_into_one_reply_waits_in_order_on_a_passive_account(
    house: House, li_says: Say
) -> None:
    house.with_firm(account="passive")
    li_says("一" * 600, "k1")
    li_says("二" * 600, "k2")
    assert house.says("在吗") == "一" * 600
    assert house.says("嗯") == "二" * 600


def test_the_same_key_again_is_the_same_message(house: House, li_says: Say) -> None:
    li_says("您好", "k1")
    li_says("您好", "k1")
    assert [message.text for message in house.said() if message.author == "consultant"] == ["您好"]
