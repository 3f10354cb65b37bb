"""faq pull and faq publish: files and the desk's edits, side by side."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.knowledge import bank_versions, drafts
from handlers.knowledge.drafts import Editor
from storage.database import Database
from storage.queries import banks
from tests.commands.test_commands import good, run, settings

__all__ = ["settings"]


@pytest.fixture
def edited(settings: Path) -> Path:
    """Published from files, then another price in force from the desk. The settings' path."""
    good("faq", "publish", "--config", settings)
    database = Database(f"sqlite:///{settings.parent / 'data' / 'dianban.db'}")
    editor = Editor("小林", datetime.now(UTC))
    with database.write() as session:
        drafts.put_entry(session, "water-fees", {"answer": "一吨 4 元。"}, editor)
        sources = drafts.view(session).sources()
        version = bank_versions.prepared_from(sources)
        compiled = banks.get(session, 1).compiled
        made = banks.Made("小林", editor.now, "desk")
        bank_versions.store(session, version, compiled, made)
    database.close()
    return settings


def test_a_publish_that_would_undo_a_colleagues_edit_is_refused_with_it(edited: Path) -> None:
    guide = edited.parent / "guides" / "water.md"
    guide.write_text(guide.read_text(encoding="utf-8") + "\n先看余额。\n", encoding="utf-8")
    refused = run("faq", "publish", "--config", edited)
    assert refused.exit_code == 1
    assert "+一吨 4 元。" in refused.output
    assert "-居民用水一吨 3 元。" in refused.output


def test_what_was_pulled_can_be_edited_and_published(edited: Path) -> None:
    folder = edited.parent / "mine"
    assert "第 2 版" in good("faq", "pull", folder, "--config", edited)
    guide = folder / "water.md"
    assert "一吨 4 元。" in guide.read_text(encoding="utf-8")
    guide.write_text(guide.read_text(encoding="utf-8").replace("4 元", "5 元"), encoding="utf-8")
    assert "已发布第 3 版" in good("faq", "publish", folder, "--config", edited)
    assert "不用再发布" in good("faq", "publish", folder, "--config", edited)
    assert "5 元" in good("faq", "export", "--config", edited)


def test_a_pull_does_not_write_over_changes(edited: Path) -> None:
    guide = edited.parent / "guides" / "water.md"
    mine = guide.read_text(encoding="utf-8") + "\n先看余额。\n"
    guide.write_text(mine, encoding="utf-8")
    refused = run("faq", "pull", "--config", edited)
    assert (refused.exit_code, guide.read_text(encoding="utf-8")) == (1, mine)
    good("faq", "pull", "--force", "--config", edited)
    assert "一吨 4 元。" in guide.read_text(encoding="utf-8")
