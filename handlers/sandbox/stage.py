"""The sandbox's setup: a simulator for WeChat, and a consultant."""

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from handlers.context import Context
from handlers.ops.server import probe
from storage.queries import consultants, conversations
from wechat.simulator.engine import Simulator
from wechat.simulator.records import SimulatedAccount
from wechat.simulator.server import Server

NAME = "小满"
ACCOUNT = "gh_simulator000"  # where the settings name none
WELCOME = """
店伴沙盒：在这台电脑上把商家和顾问都演一遍，不需要公众号。

  手机页面(扮商家)  {url}/
  工作台(扮顾问)    {url}/desk/
  顾问 {name}  密码 {password}

按 Ctrl+C 停止。
"""

SETTINGS = """\
# The sandbox's own settings, with secrets made for it. Delete this folder to begin anew.
[wechat]
app_id = "wx{app_id}"
app_secret = "{app_secret}"
token = "{token}"
encoding_aes_key = "{aes_key}"
original_id = "gh_{original_id}"
api_base_url = "http://127.0.0.1:{simulator_port}"

[server]
port = {port}

[storage]
url = "sqlite:///sandbox.db"
folder = "."

[desk]
secret_key = "{secret_key}"

[contact]
phone = "138-0013-8000"

[hours]
weekdays = ["0:00-24:00"]
saturday = ["0:00-24:00"]
sunday = ["0:00-24:00"]
holidays = false

[log]
level = "WARNING"
"""


def settings_file(folder: Path, *, port: int, random_hex: Callable[[int], str]) -> Path:
    """The sandbox's own settings, written on the first start with secrets made for it.

    `random_hex(n)` gives `n` random bytes as hex digits.
    """
    path = folder / "config.toml"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        text = SETTINGS.format(
            app_id=random_hex(8),
            app_secret=random_hex(16),
            token=random_hex(16),
            aes_key=random_hex(22)[:43],
            original_id=random_hex(6),
            secret_key=random_hex(32),
            port=port,
            simulator_port=port + 1,
        )
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def simulator(account: SimulatedAccount, port: int) -> Iterator[Server]:
    """A simulator at this port, or at a free one if it is taken."""
    server = Server(Simulator(account), port=port if _is_free(port) else 0)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _is_free(port: int) -> bool:
    """Asked before, since the simulator's server would end the whole program."""
    try:
        probe("127.0.0.1", port)
    except OSError:
        return False
    return True


def recall(simulator: Simulator, context: Context) -> None:
    """Tell a fresh simulator of the merchants of earlier starts, so that they can be answered."""
    with context.database.read() as session:
        for conversation, _ in conversations.listed(session):
            if conversation.last_merchant_at is not None:
                phone = simulator.phone(conversation.openid)
                phone.wrote(conversation.last_merchant_at, tapped=False)


def welcome(context: Context, port: int, secret: str) -> str:
    """What the terminal shows. The password follows from the secret, so it stays the same."""
    password = hmac.digest(secret.encode(), b"sandbox", "sha256").hex()[:10]
    with context.database.write() as session:
        if consultants.by_name(session, NAME) is None:
            consultants.add(session, name=NAME, password=password, role="admin", now=context.now())
    return WELCOME.format(url=f"http://127.0.0.1:{port}", name=NAME, password=password)
