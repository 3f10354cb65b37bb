"""wechat check | menu."""

import sys

import click

from handlers.commands.installation import Installation, with_installation
from handlers.ops import account_check
from wechat.errors import DeliveryError


@click.group()
def wechat() -> None:
    """The WeChat account."""


@wechat.command()
@with_installation
def check(installation: Installation) -> None:
    """Try the account's settings step by step, and say what to change where."""
    context = installation.context(installation.database())
    wrong = 0
    for step in account_check.check(context, installation.menu):
        click.echo(str(step))
        wrong += step.grade == "要改"
    if wrong:
        click.echo(f"有 {wrong} 处要改。改好后再运行一次。")
        sys.exit(1)
    click.echo("可以用了。")


@wechat.command()
@with_installation
def menu(installation: Installation) -> None:
    """Publish the menu of the settings; phones show it within a day."""
    context = installation.context(installation.database())
    if not installation.menu:
        raise click.ClickException("设置里没有菜单(bot.menu)。")
    try:
        context.client.create_menu(account_check.buttons(installation.menu))
    except DeliveryError as error:
        raise click.ClickException(f"没有发布：{error.explanation}") from None
    names = "、".join(button["name"] for button in installation.menu)
    click.echo(f"已发布菜单：{names}。手机上最迟一天内看到，重新关注马上看到。")


COMMANDS = (wechat,)
