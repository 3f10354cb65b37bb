"""Two complete installations against one PostgreSQL: nobody notices that there are two."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select, text

from storage.database import Database
from storage.models.conversations import Case, Lease, Message, ReceivedPush, WechatToken
from storage.queries import consultants
from tests.scale.running import Program
from tests.scale.tools import break_connections, fresh_postgres
from tests.wechat.tools import account
from wechat.simulator import Called, Pushed, Server, Simulator
from wechat.simulator.pushing import deliver

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(700)]
PATIENCE = 30.0  # seconds that a loaded machine may need; a test that waits all of it fails


@dataclass
class Pair:
    """Two programs, the WeChat that both talk to, and a consultant's token on each."""

    one: Program
    other: Program
    wechat: Simulator
    database: Database
    tokens: dict[str, str]

    def say(self, at: Program, openid: str, words: str) -> Pushed:
        self.wechat.settings = replace(self.wechat.settings, webhook=f"{at.url}/wechat")
        return self.wechat.say(openid, words)

    def call(
        self, at: Program, method: str, path: str, who: str = "小李", **body: str
    ) -> requests.Response:
        return requests.request(
            method,
            f"{at.url}/api/v1/{path}",
            headers={"Authorization": f"Bearer {self.tokens[who]}"},
            json=body or None,
            timeout=20,
        )

    def conversation(self, openid: str, at: Program | None = None) -> dict[str, object]:
        answer = self.call(at or self.one, "GET", f"conversations?merchant={openid}").json()
        (found,) = answer["conversations"]
        assert isinstance(found, dict)
        return found

    def claim(self, path: str, together: threading.Barrier, at: Program, who: str) -> int:
        together.wait()
        return self.call(at, "POST", path, who).status_code

    def lines(self, openid: str) -> list[str]:
        return [line.text for line in self.wechat.transcript(openid)]

    def sends(self) -> list[Called]:
        called = [each for each in self.wechat.log if isinstance(each, Called)]
        return [each for each in called if each.path.endswith("/custom/send")]


def soon(true: Callable[[], bool]) -> bool:
    """Becomes true while we wait."""
    until = time.monotonic() + PATIENCE
    while not (now := true()) and time.monotonic() < until:
        time.sleep(0.1)
    return now


def hired(database: Database, *names: str) -> dict[str, str]:
    """Consultants, and a token to the API for each."""
    tokens, now = {}, datetime.now(UTC)
    with database.write() as session:
        for name in names:
            one = consultants.add(
                session, name=name, password="correct horse", role="consultant", now=now
            )
            tokens[name] = consultants.new_token(session, one, now)
    return tokens


@pytest.fixture(scope="module")
def pair(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    assert postgres_url
    folder = tmp_path_factory.mktemp("two")
    wechat = Simulator(account(timeout=15.0, pause=1.0))
    with fresh_postgres() as url, Server(wechat) as api:
        one, other = (
            Program(folder / name, wechat.settings, database=url, wechat=api.url)
            for name in ("one", "other")
        )
        starts = [threading.Thread(target=program.start) for program in (one, other)]
        for start in starts:  # at the same moment: only one of them may migrate and publish
            start.start()
        for start in starts:
            start.join()
        database = Database(url)
        try:
            yield Pair(one, other, wechat, database, hired(database, "小李", "小王"))
        finally:
            one.stop()
            other.stop()
            database.close()


def test_a_conversation_goes_on_wherever_its_messages_arrive(pair: Pair) -> None:
    pair.say(pair.one, "oWalk", "保证金怎么退")
    pair.say(pair.other, "oWalk", "第一步")
    pair.say(pair.one, "oWalk", "下一步")
    said = pair.lines("oWalk")
    assert len(said) == 6
    assert "第 1 步" in said[3]
    assert "第 2 步" in said[5]


def test_a_retry_at_the_other_one_gets_the_stored_reply(pair: Pair) -> None:
    pushed = pair.say(pair.one, "oRetry", "保证金怎么退")
    again = replace(pushed, attempts=[], replies=[])
    settings = replace(pair.wechat.settings, webhook=f"{pair.other.url}/wechat")
    reply = deliver(settings, again)
    assert reply is not None
    assert again.replies == pushed.replies


def test_three_copies_at_once_on_both_are_recorded_once(pair: Pair) -> None:
    pushed = pair.say(pair.one, "oThrice", "你好")
    fresh = pair.wechat._record("oThrice", {"MsgType": "text", "Content": "怎么登录",
                                            "MsgId": "990000000000001"}, "", pushed.at)  # fmt: skip
    copies = [replace(fresh, attempts=[], replies=[]) for _ in range(4)]
    webhooks = [f"{program.url}/wechat" for program in (pair.one, pair.other)] * 2
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda each: deliver(replace(pair.wechat.settings, webhook=each[1]), each[0]),
                zip(copies, webhooks, strict=True),
            )
        )
    assert len({each.replies[0] for each in copies}) == 1
    with pair.database.read() as session:
        key = ReceivedPush.key.contains("990000000000001")
        assert session.scalar(select(func.count()).select_from(ReceivedPush).where(key)) == 1


def test_a_claim_race_across_the_two_has_one_winner(pair: Pair) -> None:
    for number in range(5):
        openid = f"oRace{number}"
        pair.say(pair.one, openid, "转人工")
        path = f"conversations/{pair.conversation(openid)['id']}/claim"
        claim = partial(pair.claim, path, threading.Barrier(2))
        with ThreadPoolExecutor(2) as pool:
            codes = list(pool.map(claim, (pair.one, pair.other), ("小李", "小王")))
        assert sorted(codes) == [200, 409]


