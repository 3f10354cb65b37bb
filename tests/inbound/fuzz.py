"""Everything that can be thrown at the webhook, through the real application and database.

`python -m tests.webhook_fuzz --examples 100000` is the long run.
"""

import logging
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import click
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import func, select

from handlers.app import create_app
from handlers.inbound import webhook
from storage import schema
from storage.database import Database
from storage.models.conversations import Conversation, Media, Message, ReceivedPush
from tests.inbound.fuzz_inputs import NOW, FuzzRequest, throws
from tests.installed import build_house

REFUSED = 400
BROKEN = 500


class Errors(logging.Handler):
    """Deciding catches every error so that nobody meets silence; here each one counts."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record.getMessage())


@dataclass
class Target:
    """The application in both modes on one database, and what it answered so far."""

    database: Database
    folder: Path
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._errors = Errors()
        logging.getLogger("handlers").addHandler(self._errors)
        self._clients = {mode: self._client(mode) for mode in ("plain", "safe")}
        self._rows = self._newest()

    def close(self) -> None:
        logging.getLogger("handlers").removeHandler(self._errors)

    def check(self, throw: FuzzRequest) -> None:
        """Raises AssertionError, or whatever the application raised."""
        answer = self._clients[throw.mode].open(
            "/wechat",
            method=throw.method,
            query_string=throw.args,
            headers=throw.headers,
            data=throw.body,
        )
        self.statuses[answer.status_code] += 1
        assert answer.status_code < BROKEN
        assert not self._errors.seen
        before, self._rows = self._rows, self._newest()
        if answer.status_code >= REFUSED or throw.method != "POST":
            assert self._rows == before
        else:
            assert self._rows[0] - before[0] <= 1
            assert answer.get_data()

    def ends(self) -> Counter[str | None]:
        with self.database.read() as session:
            found = session.execute(
                select(ReceivedPush.end, func.count()).group_by(ReceivedPush.end)
            ).all()
        return Counter({row[0]: row[1] for row in found})

    def _client(self, mode: str) -> FlaskClient:
        house = build_house(self.database, lambda: NOW, self.folder, mode=mode)
        app = create_app(house.context, [webhook.install], secret_key="0" * 64)
        app.config["PROPAGATE_EXCEPTIONS"] = True
        return app.test_client()

    def _newest(self) -> tuple[int, ...]:
        with self.database.read() as session:
            return tuple(
                session.scalar(select(func.max(table.id))) or 0
                for table in (ReceivedPush, Message, Conversation, Media)
            )


def fuzz(target: Target, examples: int) -> None:
    """Throw that many; the first that breaks something is made small and raised."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(throw=throws())
    def run(throw: FuzzRequest) -> None:
        target.check(throw)

    run()


@click.command()
@click.option("--examples", default=100_000, show_default=True)
def main(examples: int) -> None:
    """Throw this many requests at the webhook, and say how they were answered."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/dianban.db")
        schema.upgrade(database)
        target = Target(database, Path(folder))
        started = time.monotonic()
        fuzz(target, examples)
        click.echo(f"answers: {dict(sorted(target.statuses.items()))}")
        click.echo(f"stored pushes by end: {dict(target.ends())}")
        click.echo(f"seconds: {time.monotonic() - started:.0f}")
        database.close()


if __name__ == "__main__":
    main()
