"""A stand-in on a free port with a merchant who wrote just now, and a client that talks to it."""

from collections.abc import Iterator

import pytest

from tests.stages import serving
from tests.wechat_bot import Bot
from tests.wechat_tools import OPENID, Clock, account, client_of
from wechat.client import Client
from wechat.standin import Server, Settings, Standin


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[Server]:
    with Server(Standin(account(), clock)) as server:
        yield server


@pytest.fixture
def standin(server: Server) -> Standin:
    server.standin.phone(OPENID).wrote(server.standin.clock(), tapped=False)
    return server.standin


@pytest.fixture
def client(server: Server) -> Client:
    return client_of(server)


@pytest.fixture
def bot(clock: Clock) -> Bot:
    return Bot(clock)


@pytest.fixture
def webhook(bot: Bot) -> Iterator[str]:
    with serving(bot.app) as url:
        yield f"{url}/wechat"


@pytest.fixture
def settings(webhook: str) -> Settings:
    return account(webhook=webhook)
