"""docs/deploy.md is followed from its first command to its last, on a server made of one folder."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from storage import schema
from storage.database import Database
from tests.conftest import REQUIRE_ALL
from tests.deploy_machine import BLOCK, Machine, blocks
from tests.scale_running import ROOT
from tests.scale_tools import fresh_postgres

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(400)]
DOCUMENT = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")

SETTINGS = """\
[wechat]
app_id = "wx0123456789abcdef"
app_secret = "app-secret"
token = "sometoken"
encoding_aes_key = "{aes_key}"
[server]
port = {port}
workers = 1
threads = 8
proxies = 1
public_url = "https://desk.example.com"
[storage]
url = "sqlite:///{root}/var/lib/dianban/dianban.db"
folder = "{root}/var/lib/dianban"
[desk]
secret_key = "0123456789abcdef0123456789abcdef"
[contact]
phone = "138-0013-8000"
"""
NEWER = """
from alembic import op
revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE of_the_newer_version (id INTEGER PRIMARY KEY)")


def downgrade() -> None:
    op.execute("DROP TABLE of_the_newer_version")
"""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
    if nginx is None:
        if REQUIRE_ALL:
            pytest.fail("nginx is not installed")
        pytest.skip("nginx is not installed")
    machine = Machine(tmp_path / "server", nginx)
    text = SETTINGS.format(aes_key="A" * 43, port=machine.port, root=machine.root)
    (machine.root / "settings.toml").write_text(text, encoding="utf-8")
    yield machine
    machine.run("systemctl stop dianban")


def revision_of(url: str) -> str | None:
    database = Database(url)
    try:
        return schema.current(database)
    finally:
        database.close()


def answers(machine: Machine, token: str) -> bool:
    url = f"http://127.0.0.1:{machine.port}/api/v1/conversations"
    return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=20).ok


def test_an_empty_server_becomes_a_working_one_and_survives_an_upgrade_and_a_move(
    machine: Machine, postgres_url: str
) -> None:
    sections = {re.sub(r"\D.*", "", heading): text for heading, text in blocks(DOCUMENT).items()}
    assert postgres_url
    token = ""
    for number in "123456":
        printed = machine.run(sections[number])
        if number == "5":
            token = printed.split()[-1]
            assert answers(machine, token)
    machine.run(sections["7"])
    assert list((machine.root / "var/lib/dianban/backups").iterdir())

    before, revision = schema.head(), f"{int(schema.head()) + 1:04d}"
    migration = NEWER.format(revision=revision, before=before)
    machine.publish(f"storage/migrations/versions/{revision}_newer.py", migration)
    upgrade, back = sections["8"].split("sudo systemctl stop dianban")
    url = f"sqlite:///{machine.root}/var/lib/dianban/dianban.db"
    machine.run(upgrade)
    assert revision_of(url) == revision
    machine.run("cd /opt/dianban\nsudo systemctl stop dianban" + back)
    assert revision_of(url) == before
    assert answers(machine, token)

    with fresh_postgres() as target:
        assert "PASSWORD@10.0.0.10" in sections["9"]
        address = "postgresql+psycopg://dianban:PASSWORD@10.0.0.10/dianban"
        machine.run(sections["9"].replace(address, target))
        assert answers(machine, token), "the consultant came along"
        assert revision_of(target) == before
        machine.run("systemctl stop dianban")
    assert "Traceback" not in machine.journal()


def test_every_command_of_the_program_in_the_documents_exists() -> None:
    """`bot.py x y` in the documents that owners and engineers follow."""
    from bot import cli  # noqa: PLC0415 (imports all of the program)

    for name in ("docs/deploy.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for match in re.finditer(r"bot\.py ([a-z]+)(?: ([a-z]+)\b)?", text):
            command = cli.commands.get(match[1])
            assert command is not None, f"{name}: bot.py {match[1]}"
            below = getattr(command, "commands", None)
            if below is not None:
                assert match[2] in below, f"{name}: {match[0]}"


def test_only_root_uses_git_in_the_program() -> None:
    """It belongs to root there: for everybody else git calls that dubious ownership."""
    lines = [line for block in BLOCK.finditer(DOCUMENT) for line in block["body"].splitlines()]
    uses = [match for line in lines for match in re.finditer(r"(?<![\w./-])git (?=[a-z])", line)]
    assert len(uses) >= 5
    for use in uses:
        before = use.string[: use.start()]
        assert before.endswith(("sudo ", "apt-get install -y ")), use.string


def test_the_example_in_the_document_fits_the_settings() -> None:
    import config  # noqa: PLC0415

    (example,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, flags=re.DOTALL)
    fields: dict[str, object] = {}
    for line in example.splitlines():
        if line.startswith("["):
            fields = config.Settings.model_fields[line.strip("[]")].annotation.model_fields  # type: ignore[union-attr]
        elif "=" in line:
            assert line.split(" = ")[0] in fields
