"""Dying at a place where it could hurt loses nothing and sends nothing twice."""

from pathlib import Path

import pytest

from storage.database import Database
from tests.chaos.crashes import tell


# Every place takes minutes (`make chaos A="--places 1"`); these are a few of each kind.
@pytest.mark.chaos
@pytest.mark.parametrize("die_at", [20, 58, 97, 141])
def test_a_crash_at_any_point_is_mended_by_the_next_process(
    die_at: int, database: Database, tmp_path: Path
) -> None:
    told = tell(die_at, database, tmp_path)
    assert told.died
    assert not told.violations, told
