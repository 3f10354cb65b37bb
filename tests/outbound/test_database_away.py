"""The database goes away in the middle of a delivery, and comes back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from handlers.jobs.queue import open_queue
from handlers.jobs.schedule import Jobs
from handlers.outbound import sender
from handlers.outbound.access_tokens import DatabaseTokenStore
from storage.database import Database, DatabaseDownError
from storage.models.conversations import Consultant
from tests.full_stack import Stage
from tests.installed import APP_ID, SECRET
from tests.ops.tools import WHO, claim, delivery_states
from tests.outbound.test_operator_errors import say
from wechat.client import Client


class UnreliableDatabase(Database):
    """Cannot be reached for the next `away` transactions."""

    away = 0

    @contextmanager
    def reachable(self) -> Iterator[None]:
        if self.away:
            self.away -= 1
            raise DatabaseDownError("gone for a while")
        with super().reachable():
            yield


class Watched(Client):
    """Something happens right before, or right after, each call to WeChat."""

    before: Callable[[], None]
    after: Callable[[], None]

    def send_text(self, openid: str, text: str) -> None:
        self.before()
        super().send_text(openid, text)
        self.after()


@pytest.fixture
def moody(stage: Stage) -> Iterator[UnreliableDatabase]:
    database = UnreliableDatabase(stage.house.database.url)
    client = Watched(
        app_id=APP_ID,
        secret=SECRET,
        tokens=DatabaseTokenStore(database, APP_ID),
        clock=stage.house.context.now,
        base_url=stage.server.url,
    )
    client.before = client.after = lambda: None
    stage.house.context = replace(stage.house.context, database=database, client=client)
    yield database
    database.close()


@pytest.fixture
def li(stage: Stage, moody: UnreliableDatabase) -> Consultant:
    li = stage.house.consultant("小李")
    stage.says(WHO, "转人工")
    claim(stage.house, li)
    assert not moody.away
    return li


def client(stage: Stage) -> Watched:
    found = stage.house.context.client
    assert isinstance(found, Watched)
    return found


def test_what_wechat_answered_is_noted_as_soon_as_the_database_is_back(
    stage: Stage, moody: UnreliableDatabase, li: Consultant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "NOTE_PAUSE_SECONDS", 0.01)
    client(stage).after = lambda: setattr(moody, "away", 3)
    say(stage, li, "您好")
    sender.deliver(stage.house.context, 1)
    assert stage.arrived(WHO) == ["您好"]
    assert delivery_states(stage.house) == ["sent"]


def test_without_a_token_nothing_was_sent_and_it_is_tried_again(
    stage: Stage, moody: UnreliableDatabase, li: Consultant
) -> None:
    client(stage).before = lambda: setattr(moody, "away", 1)
    say(stage, li, "您好")
    again_at = sender.deliver(stage.house.context, 1)
    assert again_at is not None
    assert stage.arrived(WHO) == []
    assert delivery_states(stage.house) == ["pending"]


def test_a_new_process_sends_what_the_last_one_left_without_waiting_for_the_sweep(
    stage: Stage, li: Consultant
) -> None:
    say(stage, li, "您好")  # and the process dies before anybody is rung
    house = stage.house
    huey = open_queue("sqlite://", house.context.firm.data)
    huey.immediate = True
    jobs = Jobs(huey, lambda: house.context, holder="a")
    jobs.resume()
    jobs.resume()  # once is enough, however many threads begin
    jobs.give_back()
    assert stage.arrived(WHO) == ["您好"]
