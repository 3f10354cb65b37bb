"""A simulator on a free port with a merchant who wrote just now, and a client that talks to it."""

from collections.abc import Iterator

import pytest

from tests.full_stack import serving
from tests.wechat.bot import Bot
from tests.wechat.tools import OPENID, Clock, account, client_of
from wechat.client import Client
from wechat.simulator import Server, SimulatedAccount, Simulator


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[Server]:
    with Server(Simulator(account(), clock)) as server:
        yield server


@pytest.fixture
def simulator(server: Server) -> Simulator:
    server.simulator.phone(OPENID).wrote(server.simulator.clock(), tapped=False)
    return server.simulator


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
def settings(webhook: str) -> SimulatedAccount:
    return account(webhook=webhook)
