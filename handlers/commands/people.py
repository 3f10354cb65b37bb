"""consultant add | list | rename | reset | disable | enable, and token add | list | revoke."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime

import click

from handlers.actions import accounts
from handlers.actions.accounts import Actor
from handlers.cases import CaseError
from handlers.commands.installation import Installation, with_installation
from storage.database import Session
from storage.models.conversations import Consultant
from storage.queries import consultants

ACTOR = "命令行"


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
    password = _password(from_stdin=password_stdin)
    _say(
        installation,
        lambda session, by: accounts.add(session, by, name=name, password=password, role=role),
    )


@consultant.command(name="list")
@with_installation
def list_consultants(installation: Installation) -> None:
    """Everybody, with role, duty, open sessions' state and second factor."""
    with installation.database().read() as session:
        for person in consultants.everybody(session):
            state = "已停用" if not person.enabled else person.duty
            factor = "二次验证" if person.totp_secret else ""
            row = (str(person.id), person.name, accounts.ROLES[person.role], state, factor)
            click.echo("\t".join(row).rstrip())


@consultant.command(name="rename")
@click.argument("name")
@click.argument("new_name")
@with_installation
def rename(installation: Installation, name: str, new_name: str) -> None:
    """Let NAME be called NEW_NAME."""
    _change(installation, name, lambda s, by, person: accounts.rename(s, by, person, new_name))


@consultant.command(name="reset")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_installation
def reset(installation: Installation, name: str, *, password_stdin: bool) -> None:
    """A new password for NAME; ends sessions, tokens and a lost second factor."""
    password = _password(from_stdin=password_stdin)
    _change(installation, name, lambda s, by, person: accounts.reset(s, by, person, password))


@consultant.command(name="disable")
@click.argument("name")
@with_installation
def disable(installation: Installation, name: str) -> None:
    """NAME may not come in any more; their cases go back to the queue."""
    _change(installation, name, accounts.disable)


@consultant.command(name="enable")
@click.argument("name")
@with_installation
def enable(installation: Installation, name: str) -> None:
    """NAME may come in again."""
    _change(installation, name, accounts.enable)


@click.group()
def token() -> None:
    """Keys to the API."""


@token.command(name="add")
@click.argument("name")
@with_installation
def add_token(installation: Installation, name: str) -> None:
    """Print a new API token for the consultant NAME, alone; it is shown only this once."""
    _change(installation, name, accounts.new_token)


@token.command(name="list")
@with_installation
def list_tokens(installation: Installation) -> None:
    """Number, owner and age of every API token; the tokens themselves are not kept."""
    with installation.database().read() as session:
        for row, owner in consultants.tokens(session):
            click.echo(f"{row.id}\t{owner.name}\t{row.created_at:%Y-%m-%d}")


@token.command(name="revoke")
@click.argument("number", type=int)
@with_installation
def revoke_token(installation: Installation, number: int) -> None:
    """The token with this NUMBER is worth nothing from now on."""
    _say(installation, lambda session, by: accounts.revoke_token(session, by, number))


def _change(
    installation: Installation, name: str, change: Callable[[Session, Actor, Consultant], str]
) -> None:
    def work(session: Session, by: Actor) -> str:
        person = consultants.by_name(session, name)
        if person is None:
            raise click.ClickException(f"没有叫 {name} 的顾问，先用 consultant add 添加。")
        return change(session, by, person)

    _say(installation, work)


def _say(installation: Installation, work: Callable[[Session, Actor], str]) -> None:
    """Do it in one transaction, and print what came of it."""
    try:
        with installation.database().write() as session:
            words = work(session, Actor(ACTOR, datetime.now(UTC)))
    except CaseError as error:
        raise click.ClickException(str(error)) from None
    click.echo(words)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("密码", hide_input=True, confirmation_prompt=True))


COMMANDS = (consultant, token)
