"""model check | report."""

from datetime import UTC, datetime, timedelta

import click

from handlers.commands.installation import Installation, with_installation
from handlers.model import reporting
from storage.queries import model_calls


@click.group()
def model() -> None:
    """The language model that may give a second opinion."""


@model.command(name="check")
@with_installation
def check(installation: Installation) -> None:
    """Try the key, and show what would be sent."""
    asking = installation.context(installation.database()).model
    click.echo("发出去的内容，举个例子：")
    click.echo(reporting.example())
    if asking is None:
        raise click.ClickException(
            "没有设大模型：在设置文件的 [model] 里写 base_url、api_key 和 name。"
        )
    found = reporting.check(asking)
    for words in found.words:
        click.echo(words)
    if not found.ok:
        raise SystemExit(1)


@model.command(name="report")
@click.option("--days", default=30, show_default=True, help="How far back to look.")
@with_installation
def report(installation: Installation, days: int) -> None:
    """What its choices were worth, by the consultants' verdicts."""
    since = datetime.now(UTC) - timedelta(days=days)
    with installation.database().read() as session:
        choices = model_calls.choices(session, since)
    for line in reporting.summary(choices).lines():
        click.echo(line)


COMMANDS = (model,)
