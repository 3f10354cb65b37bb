"""wechat check | menu."""

import sys

import click

from faq.bank import Bank
from handlers.commands.installation import Installation, with_installation
from handlers.context import Context
from handlers.firm import menu
from handlers.knowledge import bank_versions
from handlers.ops import account_check
from handlers.outbound import menu_publishing


@click.group()
def wechat() -> None:
    """The WeChat account."""


@wechat.command()
@with_installation
def check(installation: Installation) -> None:
    """Try the account's settings step by step, and say what to change where."""
    context = installation.context(installation.database())
    wrong = 0
    for step in account_check.check(context, _bank(installation, context)):
        click.echo(str(step))
        wrong += step.grade == "要改"
    if wrong:
        click.echo(f"有 {wrong} 处要改。改好后再运行一次。")
        sys.exit(1)
    click.echo("可以用了。")


@wechat.command(name="menu")
@with_installation
def publish_menu(installation: Installation) -> None:
    """Publish the menu; phones show it within a day."""
    context = installation.context(installation.database())
    bank = _bank(installation, context)
    buttons = menu.in_force(context.firm.menu, bank.firm)
    try:
        menu_publishing.publish(context.client, buttons, bank)
    except menu_publishing.MenuError as error:
        raise click.ClickException(f"没有发布：{error}") from None
    names = "、".join(button.name for button in buttons)
    click.echo(f"已发布菜单：{names}。手机上最迟一天内看到，重新关注马上看到。")


def _bank(installation: Installation, context: Context) -> Bank:
    """The one in force; the guides where nothing is published yet."""
    with context.database.read() as session:
        published = bank_versions.has_version(session)
    if not published:
        return bank_versions.read(installation.guides)
    context.published_bank.refresh()
    return context.published_bank.bank()


COMMANDS = (wechat,)
