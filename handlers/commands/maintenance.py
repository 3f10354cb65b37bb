"""backup, restore, forget."""

from datetime import UTC, datetime
from pathlib import Path

import click

from handlers.commands.installation import Installation, with_installation
from handlers.media_files import media_folder
from handlers.ops import backup, backup_places, erasure
from storage.database import Database

FOLDER = click.argument("folder", type=click.Path(path_type=Path))


@click.command(name="backup")
@FOLDER
@click.option("--keep", default=14, show_default=True, help="How many to keep; 0 for all.")
@click.option("--made", is_flag=True, help="FOLDER is a backup that something else has made.")
@with_installation
def back_up(installation: Installation, folder: Path, *, keep: int, made: bool) -> None:
    """Save database and media in a dated folder inside FOLDER; safe while the program runs."""
    try:
        kept = folder if made else _save(installation, folder, keep)
        backup_places.note(installation.backup_command, kept, installation.database_url)
    except backup.BackupError as error:
        raise click.ClickException(str(error)) from None
    if installation.backup_command:
        click.echo("backup.command 也运行好了，备份已经抄到别处。")
    if made:
        return
    click.echo("设置文件 config.toml 里有密钥，没有放进备份，请另外保存。")


def _save(installation: Installation, folder: Path, keep: int) -> Path:
    """Old ones go at once: where copying elsewhere fails, they would fill the disk."""
    made = backup.save(installation.database_url, _media(installation), folder, datetime.now(UTC))
    click.echo(f"已备份到 {made}：数据库和 {backup.about(made).files} 个图片或文件。")
    dropped = backup.prune(folder, keep) if keep > 0 else 0
    if dropped:
        click.echo(f"删掉了 {dropped} 份旧的，留下最近 {keep} 份。")
    return made


@click.command()
@FOLDER
@click.option("--replace", is_flag=True, help="Replace the data that are there.")
@with_installation
def restore(installation: Installation, folder: Path, *, replace: bool) -> None:
    """Put the backup FOLDER, or the newest inside it, in place. Stop the program first."""
    try:
        about = backup.load(
            installation.database_url,
            _media(installation),
            folder,
            datetime.now(UTC),
            replace=replace,
        )
    except backup.BackupError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"已恢复 {about.made_at} 的备份：数据库和 {about.files} 个图片或文件。可以启动了。")


@click.command()
@click.argument("openid")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_installation
def forget(installation: Installation, openid: str, *, yes: bool) -> None:
    """Erase the merchant OPENID everywhere. It cannot be undone."""
    if not yes:
        click.confirm("这位商家的全部记录会被删除，不能恢复。继续吗", abort=True)
    context = installation.context(installation.database())
    erased = erasure.forget(context, openid)
    if erased is None:
        raise click.ClickException("没有这个 openid 的任何记录。")
    click.echo(f"已删除：{erased.in_words()}。")
    if not erased.thorough:
        click.echo("有别的程序正在读数据库，它的日志文件里可能还有，一小时内会自动清掉。")
    click.echo("以前做的备份里还有，到期请一并删掉。")


def _media(installation: Installation) -> Path:
    """Nothing is opened: a restore must not touch the database before it replaces it."""
    context = installation.context(Database(installation.database_url))
    return media_folder(context.firm)


COMMANDS = (back_up, restore, forget)
