"""Deliveries that only the operator can help, files that cannot go, and the window's ledger."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from handlers.jobs import sweep
from handlers.outbound import outbox, sender
from storage.models.conversations import Consultant, Delivery, Media
from storage.queries import conversations
from storage.queries import media as stored_media
from tests.conftest import Clock
from tests.full_stack import Stage
from tests.installed import House
from tests.ops.tools import WHO, claim, conversation, delivery_states
from tests.pictures import PNG
from wechat import quota
from wechat.simulator import Fault

SEND = "/cgi-bin/message/custom/send"


@pytest.fixture
def li(stage: Stage) -> Consultant:
    """小李 has the merchant's conversation."""
    li = stage.house.consultant("小李")
    stage.says(WHO, "转人工")
    claim(stage.house, li)
    return li


def say(stage: Stage, li: Consultant, text: str, picture: str | None = None) -> None:
    house = stage.house
    now = house.context.now()
    with house.database.write() as session:
        conversation = conversations.lock(session, WHO, now)
        media = None
        if picture is not None:
            media = stored_media.add(
                session,
                Media(
                    conversation_id=conversation.id, kind="image", state="ready", file=picture,
                    due_at=now, created_at=now,
                ),
            )  # fmt: skip
        outbox.say_as_consultant(
            session, conversation, li, outbox.OutgoingText(text, text, media), now
        )


def error_of(house: House) -> str:
    return house.said()[-1].deliveries[-1].error


def left(house: House) -> int:
    with house.database.read() as session:
        return quota.left(outbox.window_of(conversation(session)), house.context.now())


def send(stage: Stage) -> None:
    sender.deliver(stage.house.context, 1)


def test_a_missing_permission_is_held_with_words_and_goes_out_once_it_is_mended(
    stage: Stage, li: Consultant, clock: Clock
) -> None:
    stage.simulator.settings = replace(stage.simulator.settings, account="passive")
    say(stage, li, "第一句")
    send(stage)
    assert delivery_states(stage.house) == ["held"]
    assert "passive" in error_of(stage.house)
    stage.simulator.settings = replace(stage.simulator.settings, account="verified")
    say(stage, li, "第二句")
    send(stage)
    assert stage.arrived(WHO) == []
    clock.forward(minutes=6)
    found = sweep.sweep(stage.house.context, "a")
    assert found is not None
    assert found.conversations == [1]
    send(stage)
    assert stage.arrived(WHO) == ["第一句", "第二句"]


def test_what_is_held_for_the_window_is_not_tried_before_the_merchant_writes(
    stage: Stage, li: Consultant, clock: Clock
) -> None:
    stage.simulator.break_next(Fault(path=SEND, code=45047))
    say(stage, li, "您好")
    send(stage)
    clock.forward(minutes=10)
    found = sweep.sweep(stage.house.context, "a")
    assert found is not None
    assert found.conversations == []
    assert stage.says(WHO, "在吗") == "您好"


def test_tries_that_sent_nothing_cost_nothing_of_the_window(
    stage: Stage, li: Consultant, clock: Clock
) -> None:
    say(stage, li, "您好")
    stage.server.stop()
    for _ in range(7):
        send(stage)
        clock.forward(minutes=6)
    assert left(stage.house) == 5
    assert delivery_states(stage.house) == ["pending"]
    stage.server.start()
    send(stage)
    assert stage.arrived(WHO) == ["您好"]
    assert left(stage.house) == 4


def test_a_picture_that_is_no_picture_fails_with_the_reason(stage: Stage, li: Consultant) -> None:
    folder = stage.house.context.firm.data / "media"
    folder.mkdir()
    (folder / "x.png").write_bytes(b"not a picture")
    say(stage, li, "看图", picture="x.png")
    send(stage)
    assert delivery_states(stage.house) == ["failed"]
    assert error_of(stage.house)
    assert left(stage.house) == 5


def test_a_picture_whose_file_is_gone_fails_with_the_reason(stage: Stage, li: Consultant) -> None:
    say(stage, li, "看图", picture="gone.png")
    send(stage)
    assert delivery_states(stage.house) == ["failed"]
    assert error_of(stage.house) == sender.NO_FILE


def test_a_picture_that_wechat_forgot_is_uploaded_again(
    stage: Stage, li: Consultant, clock: Clock
) -> None:
    folder = stage.house.context.firm.data / "media"
    folder.mkdir()
    (folder / "x.png").write_bytes(PNG)
    stage.simulator.break_next(Fault(path=SEND, code=40007))
    say(stage, li, "看图", picture="x.png")
    send(stage)
    assert delivery_states(stage.house) == ["pending"]
    clock.forward(minutes=1)
    send(stage)
    assert delivery_states(stage.house) == ["sent"]
    uploads = [call for call in stage.simulator.log if getattr(call, "path", "").endswith("upload")]
    assert len(uploads) == 2


def test_the_bots_words_are_left_out_once_a_consultant_has_the_case(stage: Stage) -> None:
    house = stage.house
    stage.says(WHO, "转人工")
    with house.database.write() as session:
        session.scalars(select(Delivery)).one().state = "held"
    claim(house, house.consultant("小李"))
    assert stage.says(WHO, "在吗") == ""
    assert house.said()[1].deliveries[0].error == outbox.OVERTAKEN


def test_a_decision_that_comes_too_late_for_the_passive_reply_goes_by_the_api(
    house: House, clock: Clock
) -> None:
    class SlowBank:
        """A machine under load: every look at the bank takes five seconds."""

        def __getattr__(self, name: str) -> object:
            clock.now += timedelta(seconds=5)
            return getattr(published_bank, name)

    published_bank = house.context.published_bank
    house.context = replace(house.context, published_bank=SlowBank())  # type: ignore[arg-type]
    push = house.push("保证金怎么退")
    assert house.receives(push) == "success"
    assert [each.state for each in house.said()[-1].deliveries] == ["pending"]
    assert house.enqueued == [1]
    assert house.receives(push) == "success"
