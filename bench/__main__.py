"""`python -m bench [NAME …] [--quick]`: every measurement, or those named.

`python -m bench conversations FILE…` plays conversations instead.
"""

import sys
from importlib import import_module

import click

from bench.places import KINDS

NAMES = (
    "matching",
    "unseen",
    "wishes",
    "model",
    "provider",
    "throughput",
    "groups",
    "steady",
    "half_requests",
    "history",
    "publishing",
    "footprint",
    "profile",
)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(NAMES))
@click.option("--quick", is_flag=True, help="Small and short, to see that it runs.")
def main(names: tuple[str, ...], *, quick: bool) -> None:
    """Measure. Figures depend on the machine: compare ratios of one run."""
    if len(KINDS) == 1:
        click.echo("PostgreSQL is left out: TEST_POSTGRES_URL names no server.")
    for name in names or NAMES:
        click.echo(f"\n## {name}\n")
        import_module(f"bench.{name}").main(quick=quick)


if sys.argv[1:2] == ["conversations"]:
    from bench import conversations

    conversations.main(sys.argv[2:])
else:
    main()
