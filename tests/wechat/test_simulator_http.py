"""The simulator over HTTP: tokens, a phone for a page, faults and the log."""

import contextlib
import json
import socket
import subprocess
import sys
import time

import pytest
import requests

from tests.pictures import PNG
from tests.wechat.bot import spoken
from tests.wechat.tools import APP_ID, OPENID, SECRET, TOKEN, Clock, client_of
from wechat.delivery_errors import RefusedError
from wechat.simulator import Fault, Server, SimulatedAccount, Simulator


@pytest.fixture
def simulator(settings: SimulatedAccount, clock: Clock) -> Simulator:
    return Simulator(settings, clock)


class TestTokens:
    def ask(self, server: Server, **more: object) -> dict[str, object]:
        body = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET, **more}
        answer = requests.post(f"{server.url}/cgi-bin/stable_token", json=body, timeout=5)
        return dict(answer.json())

    def use(self, server: Server, token: object) -> int:
        answer = requests.get(
            f"{server.url}/cgi-bin/getcallbackip", params={"access_token": str(token)}, timeout=5
        )
        return int(answer.json().get("errcode", 0))

    def test_a_stable_token_stays_until_its_last_five_minutes(
        self, simulator: Simulator, clock: Clock
    ) -> None:
        with Server(simulator) as server:
            first = self.ask(server)
            clock.advance(seconds=6899)
            same = self.ask(server)
            assert same["access_token"] == first["access_token"]
            assert same["expires_in"] == 301
            clock.advance(seconds=1)
            second = self.ask(server)
            assert second["access_token"] != first["access_token"]
            assert self.use(server, first["access_token"]) == 0
            clock.advance(seconds=300)
            assert self.use(server, first["access_token"]) == 42001
            assert self.use(server, second["access_token"]) == 0

    def test_a_forced_one_ends_the_other(self, simulator: Simulator) -> None:
        with Server(simulator) as server:
            first = self.ask(server)
            second = self.ask(server, force_refresh=True)
            assert self.use(server, first["access_token"]) == 40001
            assert self.use(server, second["access_token"]) == 0

    def test_a_classic_one_ends_the_classic_before_after_five_minutes(
        self, simulator: Simulator, clock: Clock
    ) -> None:
        params = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}
        with Server(simulator) as server:
            stable = self.ask(server)
            one, two = (
                requests.get(f"{server.url}/cgi-bin/token", params=params, timeout=5).json()
                for _ in range(2)
            )
            assert self.use(server, one["access_token"]) == 0
            clock.advance(seconds=300)
            assert self.use(server, one["access_token"]) == 42001
            assert self.use(server, two["access_token"]) == 0
            assert self.use(server, stable["access_token"]) == 0

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"secret": "wrong"}, 40125),
            ({"appid": "wrong"}, 40013),
            ({"grant_type": "wrong"}, 40002),
        ],
    )
    def test_who_is_not_the_account_gets_none(
        self, change: dict[str, object], code: int, simulator: Simulator
    ) -> None:
        with Server(simulator) as server:
            assert self.ask(server, **change)["errcode"] == code
            assert self.use(server, "") == 41001
            assert self.use(server, "made-up") == 40001

    def test_escaped_characters_are_refused(self, simulator: Simulator) -> None:
        with Server(simulator) as server:
            token = self.ask(server)["access_token"]
            answer = requests.post(
                f"{server.url}/cgi-bin/message/custom/send",
                params={"access_token": str(token)},
                data=json.dumps({"touser": OPENID, "msgtype": "text", "text": {"content": "你"}}),
                timeout=5,
            )
            assert answer.json()["errcode"] == 40033


