"""Steps that merchants get stuck at: counted without words, marked, said, and looked at."""

import pytest
from sqlalchemy import func, select

from faq.bank import step_key
from handlers.jobs import sweep
from handlers.knowledge import drift
from handlers.knowledge.drift import AlreadyReviewedError
from handlers.ops import erasure
from storage.models.accounts import AdminEvent
from storage.models.conversations import Conversation
from storage.models.drift import StepMark, StepReport
from tests.conftest import Clock
from tests.installed import House

WAY = "deposit-refund-steps"
SAID = "在这一步没走通"


def kinds(house: House) -> list[tuple[str, int]]:
    """(kind, how many merchants)."""
    with house.database.read() as session:
        rows = session.execute(
            select(StepReport.kind, func.count()).group_by(StepReport.kind).order_by("kind")
        )
        return [(row[0], row[1]) for row in rows]


def walks(house: House, who: str, *words: str) -> str:
    """Walk to the first step, then say these; the last answer."""
    answers = [house.says(text, openid=who) for text in ("保证金怎么退", "下一步", *words)]
    return answers[-1]


def look(house: House, clock: Clock) -> list[drift.ChangedStep]:
    clock.forward(minutes=2)
    sweep.sweep(house.context, f"sweep:{clock()}")
    with house.database.read() as session:
        return drift.changed_steps(session, house.context.published_bank.bank())


def test_three_merchants_mark_a_step_and_the_bot_says_so_until_somebody_looked(
    house: House, clock: Clock
) -> None:
    for who in ("oOne", "oTwo"):
        walks(house, who, "页面不一样", "还是不一样")
    assert look(house, clock) == []
    assert SAID not in walks(house, "oThree", "卡住了")
    assert kinds(house) == [("differs", 2), ("handed", 2), ("reached", 3), ("stuck", 1)]
    (step,) = look(house, clock)
    assert (step.entry.id, step.number) == (WAY, 1)
    assert (step.mark.reached, step.mark.troubled) == (3, 3)
    house.context.marked_steps.refresh(house.database, at_once=True)
    assert SAID in walks(house, "oFour")
    assert SAID not in house.says("下一步", openid="oFour"), "of this step alone"
    with house.database.write() as session:
        drift.looked(session, step.mark.id, "王敏", house.context)
    with pytest.raises(AlreadyReviewedError), house.database.write() as session:
        drift.looked(session, step.mark.id, "李雪", house.context)
    with house.database.read() as session:
        mark = session.scalars(select(StepMark)).one()
        assert (mark.looked_by, mark.looked_at) == ("王敏", clock())
        assert session.scalars(select(AdminEvent.action)).all() == ["step_looked"]
    house.context.marked_steps.refresh(house.database, at_once=True)
    assert SAID not in walks(house, "oFive")
    assert look(house, clock) == [], "what was counted before it was looked at counts no more"


def test_a_fifth_of_those_who_came_and_only_lately(house: House, clock: Clock) -> None:
    key = step_key(house.context.published_bank.bank().by_id[WAY].steps[0])

    def report(number: int, kind: str) -> None:
        with house.database.write() as session:
            talk = Conversation(
                openid=f"o{number}{kind}", created_at=clock(), updated_at=clock(), memory={}
            )
            session.add(talk)
            session.flush()
            session.add(
                StepReport(
                    conversation_id=talk.id, entry=WAY, step_key=key, kind=kind, at=clock()
                )
            )  # fmt: skip

    for number in range(2):
        report(number, "stuck")
    clock.forward(days=8)
    for number in range(13):
        report(number, "reached")
    for number in range(2, 5):
        report(number, "stuck")
    assert look(house, clock) == [], "3 of 16"
    report(5, "differs")
    (step,) = look(house, clock)
    assert (step.mark.troubled, step.mark.reached) == (4, 17)


def test_forgetting_and_age_take_the_reports(house: House, clock: Clock) -> None:
    house.with_firm(message_days=5)
    for who in ("oOne", "oTwo"):
        walks(house, who, "卡住了")
    erasure.forget(house.context, "oOne")
    assert kinds(house) == [("reached", 1), ("stuck", 1)]
    clock.forward(days=6)
    erasure.keep_to_age(house.context, "test")
    assert kinds(house) == []
