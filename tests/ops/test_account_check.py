"""`wechat check` and `wechat menu`, against the simulator and our own webhook over real HTTP."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask, Response

from storage.database import Database
from storage.queries import desk_settings
from tests.full_stack import Stage, build_stage, serving
from tests.ops.installation import Place, settle
from wechat.simulator import Fault


@pytest.fixture
def stage(sqlite: Database, sqlite_template: Path, tmp_path: Path) -> Iterator[Stage]:
    """The webhook on this machine's real time, as the command line uses it."""
    data = tmp_path / "place" / "data"
    data.mkdir(parents=True)
    shutil.copy(sqlite_template, data / "dianban.db")
    with build_stage(sqlite, lambda: datetime.now(UTC), tmp_path) as built:
        yield built


def place(tmp_path: Path, stage: Stage, **changes: str) -> Place:
    return settle(tmp_path / "place", **{"api": stage.server.url, "public": stage.url, **changes})


def test_everything_right_says_so(tmp_path: Path, stage: Stage) -> None:
    here = place(tmp_path, stage)
    assert here.run("wechat", "menu").exit_code == 0
    done = here.run("wechat", "check")
    assert done.exit_code == 0, done.output
    assert [line[0] for line in done.output.splitlines()] == ["✓", "✓", "✓", "✓", "可"]


def test_a_wrong_secret_is_named_and_nothing_after_it_is_tried(
    tmp_path: Path, stage: Stage
) -> None:
    done = place(tmp_path, stage, secret="another").run("wechat", "check")
    assert done.exit_code == 1
    assert "app_secret" in done.output
    assert "another" not in done.output
    assert "菜单" not in done.output


def test_an_address_that_is_not_allowed_is_named(tmp_path: Path, stage: Stage) -> None:
    stage.simulator.break_next(Fault(path="/cgi-bin/stable_token", code=40164))
    done = place(tmp_path, stage).run("wechat", "check")
    assert done.exit_code == 1
    assert "白名单" in done.output


def test_no_way_to_wechat_is_named(tmp_path: Path, stage: Stage) -> None:
    done = place(tmp_path, stage, api="http://127.0.0.1:9").run("wechat", "check")
    assert done.exit_code == 1
    assert "连不上微信" in done.output


def test_a_callback_address_that_nobody_answers_is_named(tmp_path: Path, stage: Stage) -> None:
    done = place(tmp_path, stage, public="http://127.0.0.1:9").run("wechat", "check")
    assert done.exit_code == 1
    assert "连不上。检查域名" in done.output


def test_a_callback_address_of_something_else_is_named(tmp_path: Path, stage: Stage) -> None:
    done = place(tmp_path, stage, public=f"{stage.url}/elsewhere").run("wechat", "check")
    assert done.exit_code == 1
    assert "HTTP 404" in done.output


def test_another_token_at_the_callback_address_is_named(tmp_path: Path, stage: Stage) -> None:
    here = place(tmp_path, stage)
    settings = here.folder / "config.toml"
    settings.write_text(settings.read_text().replace('token = "sometoken"', 'token = "other"'))
    done = here.run("wechat", "check")
    assert done.exit_code == 1
    assert "另一个 Token" in done.output


def test_without_a_public_address_that_step_is_a_notice(tmp_path: Path, stage: Stage) -> None:
    done = place(tmp_path, stage, public="").run("wechat", "check")
    assert done.exit_code == 0
    assert "! 服务器地址" in done.output


@pytest.mark.parametrize(
    ("has", "says", "mark"),
    [
        ("passive", "verified", "✗"),
        ("verified", "passive", "!"),
        ("passive", "passive", "✓"),
    ],
)
def test_the_kind_of_account_is_compared_with_the_settings(
    tmp_path: Path, stage: Stage, has: str, says: str, mark: str
) -> None:
    stage.simulator.settings = replace(stage.simulator.settings, account=has)  # type: ignore[arg-type]
    done = place(tmp_path, stage, account=says).run("wechat", "check")
    assert f"{mark} 账号类型" in done.output


