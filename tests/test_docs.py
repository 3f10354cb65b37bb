"""What the pages name is there: files, folders and links."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
SKIPPED = {".venv", ".git", "data"}  # at the top; what is installed or made is none of the project
# An installation, a firm's own folder or a backup has it, a checkout does not.
OF_THE_OWNER = {"config.toml", "questions.jsonl", "about.json"}
QUOTED = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[\w.-][\w./-]*\.(?:py|toml|md|jsonl?|js|html|css|ya?ml|npz|sh)")
FOLDER = re.compile(r"[a-z_][a-z_/.-]*/")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def known() -> set[str]:
    """Every file and folder of the project, as `/path/to/it`."""
    return {
        "/" + path.relative_to(ROOT).as_posix()
        for top in ROOT.iterdir()
        if top.name not in SKIPPED
        for path in (top, *top.rglob("*"))
    }


KNOWN = known()


def named(text: str) -> list[str]:
    return [
        each
        for each in QUOTED.findall(text)
        if (FILE.fullmatch(each) or FOLDER.fullmatch(each)) and each not in OF_THE_OWNER
    ]


def is_there(name: str) -> bool:
    """By its whole path, or by the end of one: `cases.py`, `desk/queue.py`."""
    return any(path.endswith("/" + name.strip("/")) for path in KNOWN)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [name for name in named(text) if not is_there(name)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_a_module_that_was_renamed_is_found() -> None:
    assert named("`auth.py` and `handlers/desk/gone.py`, `a word`") == [
        "auth.py",
        "handlers/desk/gone.py",
    ]
    assert is_there("auth.py")
    assert not is_there("handlers/desk/gone.py")
    assert not is_there("uth.py")