def test_the_consultants_words_arrive_once_with_one_token_for_all(pair: Pair) -> None:
    for number, (at, who) in enumerate([(pair.one, "小李"), (pair.other, "小王")] * 2):
        openid = f"oAnswer{number}"
        pair.say(at, openid, "转人工")
        number_of = pair.conversation(openid)["id"]
        assert pair.call(at, "POST", f"conversations/{number_of}/claim", who).status_code == 200
        body = {"text": f"我来看看 {number}", "key": f"k{number}"}
        for where in (pair.one, pair.other):  # the same key again is the same message
            sent = pair.call(where, "POST", f"conversations/{number_of}/messages", who, **body)
            assert sent.status_code == 201
        assert soon(lambda o=openid, n=number: f"我来看看 {n}" in pair.lines(o))  # type: ignore[misc]
    time.sleep(1)
    texts = [call.text for call in pair.sends()]
    assert [sum(f"我来看看 {n}" in text for text in texts) for n in range(4)] == [1] * 4
    asked = [
        c for c in pair.wechat.log if isinstance(c, Called) and c.path.endswith("stable_token")
    ]
    with pair.database.read() as session:
        assert session.scalar(select(func.count()).select_from(WechatToken)) == 1
    assert 1 <= len(asked) <= 2, "two may ask at the same moment, and then nobody any more"


def test_a_bank_published_at_one_is_in_force_at_the_other(pair: Pair, tmp_path: Path) -> None:
    guide = tmp_path / "guides" / "weather.md"
    guide.parent.mkdir()
    guide.write_text(
        "---\nguide: weather\ntitle: 天气\n---\n\n## 明天会不会下雨 {#weather-rain}\n\n问法:\n"
        "- 明天下雨吗\n- 要不要带伞\n- 明天有雨吗\n- 会下雨吗\n\n明天海口有阵雨,记得带伞。\n",
        encoding="utf-8",
    )
    try:
        pair.one.run("faq", "publish", str(guide.parent))
        numbers = iter(range(100))
        for at in (pair.one, pair.other):

            def knows(at: Program = at) -> bool:
                openid = f"oRain{next(numbers)}"
                pair.say(at, openid, "明天会不会下雨")
                return "带伞" in pair.lines(openid)[-1]

            assert soon(knows)
    finally:
        pair.other.run("faq", "publish")


def test_a_change_at_one_is_live_at_the_other(pair: Pair) -> None:
    pair.say(pair.one, "oLive", "你好")
    login = requests.Session()
    page = login.get(f"{pair.other.url}/desk/login", timeout=10).text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    form = {"csrf_token": token, "name": "小李", "password": "correct horse"}
    login.post(f"{pair.other.url}/desk/login", data=form, timeout=20).raise_for_status()
    with login.get(f"{pair.other.url}/desk/events", stream=True, timeout=(10, PATIENCE)) as events:
        assert events.status_code == 200
        lines = (line for line in events.iter_lines() if line.startswith(b"data: "))
        next(lines)  # how things are now
        number = pair.conversation("oLive", pair.one)["id"]
        pair.say(pair.one, "oLive", "保证金怎么退")
        assert any(f"[{number}," in line.decode() for line in lines)


def test_scheduled_jobs_run_once(pair: Pair) -> None:
    with pair.database.write() as session:
        session.execute(
            text("UPDATE lease SET until = now() - interval '1 day' WHERE name='sweep'")
        )

    def lease() -> Lease | None:
        with pair.database.read() as session:
            return session.get(Lease, "sweep")

    until, found = time.monotonic() + 70, lease()
    while time.monotonic() < until:
        found = lease()
        if found is not None and found.until > found.until.now(found.until.tzinfo):
            break
        time.sleep(0.5)
    assert found is not None
    holder, end = found.holder, found.until
    assert holder
    time.sleep(3)  # the other processes had the same minute and left it alone
    after = lease()
    assert after is not None
    assert (after.holder, after.until) == (holder, end) or after.until - end > timedelta(seconds=30)


def test_everything_comes_back_after_the_server_dropped_every_connection(pair: Pair) -> None:
    pair.say(pair.one, "oDrop", "转人工")
    number = pair.conversation("oDrop")["id"]
    assert pair.call(pair.one, "POST", f"conversations/{number}/claim").status_code == 200
    assert break_connections(pair.database) > 4
    for at in (pair.one, pair.other):
        openid = f"oAfter{at.port}"
        pair.say(at, openid, "保证金怎么退")
        assert "保证金" in pair.lines(openid)[-1]
    for place, at in enumerate((pair.one, pair.other)):
        body = {"text": f"还在 {place}", "key": f"drop{place}"}
        sent = pair.call(at, "POST", f"conversations/{number}/messages", **body)
        assert sent.status_code == 201
        assert soon(lambda p=place: f"还在 {p}" in pair.lines("oDrop"))  # type: ignore[misc]


def test_one_goes_and_the_other_has_everything(pair: Pair) -> None:
    pair.say(pair.one, "oGone", "保证金怎么退")
    pair.one.stop()
    try:
        pair.say(pair.other, "oGone", "第二步")
        assert "第 2 步" in pair.lines("oGone")[-1]
    finally:
        pair.one.start()


def test_no_message_is_without_an_end_and_no_case_is_open_twice(pair: Pair) -> None:
    for number in range(6):
        for at in (pair.one, pair.other):
            pair.say(at, f"oEnding{number}", "转人工")
    with pair.database.read() as session:
        assert (
            session.scalar(
                select(func.count()).select_from(ReceivedPush).where(ReceivedPush.end.is_(None))
            )
            == 0
        )
        open_cases = select(Case.conversation_id).where(Case.state.in_(["waiting", "claimed"]))
        found = session.scalars(open_cases).all()
        assert len(found) == len(set(found))
        assert (session.scalar(select(func.count()).select_from(Message)) or 0) > 10