def test_a_menu_that_differs_is_noticed_and_can_be_published(tmp_path: Path, stage: Stage) -> None:
    here = place(tmp_path, stage)
    assert "! 菜单:公众号还没有菜单" in here.run("wechat", "check").output
    done = here.run("wechat", "menu")
    assert "退保证金、登录不了、联系顾问" in done.output
    assert stage.simulator.menu is not None
    assert "✓ 菜单" in here.run("wechat", "check").output
    stage.simulator.menu = {"button": [{"type": "click", "name": "别的", "key": "x"}]}
    assert "! 菜单:和这里的不一样" in here.run("wechat", "check").output


def test_a_menu_that_wechat_refuses_is_said_in_words(tmp_path: Path, stage: Stage) -> None:
    stage.simulator.break_next(Fault(path="/cgi-bin/menu/create", code=48001))
    done = place(tmp_path, stage).run("wechat", "menu")
    assert done.exit_code == 1
    assert "没有发布" in done.output


def test_what_could_be_safer_is_told(tmp_path: Path, stage: Stage) -> None:
    here = place(tmp_path, stage, public="http://bot.example.invalid")
    settings = here.folder / "config.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace("[wechat]", '[wechat]\nmode = "plain"')
    text = "".join(
        line for line in text.splitlines(keepends=True) if not line.startswith("original_id")
    )
    settings.write_text(text, encoding="utf-8")
    done = here.run("wechat", "check")
    for words in ("明文模式", "original_id", "http://：", "连不上"):
        assert words in done.output


@pytest.mark.parametrize(
    ("status", "kind", "told"),
    [(200, "text/html", "网页"), (500, "text/plain", "出错了"), (302, "text/plain", "转到了")],
)
def test_an_answer_that_is_not_ours_is_named(
    tmp_path: Path, stage: Stage, status: int, kind: str, told: str
) -> None:
    other = Flask("other")

    def say() -> Response:
        return Response("<p>hello", status, {"Location": "/x"}, content_type=kind)

    other.add_url_rule("/wechat", view_func=say)
    with serving(other) as url:
        assert told in place(tmp_path, stage, public=url).run("wechat", "check").output


def test_a_button_that_leads_nowhere_is_told_and_not_published(
    tmp_path: Path, stage: Stage
) -> None:
    here = place(tmp_path, stage)
    settings = here.folder / "config.toml"
    with settings.open("a", encoding="utf-8") as file:
        file.write('[[bot.menu]]\nname = "看看"\nkey = "no-such-entry"\n')
    assert "no-such-entry" in here.run("wechat", "check").output
    done = here.run("wechat", "menu")
    assert done.exit_code == 1
    assert "no-such-entry" in done.output
    assert stage.simulator.menu is None


def test_without_the_right_to_a_menu_the_console_is_named(tmp_path: Path, stage: Stage) -> None:
    stage.simulator.break_next(Fault(path="/cgi-bin/menu/create", code=48001))
    done = place(tmp_path, stage).run("wechat", "menu")
    assert done.exit_code == 1
    assert "手工设置" in done.output
    assert "客服消息" not in done.output


def test_hours_that_were_edited_at_the_desk_are_named(tmp_path: Path, stage: Stage) -> None:
    here = place(tmp_path, stage)
    assert "工作时间" not in here.run("wechat", "check").output
    database = Database(f"sqlite:///{here.data / 'dianban.db'}")
    value = {"weekdays": ["8:00-20:00"], "saturday": [], "sunday": [], "holidays": True}
    with database.write() as session:
        desk_settings.put(
            session, "opening_hours", {**value, "closed": []}, "小林", datetime.now(UTC)
        )
    database.close()
    assert (
        "! 工作时间:以工作台改过的为准：周一至周五 8:00–20:00" in here.run("wechat", "check").output
    )
