"""Whatever is thrown at the webhook: no 5xx, no error inside, nothing stored for a refusal."""

from pathlib import Path

from storage.database import Database
from tests.inbound.fuzz import Target, fuzz


def test_nothing_thrown_at_the_webhook_breaks_it(sqlite: Database, tmp_path: Path) -> None:
    target = Target(sqlite, tmp_path)
    try:
        fuzz(target, 400)
    finally:
        target.close()
    # It must have been both let in and refused, or it proves nothing.
    assert target.statuses[200] > 40
    assert sum(target.statuses.values()) - target.statuses[200] > 40
    assert set(target.ends()) <= {"answered", "queued", "ignored"}
