"""Open pages hear of a change: on both databases, from this process and from others."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import text

from handlers.desk.live import NAME, Hub, look
from storage import live
from storage.database import Database
from storage.queries import conversations
from tests.conftest import Clock
from tests.desk.fixtures import Office, build_office, open_office
from tests.installed import build_house


@pytest.fixture
def hub(office: Office) -> Iterator[Hub]:
    found = cast("Hub", office.app.extensions[NAME])
    yield found
    found.close()


def test_a_watch_notices_a_commit_of_another_connection(database: Database, clock: Clock) -> None:
    with live.watch(database) as watch:
        assert watch.changed(0.3) is None
        with database.write() as session:
            conversation = conversations.lock(session, "oWatched", clock.now)
            conversations.touch(session, conversation, clock.now)
        assert watch.changed(5) is not None
        assert watch.changed(0.3) is None


def test_a_watch_that_ended_listens_no_more(database: Database, clock: Clock) -> None:
    with live.watch(database):
        pass
    with database.write() as session:
        conversation = conversations.lock(session, "oUnheard", clock.now)
        conversations.touch(session, conversation, clock.now)
    with live.watch(database) as watch:
        assert watch.changed(0.3) is None


def test_a_rollback_is_no_news(database: Database, clock: Clock) -> None:
    class ChangedMindError(Exception):
        pass

    def change_it_and_fail() -> None:
        with database.write() as session:
            conversation = conversations.lock(session, "oGone", clock.now)
            conversations.touch(session, conversation, clock.now)
            session.flush()
            raise ChangedMindError

    with live.watch(database) as watch:
        with pytest.raises(ChangedMindError):
            change_it_and_fail()
        assert watch.changed(0.3) is None


def test_a_stream_tells_what_changed_and_the_counts(office: Office, hub: Hub) -> None:
    browser = office.browser("小林")
    answer = browser.client.get("/desk/events")
    assert answer.mimetype == "text/event-stream"
    events = cast("Iterator[bytes]", answer.response)
    first = next(events).decode()
    assert first.startswith("retry: ")
    conversation = office.waiting()
    seen: dict[int, int] = {}
    waiting = 0
    while conversation not in seen or not waiting:
        piece = next(events).decode()
        if "data: " in piece:
            news = json.loads(piece.partition("data: ")[2])
            seen |= dict(news["changed"])
            waiting = news["counts"]["waiting"]
    assert waiting == 1
    answer.close()
    assert hub.enter()  # the place is free again
    hub.leave()


def test_only_so_many_streams_and_a_place_comes_back(office: Office) -> None:
    office.house.with_firm(streams=1)
    again = build_office(office.house)
    browser = again.browser("小林")
    first = browser.client.get("/desk/events")
    assert first.status_code == 200
    assert browser.client.get("/desk/events").status_code == 503
    next(cast("Iterator[bytes]", first.response))
    first.close()
    second = browser.client.get("/desk/events")
    assert second.status_code == 200
    second.close()
    cast("Hub", again.app.extensions[NAME]).close()


@pytest.mark.postgres
def test_what_happened_while_the_watch_had_lost_its_connection_is_told(
    postgres: Database, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    office = open_office(build_house(postgres, clock, tmp_path))
    hub = cast("Hub", office.app.extensions[NAME])
    assert hub.enter()
    listens = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = :name"
    name = {"name": postgres.engine.url.database}
    with postgres.engine.connect() as other:
        while not (pids := other.scalars(text(listens), name).all()):
            other.rollback()
        for pid in pids:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    seen = hub.number()
    conversation = office.waiting()  # nobody listens at this moment
    news = hub.wait(seen, 10)
    while not any(conversation in each.changed for _, each in news):
        seen = hub.number()
        news = hub.wait(seen, 10)
        assert news
    hub.close()
    assert "the live watch lost the database" in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.postgres
def test_what_a_machine_with_a_slow_clock_changed_is_told(postgres: Database, clock: Clock) -> None:
    with live.watch(postgres) as watch, postgres.write() as session:
        conversation = conversations.lock(session, "oSlowClock", clock.now)
        conversations.touch(session, conversation, clock.now)
        session.commit()
        changed = watch.changed(5)
    assert changed == {conversation.id}
    later = clock.forward(minutes=5)
    assert look(postgres, later, later, changed).changed == {conversation.id: conversation.version}


def test_a_page_that_lost_its_stream_asks_since_when(office: Office, clock: Clock) -> None:
    browser = office.browser("小林")
    start = browser.get("/desk/changes").get_json()
    assert start["changed"] == []
    clock.forward(seconds=30)
    conversation = office.waiting()
    clock.forward(seconds=1)
    news = browser.client.get("/desk/changes", query_string={"since": start["at"]}).get_json()
    assert [key for key, _ in news["changed"]] == [conversation]
    assert news["counts"] == {"waiting": 1, "mine": 0, "bot": 0}
    clock.forward(seconds=30)
    later = browser.client.get("/desk/changes", query_string={"since": clock.now.isoformat()})
    assert later.get_json()["changed"] == []


@pytest.mark.parametrize("since", ["", "yesterday", "2026-11-23T02:00:00", "9999-12-31"])
def test_a_strange_since_is_now(office: Office, since: str) -> None:
    browser = office.browser("小林")
    answer = browser.client.get("/desk/changes", query_string={"since": since})
    assert answer.status_code == 200


def test_many_pages_hear_the_same_news(office: Office, hub: Hub) -> None:
    heard: list[int] = []

    def listen() -> None:
        heard.append(len(hub.wait(seen, 10)))

    assert hub.enter()
    seen = hub.number()
    threads = [threading.Thread(target=listen) for _ in range(8)]
    for thread in threads:
        thread.start()
    # The watch begins after the first stream: changes go on until everybody heard of one.
    for number in range(50):
        office.house.says("你好", openid=f"oMany{number}")
        if len(heard) == len(threads):
            break
        hub.wait(seen, 0.2)
    for thread in threads:
        thread.join()
    hub.leave()
    assert min(heard) >= 1
