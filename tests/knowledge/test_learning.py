"""The learning queue: what gets into it, in which order, and what erases it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from handlers.knowledge import learning, verdicts
from handlers.knowledge.evidence import unsettled
from handlers.knowledge.private import clean
from handlers.ops import erasure
from storage.models.conversations import Message
from storage.models.knowledge import Observation, Suggestion, Verdict
from storage.queries import consultants, conversations, messages
from tests.conftest import Clock
from tests.installed import House

UNKNOWN = "宠物狗洗澡多少钱"


def count(house: House, table: type[Observation | Suggestion | Verdict]) -> int:
    with house.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_most_merchants_and_the_newest_come_first(house: House, clock: Clock) -> None:
    house.says("猫不吃饭怎么办", openid="oOld")
    clock.forward(days=20)
    house.says("高铁票怎么改签", openid="oOne")
    for who in ("oOne", "oTwo"):
        house.says(UNKNOWN, openid=who)
    cards = learning.queue(house.context)
    assert [card.text for card in cards] == [UNKNOWN, "高铁票怎么改签", "猫不吃饭怎么办"]
    assert [card.merchants for card in cards] == [2, 1, 1]
    assert all(len(card.candidates) <= 3 for card in cards)
    assert cards == learning.queue(house.context), "looking twice counts nothing twice"


def test_forgetting_takes_verdicts_and_suggestions_along(house: House, clock: Clock) -> None:
    house.says(UNKNOWN, openid="oOne")
    house.says("猫不吃饭怎么办", openid="oTwo")
    learning.queue(house.context)
    person = house.consultant("王敏")
    with house.database.write() as session:
        talk = conversations.by_openid(session, "oOne")
        assert talk is not None
        said = messages.latest(session, talk.id)[0]
        bank = house.context.published_bank.bank()
        judge = verdicts.Judge(person.id, clock())
        verdicts.give(session, said, verdicts.ConsultantVerdict("outside"), judge, bank)
    erasure.forget(house.context, "oOne")
    assert (count(house, Verdict), count(house, Observation), count(house, Suggestion)) == (0, 1, 1)
    assert [card.text for card in learning.queue(house.context)] == ["猫不吃饭怎么办"]


def test_old_messages_end_suggestions_and_leave_verdicts(house: House, clock: Clock) -> None:
    house.with_firm(message_days=30)
    house.says(UNKNOWN)
    learning.queue(house.context)
    person = house.consultant("王敏")
    with house.database.write() as session:
        said = session.scalars(select(Message).where(Message.author == "merchant")).one()
        judge = verdicts.Judge(person.id, clock())
        bank = house.context.published_bank.bank()
        verdicts.give(session, said, verdicts.ConsultantVerdict("outside"), judge, bank)
    clock.forward(days=40)
    erasure.keep_to_age(house.context, "test")
    assert (count(house, Observation), count(house, Suggestion)) == (0, 0)
    with house.database.read() as session:
        assert [line["text"] for line in verdicts.exported(session)] == [UNKNOWN]
        assert consultants.get(session, person.id)
    erasure.forget(house.context, "oMerchant")
    assert count(house, Verdict) == 0, "who asks to be forgotten is found even then"


def said(*lines: tuple[str, str, str | None], clock: Clock) -> list[Message]:
    """(author, text, outcome) as messages a minute apart."""
    return [
        Message(
            id=number,
            author=author,
            kind="text",
            text=text,
            understanding={"outcome": outcome, "entry": "e"} if outcome else None,
            created_at=clock() + timedelta(minutes=number),
        )
        for number, (author, text, outcome) in enumerate(lines, start=1)
    ]


@pytest.mark.parametrize(
    ("after", "why"),
    [
        ([("merchant", "不是这个意思", None)], "not_this"),
        ([("merchant", "转人工", "human")], "asked"),
        ([("merchant", "谢谢", "social")], None),
        ([], None),
    ],
)
def test_what_is_said_after_an_answer_tells(
    after: list[tuple[str, str, str | None]], why: str | None, clock: Clock
) -> None:
    talk = said(("merchant", "水费多少", "answer"), ("bot", "三元。", None), *after, clock=clock)
    found = list(unsettled(talk))
    assert [each.why for each in found] == ([why] if why else [])


def test_a_choice_is_no_second_attempt(clock: Clock) -> None:
    """Options were offered, and the merchant took one in words that the matcher does not know."""
    talk = said(("merchant", "水的事", "options"), ("merchant", "头一个", "none"), clock=clock)
    assert [each.why for each in unsettled(talk)] == ["refused", "missed"]
    talk[1].understanding = {"outcome": "none", "rule": "words of an option"}
    assert not list(unsettled(talk))
    refusal = said(("merchant", "水的事", "options"), ("merchant", "都不是", None), clock=clock)
    assert [each.why for each in unsettled([talk[1], refusal[1]])] == ["not_this"]


def test_what_a_consultant_answered_stands_with_the_question(clock: Clock) -> None:
    talk = said(
        ("merchant", UNKNOWN, "none"),
        ("bot", "这个我答不上来。", None),
        ("consultant", "小狗五十，", None),
        ("consultant", "大狗八十。", None),
        ("merchant", "好", None),
        ("consultant", "慢走。", None),
        clock=clock,
    )
    (one,) = unsettled(talk)
    assert (one.why, one.bot) == ("missed", "这个我答不上来。")
    assert one.consultant == "小狗五十，\n大狗八十。"


def test_names_and_numbers_are_taken_out_of_a_question() -> None:
    text = clean("退了吗 我微信abc12345 电话138 0013 8000 邮箱a.b@c.com")
    for secret in ("abc12345", "138 0013 8000", "a.b@c.com"):
        assert secret not in text
