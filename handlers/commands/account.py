"""wechat check | menu."""

import sys

import click

from handlers.commands.installation import Installation, with_installation
from handlers.context import Context
from handlers.dialogue.events import MENU
from handlers.knowledge import published_bank
from handlers.ops import account_check
from wechat.errors import DeliveryError, RefusedError

NO_PERMISSION = 48001
NO_MENU_API = (
    "这个公众号没有自定义菜单的接口权限（48001），要先通过微信认证。"
    "没有认证的话，请在微信公众平台的「自定义菜单」里手工设置同样的按钮。"
)


@click.group()
def wechat() -> None:
    """The WeChat account."""


@wechat.command()
@with_installation
def check(installation: Installation) -> None:
    """Try the account's settings step by step, and say what to change where."""
    context = installation.context(installation.database())
    wrong = 0
    for step in account_check.check(context, installation.menu, _keys(installation, context)):
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
        raise click.ClickException("设置里没有菜单（bot.menu）。")
    unknown = account_check.unknown_keys(installation.menu, _keys(installation, context))
    if unknown:
        raise click.ClickException(f"没有发布：问答里没有 {'、'.join(unknown)}，请改 bot.menu。")
    try:
        context.client.create_menu(account_check.buttons(installation.menu))
    except RefusedError as refusal:
        words = NO_MENU_API if refusal.code == NO_PERMISSION else refusal.explanation
        raise click.ClickException(f"没有发布：{words}") from None
    except DeliveryError as error:
        raise click.ClickException(f"没有发布：{error.explanation}") from None
    names = "、".join(button["name"] for button in installation.menu)
    click.echo(f"已发布菜单：{names}。手机上最迟一天内看到，重新关注马上看到。")


def _keys(installation: Installation, context: Context) -> frozenset[str]:
    """What a button may lead to: the menu's own words and every entry in force."""
    with context.database.read() as session:
        published = published_bank.has_version(session)
    if published:
        context.published_bank.refresh()
    bank = context.published_bank.bank() if published else published_bank.read(installation.guides)
    return frozenset(MENU) | {entry.id for entry in bank.entries}


COMMANDS = (wechat,)