class TestHttp:
    def lines(self, answer: requests.Response) -> list[dict[str, object]]:
        return [json.loads(line) for line in answer.text.splitlines()]

    def test_a_page_can_be_the_phone(self, simulator: Simulator) -> None:
        with Server(simulator) as server:
            phone = f"{server.url}/phone/{OPENID}"
            said = requests.post(f"{phone}/say?wait=1", json={"text": "在吗"}, timeout=5)
            assert said.json()["outcome"] == "reply"
            requests.post(
                f"{phone}/image?wait=1", data=PNG, headers={"Content-Type": "image/png"}, timeout=5
            )
            requests.post(f"{phone}/event?wait=1", json={"event": "CLICK", "key": "d"}, timeout=5)
            client_of(server).send_text(OPENID, "顾问来了")
            lines = self.lines(requests.get(f"{phone}/transcript", timeout=5))
            assert [(line["from"], line["kind"]) for line in lines] == [
                ("phone", "text"),
                ("reply", "text"),
                ("phone", "image"),
                ("reply", "text"),
                ("phone", "CLICK"),
                ("reply", "text"),
                ("api", "text"),
            ]
            [last] = self.lines(requests.get(f"{phone}/transcript?after=6", timeout=5))
            assert (last["n"], last["text"]) == (7, "顾问来了")
            picture = requests.get(f"{phone}/media/{lines[2]['media_id']}", timeout=5)
            assert picture.content == PNG
            state = requests.get(f"{phone}/state", timeout=5).json()
            assert state == {"following": True, "typing": False, "left": 4}

    def test_without_waiting_the_answer_comes_by_itself(self, simulator: Simulator) -> None:
        with Server(simulator) as server:
            phone = f"{server.url}/phone/{OPENID}"
            assert (
                requests.post(f"{phone}/say", json={"text": "在吗"}, timeout=5).status_code == 202
            )
            deadline = time.monotonic() + 10
            while len(simulator.transcript(OPENID)) < 2 and time.monotonic() < deadline:
                time.sleep(0.01)
            assert spoken(simulator)[1] == ("reply", "收到在吗")

    @pytest.mark.parametrize(
        ("path", "kind", "status"),
        [
            ("say", "text/plain", 415),
            ("event", "application/x-www-form-urlencoded", 415),
            ("image", "text/plain", 415),
            ("image", "image/png", 415),
        ],
    )
    def test_what_another_sites_page_could_send_is_refused(
        self, path: str, kind: str, status: int, simulator: Simulator
    ) -> None:
        with Server(simulator) as server:
            answer = requests.post(
                f"{server.url}/phone/{OPENID}/{path}",
                data=b'{"text": "1"}',
                headers={"Content-Type": kind},
                timeout=5,
            )
            assert answer.status_code == status
            assert simulator.log == []

    def test_faults_can_be_ordered_and_called_off(self, simulator: Simulator) -> None:
        with Server(simulator) as server:
            order = {"path": "getcallbackip", "code": -1, "times": 5}
            assert requests.post(f"{server.url}/faults", json=order, timeout=5).status_code == 201
            wrong = requests.post(f"{server.url}/faults", json={"what": 1}, timeout=5)
            assert wrong.status_code == 400
            with pytest.raises(RefusedError, match="-1"):
                client_of(server).callback_ips()
            requests.delete(f"{server.url}/faults", timeout=5)
            assert client_of(server).callback_ips()

    def test_the_log_tells_an_auditor_everything_in_order(self, simulator: Simulator) -> None:
        simulator.say(OPENID, "在吗")
        with Server(simulator) as server:
            client = client_of(server)
            client.send_text(OPENID, "一")
            simulator.break_next(Fault("custom/send", code=45047))
            with pytest.raises(RefusedError):
                client.send_text(OPENID, "二")
            entries = self.lines(requests.get(f"{server.url}/log", timeout=5))
        assert [entry["what"] for entry in entries] == ["push", "call", "call", "call"]
        assert entries[0]["outcome"] == "reply"
        sends = [(e["text"], e["code"], e["delivered"]) for e in entries[2:]]
        assert sends == [("一", 0, True), ("二", 45047, False)]
        assert [entry["n"] for entry in entries] == [1, 2, 3, 4]

    def test_others_cannot_reach_it(self, simulator: Simulator) -> None:
        with pytest.raises(ValueError, match="loopback"):
            Server(simulator, host="0.0.0.0")  # noqa: S104 - the point of the test


def test_it_runs_in_a_process_of_its_own() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = ["--app-id", APP_ID, "--app-secret", SECRET, "--token", TOKEN, "--mode", "plain"]
    command = [sys.executable, "-m", "wechat.simulator", "--port", str(port), *settings]
    with subprocess.Popen(command) as process:
        try:
            assert answers(f"http://127.0.0.1:{port}/log")
        finally:
            process.terminate()


def answers(url: str) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(url, timeout=5).ok
        time.sleep(0.05)
    return False
