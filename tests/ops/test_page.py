"""The operations page: the same checks in words, for admins; and the doors of the whole app."""

import re

import pytest
from flask import Flask

from handlers import api, desk
from handlers.app import create_app
from handlers.inbound import webhook
from handlers.jobs import sweep
from handlers.ops import backup_places, erasure, health, logs
from storage.queries import gauges, upkeep
from tests.conftest import Clock
from tests.desk.fixtures import Browser, Office
from tests.ops.tools import WHO, undecided

PAGE = "/desk/operations"


@pytest.fixture(autouse=True)
def _one_clock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database server's clock stands still with ours."""
    monkeypatch.setattr(gauges, "clock", lambda _: clock.now)


@pytest.fixture
def admin(office: Office) -> Browser:
    return office.browser("小林")


def test_an_admin_reads_that_all_is_well(office: Office, admin: Browser) -> None:
    office.house.says("保证金怎么退")
    sweep.sweep(office.house.context, "a")
    page = admin.get(PAGE).text
    assert "一切正常" in page
    assert "机器人答了" in page
    assert PAGE in admin.get("/desk/settings").text


def test_what_is_wrong_is_said_with_what_to_do(
    office: Office, admin: Browser, clock: Clock
) -> None:
    undecided(office.house)
    clock.forward(minutes=10)
    page = admin.get(PAGE).text
    assert "处要处理" in page
    for check in health.checks(office.house.context, clock.now):
        words = re.escape(check.words)
        if check.name == "disk":  # other programs write to it meanwhile
            words = re.sub(r"\d+", r"\\d+", words)
        assert re.search(words, page)
        assert check.advice in page


def test_the_last_backup_stands_there_and_how_to_restore(
    office: Office, admin: Browser, clock: Clock
) -> None:
    assert "还没有备份过" in admin.get(PAGE).text
    now = clock.now
    with office.house.database.write() as session:
        upkeep.note_moment(session, backup_places.MADE, now)
    page = admin.get(PAGE).text
    assert "最近一份好的备份" in page
    assert "restore" in page
    assert "还没有抄到别处过" in page
    with office.house.database.write() as session:
        upkeep.note_moment(session, backup_places.ELSEWHERE, now)
    clock.forward(days=3)
    page = admin.get(PAGE).text
    assert "最近一次抄到别处" in page
    assert "两天没有备份" in page


def test_an_erased_merchant_is_listed_without_a_name(office: Office, admin: Browser) -> None:
    office.house.says("保证金怎么退")
    erasure.forget(office.house.context, WHO)
    page = admin.get(PAGE).text
    assert "管理员删除" in page
    assert WHO not in page


def test_a_consultant_may_not_see_it(office: Office) -> None:
    consultant = office.browser("李雪")
    assert consultant.get(PAGE).status_code == 403
    assert PAGE not in consultant.get("/desk/settings").text


def test_the_probes_answer_without_a_login(office: Office) -> None:
    groups = [logs.install, webhook.install, health.install, api.install, desk.install]
    app: Flask = create_app(office.house.context, groups, secret_key="s" * 32)
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/metrics").status_code == 200
    outside = {"REMOTE_ADDR": "8.8.8.8"}
    assert client.get("/metrics", environ_base=outside).status_code == 403
