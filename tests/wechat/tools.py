"""A clock that tests move, and one account's settings for the simulator and its counterpart."""

from datetime import UTC, datetime, timedelta

from wechat.client import Client
from wechat.simulator import Called, Server, SimulatedAccount, Simulator
from wechat.tokens import MemoryTokenStore, TokenStore

APP_ID, SECRET = "wx0123456789abcdef", "5ecre7-5ecre7-5ecre7-5ecre7-5ecr"
TOKEN, AES_KEY, ACCOUNT = "aToken123", "k" * 42 + "A", "gh_0123456789ab"
OPENID = "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"


class Clock:
    """The aware now, until somebody moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


def account(**overrides: object) -> SimulatedAccount:
    settings: dict[str, object] = {
        "app_id": APP_ID,
        "app_secret": SECRET,
        "token": TOKEN,
        "encoding_aes_key": AES_KEY,
        "original_id": ACCOUNT,
        "webhook": "http://127.0.0.1:9/wechat",
        "timeout": 0.3,
        "pause": 0.01,
    }
    return SimulatedAccount(**(settings | overrides))  # type: ignore[arg-type]  # the caller names fields


def client_of(server: Server, tokens: TokenStore | None = None, secret: str = SECRET) -> Client:
    return Client(
        app_id=APP_ID,
        secret=secret,
        tokens=tokens or MemoryTokenStore(),
        clock=server.simulator.clock,
        base_url=server.url,
    )


def texts(simulator: Simulator) -> list[str]:
    """What the merchant's phone shows."""
    return [line.text for line in simulator.transcript(OPENID)]


def calls(simulator: Simulator, path: str) -> list[Called]:
    """The API calls that came in, oldest first."""
    return [c for c in simulator.log if isinstance(c, Called) and c.path.endswith(path)]
