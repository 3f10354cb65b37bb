"""serve and worker."""

import click

from handlers.commands.installation import Installation, with_installation
from handlers.ops.server import GunicornServer, work


@click.command()
@with_installation
def serve(installation: Installation) -> None:
    """Webhook, desk, API and background work in one process group."""
    database = installation.database()
    installation.prepare(installation.context(database))
    database.close()
    GunicornServer(installation.listen, lambda: installation.build(())).run()


@click.command()
@with_installation
def worker(installation: Installation) -> None:
    """The background part alone, for several machines."""
    installation.database().close()
    work(lambda: installation.build(()))


COMMANDS = (serve, worker)
