"""consultant add, token add."""

import sys
from datetime import UTC, datetime

import click

from handlers.commands.installation import Installation, with_installation
from storage.queries import consultants


@click.group()
def consultant() -> None:
    """The people at the desk."""


@consultant.command(name="add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["consultant", "admin"]),
    default="consultant",
    show_default=True,
)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_installation
def add_consultant(
    installation: Installation, name: str, role: str, *, password_stdin: bool
) -> None:
    """Add a consultant called NAME."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _asked()
    if len(password) < consultants.PASSWORD_MIN:
        raise click.ClickException(f"密码至少 {consultants.PASSWORD_MIN} 个字符。")
    with installation.database().write() as session:
        consultants.add(session, name=name, password=password, role=role, now=datetime.now(UTC))
    click.echo(f"已添加{'管理员' if role == 'admin' else '顾问'} {name}。")


def _asked() -> str:
    return str(click.prompt("密码", hide_input=True, confirmation_prompt=True))


@click.group()
def token() -> None:
    """Keys to the API."""


@token.command(name="add")
@click.argument("name")
@with_installation
def add_token(installation: Installation, name: str) -> None:
    """Print a new API token for the consultant NAME, alone; it is shown only this once."""
    with installation.database().write() as session:
        found = consultants.by_name(session, name)
        if found is None:
            raise click.ClickException(f"没有叫 {name} 的顾问，先用 consultant add 添加。")
        fresh = consultants.new_token(session, found, datetime.now(UTC))
    click.echo(fresh)


COMMANDS = (consultant, token)
