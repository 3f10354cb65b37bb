"""A small bank of another trade, published."""

import pytest

from storage.database import Database
from tests.conftest import Clock
from tests.knowledge.water import put_in_force


@pytest.fixture
def published(database: Database, clock: Clock) -> Database:
    """The database with the water bank as version 1."""
    put_in_force(database, clock())
    return database
