"""docs/deploy.md is followed from its first command to its last, on a server made of one folder."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import make_url

from handlers.ops import backup as backups
from storage import schema
from storage.database import Database
from tests.conftest import need
from tests.deploy.machine import BLOCK, Machine, blocks
from tests.scale.running import ROOT
from tests.scale.tools import fresh_postgres

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(600)]
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


def settings(machine: Machine) -> str:
    return SETTINGS.format(aes_key="A" * 43, port=machine.port, root=machine.root)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
    if nginx is None:
        need("nginx is missing")
    machine = Machine(tmp_path / "server", nginx)
    machine.edit("config.toml", settings(machine))
    yield machine
    machine.run("systemctl stop dianban")


def revision_of(url: str) -> str | None:
    database = Database(url)
    try:
        return schema.current(database)
    finally:
        database.close()


def put_in_settings(machine: Machine, url: str) -> None:
    """PostgreSQL at this address, as the document has it written into two files."""
    text = re.sub(r"(?m)^url = .*$", lambda _: f'url = "{url}"', settings(machine))
    machine.edit("config.toml", text.replace('/var/lib/dianban"', '/var/lib/dianban/shared"'))
    at = make_url(url)
    lines = {"host": at.host, "port": at.port, "dbname": at.database, "user": at.username,
             "password": at.password}  # fmt: skip
    said = "".join(f"{key}={value}\n" for key, value in lines.items() if value)
    machine.edit("pg_service.conf", "[dianban]\n" + said)


def answers(machine: Machine, token: str) -> bool:
    url = f"http://127.0.0.1:{machine.port}/api/v1/conversations"
    return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=20).ok


def test_an_empty_server_becomes_a_working_one_and_survives_an_upgrade_and_a_move(
    machine: Machine, postgres_url: str
) -> None:
    assert postgres_url
    sections = {re.sub(r"\D.*", "", heading): text for heading, text in blocks(DOCUMENT).items()}
    sections["4"] = sections["4"].replace("NAME=desk.example.com", "NAME=desk.firm.test")
    token = ""
    for number in "123456":
        printed = machine.run(sections[number])
        if number == "5":
            token = printed.split()[-1]
            assert answers(machine, token)
    site = (machine.root / "etc/nginx/conf.d/dianban.conf").read_text(encoding="utf-8")
    assert "desk.firm.test" in site
    assert "example" not in site.split("upstream", maxsplit=1)[1]

    back_up_and_restore(machine, sections["7"], sections["5"])
    assert answers(machine, token)
    upgrade_and_go_back(machine, sections["8"])
    assert answers(machine, token)
    move_to_postgresql(machine, sections["9"], token)
    assert "Traceback" not in machine.journal()


def back_up_and_restore(machine: Machine, section: str, new_consultant: str) -> None:
    backup, _, restore = section.partition("cd /opt/dianban\n")
    machine.run(backup)
    assert len(backups.all_in(machine.root / "var/lib/dianban/backups")) == 1
    later = machine.run(new_consultant.replace("小李", "小王")).split()[-1]
    assert answers(machine, later)
    machine.run("cd /opt/dianban\n" + restore)
    assert not answers(machine, later), "what came after the backup is gone"


def upgrade_and_go_back(machine: Machine, section: str) -> None:
    guides = machine.root / "opt/dianban/faq/guides"
    shutil.copytree(guides, machine.root / "etc/dianban/guides")  # an owner's own
    before, revision = schema.head(), f"{int(schema.head()) + 1:04d}"
    migration = NEWER.format(revision=revision, before=before)
    machine.publish(f"storage/migrations/versions/{revision}_newer.py", migration)
    upgrade, back = section.split("sudo systemctl stop dianban")
    url = f"sqlite:///{machine.root}/var/lib/dianban/dianban.db"
    machine.run(upgrade)
    assert revision_of(url) == revision
    machine.run("cd /opt/dianban\nsudo systemctl stop dianban" + back)
    assert revision_of(url) == before


def move_to_postgresql(machine: Machine, section: str, token: str) -> None:
    with fresh_postgres() as target, fresh_postgres() as another:
        address = "postgresql+psycopg://dianban:PASSWORD@10.0.0.10/dianban"
        assert address in section
        move, _, rest = section.replace(address, target).partition("newest=")
        put_in_settings(machine, target)
        machine.run(move.removesuffix("sudo systemctl stop dianban\n"))
        assert answers(machine, token), "the consultant came along"
        put_in_settings(machine, another)
        edits = "sudoedit /etc/dianban/config.toml\nsudoedit /etc/dianban/pg_service.conf\n"
        machine.run("sudo systemctl stop dianban\n" + edits + "newest=" + rest)
        assert answers(machine, token), "the dump brought the consultant back"
        assert revision_of(target) == revision_of(another) == schema.head()
        machine.run("systemctl stop dianban")
    shared = (machine.root / "etc/systemd/system/dianban.service.d/shared.conf").read_text()
    assert shared == f"[Unit]\nRequiresMountsFor={machine.root}/var/lib/dianban/shared\n"


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
        assert before.endswith("sudo ") or "apt-get install" in before, use.string


def test_the_example_in_the_document_fits_the_settings() -> None:
    import config  # noqa: PLC0415

    (example,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, flags=re.DOTALL)
    fields: dict[str, object] = {}
    for line in example.splitlines():
        if line.startswith("["):
            fields = config.Settings.model_fields[line.strip("[]")].annotation.model_fields  # type: ignore[union-attr]
        elif "=" in line:
            assert line.split(" = ")[0] in fields
