"""When everything is refused, somebody hears of it; when a stranger posts rubbish, nobody does."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from handlers.context import AlertTargets
from handlers.inbound.refusals import ALARMING
from handlers.jobs import sweep
from handlers.ops import health
from storage.database import Database
from storage.models.upkeep import Tally
from tests.conftest import Clock
from tests.full_stack import Stage, build_stage
from tests.installed import AES_KEY, APP_ID, TOKEN
from tests.outbound.test_alerts import Group, group  # noqa: F401 (a fixture)
from wechat.verifier import Verifier


@pytest.fixture
def stage(database: Database, clock: Clock, tmp_path: Path) -> Iterator[Stage]:
    with build_stage(database, clock, tmp_path) as built:
        built.app.register_blueprint(health.status)
        built.app.extensions[health.STARTED] = clock.now
        yield built


def differs(stage: Stage, **settings: str) -> None:
    """From now on the account has other settings than WeChat."""
    given = {"token": TOKEN, "app_id": APP_ID, "mode": "safe", "encoding_aes_key": AES_KEY}
    verifier = Verifier(**{**given, **settings})  # type: ignore[arg-type]
    stage.app.extensions["dianban"] = replace(stage.house.context, verifier=verifier)


def told(stage: Stage) -> tuple[bool, str]:
    stage.house.context.refusals.store(stage.house.database)
    checks = requests.get(f"{stage.url}/readyz", timeout=10).json()["checks"]
    found = next(check for check in checks if check["name"] == "pushes")
    return found["ok"], found["words"]


def test_all_is_well_while_pushes_are_taken(stage: Stage) -> None:
    stage.says("oMerchant", "你好")
    assert told(stage) == (True, "正常。")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"token": "another"}, "Token"),
        ({"encoding_aes_key": "B" * 43}, "EncodingAESKey"),
        ({"app_id": "wxffffffffffffffff"}, "EncodingAESKey 或 AppID"),
        ({"original_id": "gh_another"}, "original_id"),
    ],
)
def test_a_setting_that_differs_is_named(
    stage: Stage, settings: dict[str, str], words: str
) -> None:
    stage.says("oMerchant", "你好")
    differs(stage, **settings)
    for number in range(5):
        stage.simulator.say("oMerchant", f"在吗{number}")
    ok, said = told(stage)
    assert not ok
    assert "最近 15 次推送全部被拒绝" in said
    assert words in said
    assert (
        "dianban_pushes_refused_total{reason="
        in requests.get(f"{stage.url}/metrics", timeout=10).text
    )


def test_a_clock_that_is_off_is_named_with_its_seconds(stage: Stage, clock: Clock) -> None:
    now = clock.now
    context = stage.house.context
    stage.app.extensions["dianban"] = replace(context, now=lambda: clock.now)
    stage.simulator.clock = lambda: now
    clock.forward(seconds=400)
    for _ in range(4):
        stage.simulator.say("oMerchant", "在吗")
    assert "400 秒" in told(stage)[1]


def test_the_next_one_that_is_taken_ends_it(stage: Stage, clock: Clock) -> None:
    differs(stage, token="another")
    for _ in range(ALARMING):
        stage.simulator.say("oMerchant", "在吗")
    assert not told(stage)[0]
    clock.forward(seconds=2)
    stage.app.extensions["dianban"] = stage.house.context
    stage.says("oMerchant", "你好")
    assert told(stage) == (True, "正常。")


def test_refusals_of_one_second_are_one_write(stage: Stage) -> None:
    differs(stage, token="another")
    refusals = stage.house.context.refusals
    for _ in range(20):
        requests.post(f"{stage.url}/wechat", data=b"rubbish", timeout=10)
    assert refusals.counts.total() == 20
    refusals.store(stage.house.database)
    with stage.house.database.read() as session:
        assert session.scalars(
            select(Tally.value).where(Tally.name.startswith("refused:"))
        ).all() == [20]


def test_the_operator_hears_of_it_after_five_minutes_and_once_an_hour(
    stage: Stage,
    clock: Clock,
    group: Group,  # noqa: F811 (the fixture)
) -> None:
    stage.house.context = replace(
        stage.house.context, alert_targets=AlertTargets(wecom=f"{group.url}/wecom")
    )
    differs(stage, token="another")
    for minute in range(4):
        clock.forward(seconds=100)
        stage.simulator.say("oMerchant", "在吗")
        stage.house.context.refusals.store(stage.house.database)
        sweep.sweep(stage.house.context, f"a{minute}")
        assert len(group.texts) == (minute == 3)
    clock.forward(seconds=100)
    stage.simulator.say("oMerchant", "在吗")
    stage.house.context.refusals.store(stage.house.database)
    sweep.sweep(stage.house.context, "b")
    assert len(group.texts) == 1
    assert "Token" in group.texts[0]
