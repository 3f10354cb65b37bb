"""A short storm over real processes; `make chaos` runs it long."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.chaos.storm import Plan, sqlite_for, storm
from tests.conftest import POSTGRES, need
from tests.scale.tools import fresh_postgres

Where = Callable[[Path], AbstractContextManager[str]]


def _postgres(_folder: Path) -> AbstractContextManager[str]:
    if not POSTGRES:
        need("TEST_POSTGRES_URL is not set")
    return fresh_postgres(POSTGRES)


@pytest.mark.chaos
@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("where", "machines"),
    [
        pytest.param(sqlite_for, 1, id="sqlite"),
        pytest.param(_postgres, 1, id="postgres", marks=pytest.mark.postgres),
        pytest.param(_postgres, 2, id="two on postgres", marks=pytest.mark.postgres),
    ],
)
def test_kills_and_cuts_under_load_lose_nothing(
    where: Where, machines: int, tmp_path: Path
) -> None:
    kinds = ("kill", "kill_worker", "cut_before", "cut_after", "busy", "gone", "token_refused")
    plan = Plan(seed=8, minutes=0.25, kinds=kinds, pause=0.5, merchants=4, machines=machines)
    with where(tmp_path) as database:
        outcome = storm(plan, tmp_path, database)
    assert outcome.audit.figures["pushes"]
    assert not outcome.violations, "\n".join(outcome.violations)
