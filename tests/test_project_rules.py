"""Project rules, kept by tests so that nobody has to remember them in review."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest
from flask import Flask

import config
from bench import structure
from faq.checks import WECHAT_BYTES
from handlers import api, desk
from handlers.app import create_app
from handlers.inbound import webhook
from handlers.ops import health
from tests.installed import House
from wechat.text import LIMIT

ROOT = Path(__file__).parent.parent
PRODUCT = ("bot.py", "config.py", "faq", "handlers", "storage", "wechat", "tests")
FILE_LINES = 500

# Everything else needs a login or a token. Each is here with its reason.
PUBLIC = {
    "webhook.verify": "WeChat's signature is its key",
    "webhook.receive": "WeChat's signature is its key",
    "status.healthz": "says that this process answers, and nothing else",
    "status.readyz": "only to this machine and its private network, never through a proxy",
    "status.metrics": "only to this machine and its private network, never through a proxy",
    "api.document": "describes the API and shows no data",
    "desk.login": "how one logs in",
    "desk.asset": "style sheets and scripts, the same for everybody",
    "desk.manifest": "the name and icons of the desk, the same for everybody",
    "desk.service_worker": "a script, the same for everybody",
}


def files(*suffixes: str) -> list[Path]:
    found = [
        path
        for name in PRODUCT
        for path in ([ROOT / name] if name.endswith(".py") else sorted((ROOT / name).rglob("*")))
        if path.suffix in suffixes and "__pycache__" not in path.parts
    ]
    assert found
    return found


@pytest.fixture
def app(house: House) -> Flask:
    groups = [webhook.install, health.install, api.install, desk.install]
    return create_app(house.context, groups, secret_key="not a secret in a test")


def test_an_answer_that_a_guide_may_have_fits_into_one_message() -> None:
    """`faq/` may not import `wechat/`, so the figure stands in both."""
    assert WECHAT_BYTES == LIMIT


def test_every_route_is_public_by_name_or_behind_a_login(app: Flask) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC:
            continue
        path = re.sub(r"<[^>]*>", "1", str(rule))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(path, method=method)
            to_login = answer.status_code in {302, 303} and "/desk/login" in answer.location
            closed = answer.status_code in {400, 401, 403}  # 400: no CSRF token either
            assert to_login or closed, f"{method} {rule} ({rule.endpoint}) answers anybody"


def test_no_public_route_is_named_that_does_not_exist(app: Flask) -> None:
    assert set(PUBLIC) <= {rule.endpoint for rule in app.url_map.iter_rules()}


def test_every_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for section, field in config.Settings.model_fields.items():
        if section == "path":
            continue
        for name in field.annotation.model_fields:  # type: ignore[union-attr]
            assert f"`{section}.{name}`" in readme, f"{section}.{name}"


def test_no_file_is_longer_than_a_sitting() -> None:
    """Vendored and generated files, lock files and migrations aside; in every language."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in files(".py", ".js", ".css", ".html")
        if "versions" not in path.parts
        and "vendor" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES
    }
    assert not long


def test_lock_files_have_hashes_and_no_addresses() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        for requirement in re.findall(r"^[A-Za-z0-9].*$", text, re.MULTILINE):
            assert re.match(r"\S+==\S+.*\\$", requirement), requirement
        assert text.count("--hash=sha256:") > 50


def test_nothing_that_sends_can_read_the_notes() -> None:
    rooms = ("handlers/inbound", "handlers/outbound", "handlers/dialogue", "wechat")
    senders = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    assert senders
    for path in senders:
        imports = re.findall(
            r"^(?:from|import) .*$", path.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert not re.search(r"\bnotes?\b", "\n".join(imports), re.IGNORECASE), path


def test_decision_records_have_numbers_of_their_own() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")]
    assert len(numbers) == len(set(numbers))


def test_a_class_name_means_one_thing() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in [*files(".py"), *sorted((ROOT / "bench").rglob("*.py"))]:
        if path.is_relative_to(ROOT / "tests") or "versions" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(ROOT)))
    assert not {name: where for name, where in places.items() if len(where) > 1}


def test_few_modules_lie_loose() -> None:
    """What only one room needs is filed in that room."""
    for room, most in (("handlers", LOOSE_IN_HANDLERS), ("storage", LOOSE_IN_STORAGE)):
        loose = {path.stem for path in (ROOT / room).glob("*.py")} - {"__init__"}
        assert len(loose) <= most, loose


LOOSE_IN_HANDLERS, LOOSE_IN_STORAGE = 6, 12
DEEPEST = 10
"""The longest chain of module imports: what a newcomer may have to follow."""
FUNCTION_MEDIAN, FUNCTION_TENTH = 6, 15
"""Lines of a function, at the median and at the 90th percentile; they only fall."""


def test_imports_are_no_deeper_than_they_were() -> None:
    chain = structure.longest_chain(structure.graph(structure.modules(ROOT)))
    assert len(chain) <= DEEPEST, " → ".join(chain)


def test_functions_are_no_longer_than_they_were() -> None:
    found = dict(structure.table(ROOT))
    median, tenth = map(int, found["function median / 90th percentile"].split("/"))
    assert (median <= FUNCTION_MEDIAN, tenth <= FUNCTION_TENTH) == (True, True), (median, tenth)
