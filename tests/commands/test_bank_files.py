"""faq pull and faq publish: files and the desk's edits, side by side."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.knowledge import bank_versions, drafts
from handlers.knowledge.drafts import Editor
from storage.database import Database
from storage.queries import banks, publications
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
        made = banks.VersionOrigin("小林", editor.now, "desk")
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


def test_files_and_a_draft_that_edit_the_same_entry_are_refused_and_both_see_it(
    edited: Path,
) -> None:
    folder = edited.parent / "mine"
    good("faq", "pull", folder, "--config", edited)
    guide = folder / "water.md"
    guide.write_text(guide.read_text(encoding="utf-8").replace("4 元", "5 元"), encoding="utf-8")
    database = Database(f"sqlite:///{edited.parent / 'data' / 'dianban.db'}")
    with database.write() as session:
        editor = Editor("李雪", datetime.now(UTC))
        drafts.put_entry(session, "water-fees", {"answer": "一吨 6 元。"}, editor)
    refused = run("faq", "publish", folder, "--config", edited)
    assert refused.exit_code == 1
    assert "-一吨 6 元。" in refused.output
    assert "+一吨 5 元。" in refused.output
    with database.read() as session:
        last = publications.latest(session)
        assert last is not None
        assert (last.state, last.kind) == ("failed", "files")
        assert "-一吨 6 元。" in last.error, "the desk shows it"
        assert drafts.view(session).find("water-fees").entry.answer == "一吨 6 元。"
        assert banks.latest_id(session) == 2
    database.close()
