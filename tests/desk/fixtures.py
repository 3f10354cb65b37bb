"""A desk for tests: a real application on a real database, and browsers without a screen."""

import re
from dataclasses import dataclass, field

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from handlers import api, desk
from handlers.app import create_app
from handlers.inbound import webhook
from storage.models.conversations import Message
from storage.queries import consultants, conversations
from tests.installed import PASSWORD, House

TOKEN = re.compile(r'<meta name="csrf" content="([^"]+)">')


@dataclass
class Browser:
    """One person's browser: it keeps the cookie, and sends the token that the page gave it."""

    client: FlaskClient
    address: str = "10.0.0.1"
    token: str = ""
    pages: list[str] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> TestResponse:
        answer = self.client.get(path, headers=headers, environ_base={"REMOTE_ADDR": self.address})
        found = TOKEN.search(answer.text) if answer.mimetype == "text/html" else None
        self.token = found.group(1) if found else self.token
        return answer

    def post(self, path: str, *, script: bool = False, **form: object) -> TestResponse:
        headers = {"X-Desk": "1"} if script else {}
        return self.client.post(
            path,
            data={"csrf_token": self.token, **form},
            headers=headers,
            environ_base={"REMOTE_ADDR": self.address},
        )

    def login(self, name: str, password: str = PASSWORD) -> TestResponse:
        self.get("/desk/login")
        answer = self.post("/desk/login", name=name, password=password)
        self.get("/desk/settings")  # a session has its own token
        return answer


@dataclass
class Office:
    """The application, its parts, and ways to look at what came of it."""

    house: House
    app: Flask

    def browser(self, name: str = "", *, address: str = "10.0.0.1") -> Browser:
        browser = Browser(self.app.test_client(), address)
        if name:
            assert browser.login(name).status_code == 303
        return browser

    def conversation(self, openid: str = "oMerchant") -> int:
        with self.house.database.read() as session:
            found = conversations.by_openid(session, openid)
            assert found is not None
            return found.id

    def waiting(self, openid: str = "oMerchant") -> int:
        """A merchant who asked for a human; returns the conversation."""
        self.house.says("手机号停了保证金能退吗", openid=openid)
        self.house.says("转人工", openid=openid)
        assert self.house.state(openid) == "waiting"
        return self.conversation(openid)

    def claimed(self, browser: Browser, openid: str = "oMerchant") -> int:
        conversation = self.waiting(openid)
        assert browser.post(f"/desk/c/{conversation}/claim").status_code == 303
        return conversation

    def consultant_id(self, name: str) -> int:
        with self.house.database.read() as session:
            found = consultants.by_name(session, name)
            assert found is not None
            return found.id

    def last(self, openid: str = "oMerchant") -> Message:
        return self.house.said(openid)[-1]


def build_office(house: House) -> Office:
    app = create_app(
        house.context, [webhook.install, api.install, desk.install], secret_key="s" * 32
    )
    app.config["TESTING"] = True
    return Office(house, app)


def open_office(house: House) -> Office:
    """With an admin 小林 and the consultants 李雪 and 王敏."""
    for name, role in (("小林", "admin"), ("李雪", "consultant"), ("王敏", "consultant")):
        house.consultant(name, role=role)
    return build_office(house)


def text(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def refusal(browser: Browser, path: str, **form: object) -> str:
    answer = browser.post(path, script=True, **form)
    assert answer.status_code == 409
    return str(answer.get_json()["message"])


def text_after(browser: Browser, path: str, **form: str) -> str:
    assert browser.post(path, script=False, **form).status_code == 303
    return text(browser, path)
