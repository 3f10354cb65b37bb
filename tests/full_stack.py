"""The full stack for tests: the application over real HTTP, and the WeChat simulator."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import requests
from flask import Flask
from werkzeug.serving import make_server

from handlers import api
from handlers.app import create_app
from handlers.inbound import webhook
from handlers.outbound import sender
from storage.database import Database
from storage.models.conversations import Delivery
from storage.queries import consultants
from tests.installed import ACCOUNT, AES_KEY, APP_ID, SECRET, TOKEN, House, build_house
from wechat.simulator import Called, Server, ShownLine, SimulatedAccount, Simulator

SECONDS = 10


@dataclass
class Api:
    """One consultant's program, talking to the API over HTTP."""

    url: str
    token: str

    def get(self, path: str, **query: str) -> requests.Response:
        return requests.get(
            f"{self.url}/api/v1/{path}", params=query, headers=self._headers, timeout=SECONDS
        )

    def post(self, path: str, body: object = None) -> requests.Response:
        return requests.post(
            f"{self.url}/api/v1/{path}", json=body, headers=self._headers, timeout=SECONDS
        )

    def put(self, path: str, body: object) -> requests.Response:
        return requests.put(
            f"{self.url}/api/v1/{path}", json=body, headers=self._headers, timeout=SECONDS
        )

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Stage:
    """`url` is where the application listens; `simulator` is WeChat."""

    house: House
    simulator: Simulator
    server: Server
    app: Flask
    url: str

    def says(self, openid: str, text: str) -> str:
        """The merchant types; returns what their phone shows as the reply to it."""
        pushed = self.simulator.say(openid, text)
        self._wait_until_it_left()
        lines = [line for line in self.phone(openid) if line.push == pushed.n]
        return "".join(line.text for line in lines if line.sender == "reply")

    def _wait_until_it_left(self) -> None:
        """The application notes this a moment after the phone has the reply."""
        give_up = time.monotonic() + SECONDS
        while time.monotonic() < give_up:
            with self.house.database.read() as session:
                if not session.query(Delivery).filter(Delivery.state == "in_passive_reply").count():
                    return
            time.sleep(0.01)

    def phone(self, openid: str) -> list[ShownLine]:
        return self.simulator.transcript(openid)

    def arrived(self, openid: str) -> list[str]:
        """What came by the API, in order."""
        return [line.text for line in self.phone(openid) if line.sender == "api"]

    def sends(self) -> list[Called]:
        return [
            call
            for call in self.simulator.log
            if isinstance(call, Called) and call.path.endswith("custom/send")
        ]

    def consultant(self, name: str, *, role: str = "consultant") -> Api:
        """A consultant with an API token."""
        self.house.consultant(name, role=role)
        with self.house.database.write() as session:
            found = consultants.by_name(session, name)
            assert found is not None
            return Api(self.url, consultants.new_token(session, found, self.house.context.now()))

    def deliver(self) -> None:
        """What the background does when it is rung, here and now."""
        enqueued, self.house.enqueued[:] = list(dict.fromkeys(self.house.enqueued)), []
        for conversation_id in enqueued:
            sender.deliver(self.house.context, conversation_id)


def with_case(stage: Stage, name: str, openid: str) -> Api:
    """A consultant who has this merchant's conversation, number 1."""
    found = stage.consultant(name)
    stage.says(openid, "转人工")
    assert found.post("conversations/1/claim").status_code == 200
    return found


def say(api: Api, text: str, key: str) -> None:
    answer = api.post("conversations/1/messages", {"text": text, "key": key})
    assert answer.status_code == 201


def states(api: Api) -> list[str]:
    """What became of the consultant's messages in conversation 1."""
    said = api.get("conversations/1").json()["messages"]
    return [message["delivery"] for message in said if message["from"] == "consultant"]


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The application on a free port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def build_stage(
    database: Database, clock: Callable[[], datetime], folder: Path, *, mode: str = "safe"
) -> Iterator[Stage]:
    settings = SimulatedAccount(
        app_id=APP_ID,
        app_secret=SECRET,
        token=TOKEN,
        encoding_aes_key=AES_KEY,
        original_id=ACCOUNT,
        mode=mode,  # type: ignore[arg-type]
        pause=0.01,
    )
    simulator = Simulator(settings, clock)
    with Server(simulator) as server:
        house = build_house(database, clock, folder, api_base_url=server.url, mode=mode)
        app = create_app(
            house.context, [webhook.install, api.install], secret_key="not a secret in a test"
        )
        with serving(app) as url:
            simulator.settings = replace(settings, webhook=f"{url}/wechat")
            yield Stage(house, simulator, server, app, url)
