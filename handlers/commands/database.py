"""db upgrade | downgrade | move."""

from contextlib import closing
from datetime import UTC, datetime

import click

from handlers.commands.installation import Installation, with_installation
from storage import addresses, backup, schema, transfer
from storage.database import Database


@click.group()
def db() -> None:
    """The database."""


@db.command()
@with_installation
def upgrade(installation: Installation) -> None:
    """Bring the tables to the newest revision."""
    click.echo(f"数据库已是最新({schema.current(installation.database())})。")


@db.command()
@click.argument("revision")
@with_installation
def downgrade(installation: Installation, revision: str) -> None:
    """Take newer revisions back, for an older program. Stop the program first."""
    with closing(Database(installation.database_url)) as database:
        try:
            schema.downgrade(database, revision)
        except schema.UnknownRevisionError:
            raise click.ClickException(f"没有 {revision} 这个版本。") from None
    click.echo(f"数据库已退回 {revision}。")


@db.command(name="move")
@click.option(
    "--to",
    "url",
    required=True,
    envvar="DIANBAN_MOVE_TO",
    help="postgresql+psycopg://… of an empty database; or in DIANBAN_MOVE_TO.",
)
@click.option("--dry-run", is_flag=True, help="Do all of it, compare, and take it back.")
@with_installation
def move_database(installation: Installation, url: str, *, dry_run: bool) -> None:
    """Copy everything from SQLite into an empty PostgreSQL database. Stop the program first."""
    try:
        addresses.postgres(url)
    except ValueError as error:
        raise click.ClickException(f"--to {error}。") from None
    if not dry_run and backup.is_in_use(installation.database_url, datetime.now(UTC)):
        raise click.ClickException("程序好像还在运行。请先停掉它再搬；刚停的话，等一分钟再试。")
    old, new = Database(installation.database_url), Database(url, setting="--to")
    with closing(old), closing(new):
        try:
            moved = transfer.move(old, new, dry_run=dry_run, report=click.echo)
        except transfer.MoveError as error:
            raise click.ClickException(str(error)) from None
    rows = sum(table.rows for table in moved)
    click.echo(f"{len(moved)} 张表、{rows} 行，已逐行核对，和原来一致。")
    click.echo("图片和文件没有搬动，仍在 storage.folder 里；几台机器一起用时，要放在共享的目录。")
    if dry_run:
        click.echo("这次是试运行：PostgreSQL 里什么也没有留下。去掉 --dry-run 就正式搬。")
    else:
        click.echo("现在把 storage.url 改成新的地址，再启动。原来的 SQLite 文件请先留着。")


COMMANDS = (db,)
