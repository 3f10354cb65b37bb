"""A simulator in a process of its own: `python -m wechat.simulator --help`."""

import click

from wechat.simulator.records import SimulatedAccount
from wechat.simulator.server import serve


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8001, show_default=True)
@click.option("--webhook", default="http://127.0.0.1:8000/wechat", show_default=True)
@click.option("--app-id", required=True)
@click.option("--app-secret", required=True)
@click.option("--token", required=True)
@click.option("--encoding-aes-key", default="", help="43 characters; needed in safe mode")
@click.option("--original-id", default="gh_simulator000", show_default=True)
@click.option("--mode", type=click.Choice(["safe", "plain"]), default="safe", show_default=True)
@click.option(
    "--account", type=click.Choice(["verified", "passive"]), default="verified", show_default=True
)
def main(host: str, port: int, **account: str) -> None:
    """Play the WeChat platform for one account on this machine."""
    serve(host, port, SimulatedAccount(**account))  # type: ignore[arg-type]  # click checked the choices


main()
