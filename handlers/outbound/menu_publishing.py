"""The menu on its way to WeChat."""

from collections.abc import Sequence

from faq.bank import Bank, Button
from handlers.firm import menu
from wechat.client import Client
from wechat.delivery_errors import DeliveryError, RefusedError

NO_PERMISSION = 48001
NO_MENU_API = (
    "这个公众号没有自定义菜单的接口权限（48001），要先通过微信认证。"
    "没有认证的话，请在微信公众平台的「自定义菜单」里手工设置同样的按钮。"
)


class MenuError(Exception):
    """WeChat has not got it; the text says why, in Chinese."""


def publish(client: Client, buttons: Sequence[Button], bank: Bank) -> None:
    """Give WeChat these buttons; phones show them within a day. Raises MenuError."""
    if not buttons:
        raise MenuError("还没有菜单，先在工作台「公司资料」或 firm.toml 里写。")
    if unknown := menu.leading_nowhere(buttons, bank):
        raise MenuError(f"问答里没有 {'、'.join(unknown)}，请改菜单。")
    try:
        client.create_menu(menu.as_wechat_takes_it(buttons))
    except RefusedError as refusal:
        words = NO_MENU_API if refusal.code == NO_PERMISSION else refusal.explanation
        raise MenuError(words) from None
    except DeliveryError as error:
        raise MenuError(error.explanation) from None
