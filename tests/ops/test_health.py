"""What an operator's machines may ask, and whether the answers are right."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import delete, select

from handlers.app import create_app
from handlers.jobs import sweep
from handlers.ops import erasure, health
from storage.database import Database
from storage.models.conversations import Delivery, ReceivedPush
from storage.queries import gauges
from tests.conftest import Clock
from tests.installed import House, build_house
from tests.ops.tools import WHO, claim, undecided

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def app_of(house: House) -> Flask:
    return create_app(house.context, [health.install], secret_key="not a secret in a test")


@pytest.fixture
def client(house: House, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The database server's clock stands still with ours."""
    monkeypatch.setattr(gauges, "clock", lambda _: house.context.now())
    return app_of(house).test_client()


def ready(client: FlaskClient) -> tuple[int, set[str]]:
    """The status, and the names of the checks that fail."""
    answer = client.get("/readyz")
    failing = {check["name"] for check in answer.json["checks"] if not check["ok"]}  # type: ignore[index]
    return answer.status_code, failing


def scrape(client: FlaskClient) -> Samples:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"dianban_{name}", tuple(sorted(labels.items()))]


def test_the_process_says_that_it_answers(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_a_healthy_installation_is_ready(house: House, client: FlaskClient) -> None:
    house.says("保证金怎么退")
    sweep.sweep(house.context, "a")
    assert ready(client) == (200, set())


@pytest.mark.postgres
@pytest.mark.parametrize(("ahead", "failing"), [(0, set()), (5, {"clock"}), (-5, {"clock"})])
def test_a_clock_that_differs_from_the_database_servers_is_told(
    postgres: Database, tmp_path: Path, ahead: int, failing: set[str]
) -> None:
    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=ahead)

    client = app_of(build_house(postgres, now, tmp_path)).test_client()
    assert ready(client)[1] == failing


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("10.0.0.7", {}, 200),
        ("::1", {}, 200),
        ("8.8.8.8", {}, 403),
        ("", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "8.8.8.8"}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.7"}, 403),
    ],
)
def test_only_the_machine_and_its_network_may_ask(
    client: FlaskClient, path: str, address: str, headers: dict[str, str], status: int
) -> None:
    answer = client.get(path, headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status
    healthy = client.get("/healthz", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert healthy.status_code == 200


def test_a_sweep_that_stopped_is_noticed(house: House, clock: Clock, client: FlaskClient) -> None:
    sweep.sweep(house.context, "a")
    clock.forward(minutes=4)
    assert ready(client) == (503, {"jobs"})
    sweep.sweep(house.context, "b")
    assert ready(client) == (200, set())


def test_a_message_without_an_end_is_noticed(house: House, client: FlaskClient) -> None:
    undecided(house)
    assert ready(client) == (503, {"silent"})
    assert value(scrape(client), "silent") == 1
    sweep.sweep(house.context, "a")
    assert ready(client) == (200, set())
    samples = scrape(client)
    assert value(samples, "silent") == 0
    assert value(samples, "silent_rescued_total") == 1


def mark(house: House, **changes: object) -> None:
    with house.database.write() as session:
        for name, each in changes.items():
            setattr(session.scalars(select(Delivery)).one(), name, each)


@pytest.mark.parametrize(
    ("changes", "failing"),
    [
        ({"state": "held", "errcode": 48001, "error": "没有权限"}, {"token"}),
        ({"state": "pending", "attempts": 3}, {"wechat"}),
        ({"state": "held", "errcode": 45047}, set()),
        ({"state": "failed", "errcode": 43019}, set()),
    ],
)
def test_how_deliveries_fare_tells_of_wechat(
    house: House, client: FlaskClient, changes: dict[str, object], failing: set[str]
) -> None:
    house.says("保证金怎么退")
    mark(house, sent_at=None, **changes)
    assert ready(client)[1] == failing


def test_a_queue_that_stands_still_is_noticed(
    house: House, clock: Clock, client: FlaskClient
) -> None:
    house.says("保证金怎么退")
    mark(house, state="pending", due_at=clock.now - timedelta(minutes=6))
    assert ready(client) == (503, {"queue"})
    assert value(scrape(client), "queue_age_seconds") == 360


def test_a_database_that_is_away_is_said_and_never_a_stack_trace(
    clock: Clock, tmp_path: Path
) -> None:
    house = build_house(Database("postgresql+psycopg://me@127.0.0.1:9/none"), clock, tmp_path)
    client = app_of(house).test_client()
    assert ready(client) == (503, {"database"})
    assert client.get("/healthz").status_code == 200
    assert client.get("/metrics").status_code == 503


def test_every_failing_check_says_what_to_do(house: House, clock: Clock) -> None:
    undecided(house)
    clock.forward(minutes=10)
    for check in health.checks(house.context, clock.now - timedelta(hours=1)):
        assert check.ok or check.advice, check


def test_pushes_are_counted_by_outcome_and_time(house: House, client: FlaskClient) -> None:
    house.says("保证金怎么退")
    house.says("转人工")
    house.says("", kind="view")
    samples = scrape(client)
    assert value(samples, "pushes_total", outcome="answered") == 1
    assert value(samples, "pushes_total", outcome="queued") == 1
    assert value(samples, "pushes_total", outcome="ignored") == 1
    assert value(samples, "decide_seconds_count") == 3
    assert value(samples, "decide_seconds_bucket", le="5.0") == 3
    assert value(samples, "deliveries_sent_total", via="passive") == 2
    assert value(samples, "open_cases", state="waiting") == 1


def test_the_time_to_decide_falls_into_its_bucket(house: House, client: FlaskClient) -> None:
    house.says("保证金怎么退")
    with house.database.write() as session:
        session.scalars(select(ReceivedPush)).one().took_ms = 700
    samples = scrape(client)
    assert value(samples, "decide_seconds_bucket", le="0.5") == 0
    assert value(samples, "decide_seconds_bucket", le="1.0") == 1
    assert value(samples, "decide_seconds_sum") == 0.7


def test_totals_only_grow_and_nothing_is_counted_twice(
    house: House, clock: Clock, client: FlaskClient
) -> None:
    seen = 0.0
    for round_ in range(4):
        house.says("保证金怎么退", openid=f"o{round_}")
        assert value(scrape(client), "pushes_total", outcome="answered") == round_ + 1
        clock.forward(minutes=3)
        sweep.sweep(house.context, f"{round_}")
        seen = value(scrape(client), "pushes_total", outcome="answered")
        assert seen == round_ + 1
    erasure.forget(house.context, "o0")
    with house.database.write() as session:
        session.execute(delete(ReceivedPush))
    assert value(scrape(client), "pushes_total", outcome="answered") == seen


def test_every_process_gives_the_same_figures(house: House, clock: Clock, tmp_path: Path) -> None:
    other = build_house(
        Database(house.database.engine.url.render_as_string(hide_password=False)), clock, tmp_path
    )
    house.says("保证金怎么退")
    other.says("怎么关店", openid="oOther")
    house.says("转人工")
    claim(house, house.consultant("小李"))
    first, second = (scrape(app_of(each).test_client()) for each in (house, other))
    assert first == second
    assert value(first, "open_cases", state="claimed") == 1
    other.database.close()


def test_folding_at_the_same_moment_twice_counts_once(house: House, clock: Clock) -> None:
    house.says("保证金怎么退")
    clock.forward(minutes=5)
    for _ in range(2):
        house.database.transact(lambda session: gauges.fold(session, clock.now))
    with house.database.read() as session:
        assert gauges.totals(session, clock.now)["pushes:answered"] == 1


def test_no_figure_names_anybody(house: House, client: FlaskClient) -> None:
    house.says("保证金怎么退")
    house.says("转人工")
    for path in ("/metrics", "/readyz"):
        assert WHO not in client.get(path).text
        assert "保证金怎么退" not in client.get(path).text


def test_the_end_of_the_calendar_is_told(client: FlaskClient, clock: Clock) -> None:
    assert "calendar" not in ready(client)[1]
    clock.now = datetime(2027, 1, 1, 2, 0, tzinfo=UTC)
    assert "calendar" in ready(client)[1]
