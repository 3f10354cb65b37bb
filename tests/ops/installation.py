"""A settings file of its own for a test, and the command line run with it."""

from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result

from bot import cli
from tests.installed import ACCOUNT, AES_KEY, APP_ID, SECRET, TOKEN

SETTINGS = """\
[wechat]
app_id = "{app_id}"
app_secret = "{secret}"
token = "{token}"
encoding_aes_key = "{aes_key}"
original_id = "{original_id}"
account = "{account}"
api_base_url = "{api}"
[server]
public_url = "{public}"
[storage]
url = "{url}"
folder = "data"
[desk]
secret_key = "not a secret in a test, but long enough"
[contact]
phone = "138-0013-8000"
"""


@dataclass(frozen=True)
class Place:
    """A folder with settings in it."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def add(self, more: str) -> None:
        """Further settings."""
        with (self.folder / "config.toml").open("a", encoding="utf-8") as settings:
            settings.write(more)

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(cli, [*words, "--config", str(self.folder / "config.toml")])


def settle(
    folder: Path,
    *,
    api: str = "http://127.0.0.1:9",
    public: str = "",
    url: str = "sqlite:///data/dianban.db",
    account: str = "verified",
    secret: str = SECRET,
) -> Place:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(
        SETTINGS.format(
            app_id=APP_ID,
            secret=secret,
            token=TOKEN,
            aes_key=AES_KEY,
            original_id=ACCOUNT,
            account=account,
            api=api,
            public=public,
            url=url,
        )
    )
    return Place(folder)
