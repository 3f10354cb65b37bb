"""`python -m tests.chaos`: one long run, its figures and violations; exit 1 when there is one."""

import sys
import tempfile
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path

import click

from storage import schema
from storage.database import Database
from tests.chaos.crashes import tell
from tests.chaos.storm import Outcome, Plan, sqlite_for, storm
from tests.chaos.trouble import TROUBLES
from tests.scale.tools import fresh_postgres


@click.command()
@click.option("--minutes", default=5.0, show_default=True, help="How long the trouble lasts.")
@click.option("--kills", default=10**6, help="End sooner, after this many kills.")
@click.option("--seed", default=1, show_default=True, help="What happens, and in which order.")
@click.option("--only", multiple=True, type=click.Choice(sorted(TROUBLES)), help="These troubles.")
@click.option("--pause", default=1.0, show_default=True, help="Seconds between two troubles.")
@click.option("--merchants", default=6, show_default=True)
@click.option("--account", type=click.Choice(["verified", "passive"]), default="verified")
@click.option("--postgres", default="", help="URL of a server; a database is made on it.")
@click.option("--machines", default=1, show_default=True, help="Installations on one PostgreSQL.")
@click.option("--keep", type=click.Path(path_type=Path), help="Leave everything in this folder.")
@click.option("--places", default=0, help="Instead: die at every n-th place of one story.")
@click.option("--first", default=1, show_default=True, help="The first of these places.")
def main(
    *,
    postgres: str,
    keep: Path | None,
    only: tuple[str, ...],
    places: int,
    first: int,
    **asked: object,
) -> None:
    """Break a running installation in every way it can break, and audit what came out."""
    if asked["machines"] != 1 and not postgres:
        raise click.UsageError("several machines need --postgres")
    plan = Plan(kinds=only or tuple(TROUBLES), **asked)  # type: ignore[arg-type]  # click checked
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        database: AbstractContextManager[str] = (
            fresh_postgres(postgres) if postgres else sqlite_for(folder)
        )
        with database as url:
            if places:
                sys.exit(1 if _die_everywhere(url, folder, range(first, 10**6, places)) else 0)
            outcome = storm(plan, folder, url)
    _show(outcome)
    sys.exit(1 if outcome.violations else 0)


def _die_everywhere(url: str, folder: Path, places: range) -> int:
    """Tells the story until it ends before the next place comes; returns the violations."""
    database = Database(url)
    schema.upgrade(database)
    deaths: Counter[str] = Counter()
    violations = 0
    for place in places:
        told = tell(place, database, folder)
        if not told.died:
            break
        deaths[told.died] += 1
        violations += len(told.violations)
        for violation in told.violations:
            click.echo(f"place {place}, {told.died}: {violation}")
    database.close()
    click.echo(f"deaths: {dict(sorted(deaths.items()))}, together {deaths.total()}")
    click.echo(f"violations: {violations}")
    return violations


def _show(outcome: Outcome) -> None:
    click.echo(f"kills: {outcome.kills}")
    click.echo(f"troubles: {dict(sorted(outcome.troubles.items()))}")
    click.echo(f"the API's answers: {dict(sorted(outcome.answers.items()))}")
    for name, figure in outcome.audit.figures.items():
        click.echo(f"{name}: {figure}")
    click.echo(f"violations: {len(outcome.violations)}")
    for violation in outcome.violations[:50]:
        click.echo(f"  {violation}")


if __name__ == "__main__":  # a child of the story imports this module by another name
    main()
