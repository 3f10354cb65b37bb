"""`wechat check`: tests the account step by step and explains the result to the owner.

Console names are those of WeChat's pages in 2026: 微信开发者平台 (AppSecret, IP 白名单, 消息推送)
and 微信公众平台 (认证, 自定义菜单).
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import requests

from faq.bank import Bank, Button
from handlers.context import Context
from handlers.firm import menu
from wechat.delivery_errors import DeliveryError, RefusedError

SECONDS = 8.0
BAD_SIGNATURE = 403
Grade = Literal["好", "注意", "要改"]
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
MARKS: Mapping[Grade, str] = {"好": "✓", "注意": "!", "要改": "✗"}


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One thing that was tried; `words` say how it went, and what to change where."""

    name: str
    grade: Grade
    words: str

    def __str__(self) -> str:
        return f"{MARKS[self.grade]} {self.name}:{self.words}"


def check(context: Context, bank: Bank) -> Iterator[CheckStep]:
    """Every step that makes sense, in order. Without a token the calls after it are not tried."""
    buttons = menu.in_force(context.firm.menu, bank.firm)
    yield from _settings(context)
    yield from _keys(buttons, bank)
    yield from _hours(context)
    yield from _edited(context, bank)
    yield _address(context)
    token = _token(context)
    yield token
    if token.grade == "好":
        yield _asked("账号类型", lambda: _kind(context))
        yield _asked("菜单", lambda: _menu(context, buttons))


def _settings(context: Context) -> Iterator[CheckStep]:
    """What works, and could be safer."""
    if context.verifier.mode == "plain":
        words = '是明文模式：内容不加密，只靠 Token。建议在公众号后台和设置里都改成 "safe"。'
        yield CheckStep("消息加解密", "注意", words)
    if not context.verifier.original_id:
        words = "没有填 wechat.original_id（gh_ 开头），发给别的公众号的推送也会收下。"
        yield CheckStep("原始 ID", "注意", words)
    address = urlsplit(context.firm.public_url)
    if address.scheme == "http" and address.hostname not in LOCAL:
        words = "server.public_url 是 http://：密码和对话在路上不加密。请配好证书，改成 https://。"
        yield CheckStep("外网地址", "注意", words)


def _keys(buttons: tuple[Button, ...], bank: Bank) -> Iterator[CheckStep]:
    for key in menu.leading_nowhere(buttons, bank):
        words = f"菜单里的 key {key} 在问答里没有，点了只会看到欢迎语。"
        yield CheckStep("菜单按钮", "要改", words)


def _edited(context: Context, bank: Bank) -> Iterator[CheckStep]:
    """What of the settings the desk has taken over."""
    if not bank.firm.edited_at_desk:
        return
    if context.firm.menu:
        words = "以工作台改过的为准，设置文件的 bot.menu 不起作用。"
        yield CheckStep("菜单", "注意", words)
    if context.texts.own & bank.firm.texts.keys():
        words = "以工作台改过的为准，bot.texts 里同样的几条不起作用。"
        yield CheckStep("话术", "注意", words)


def _hours(context: Context) -> Iterator[CheckStep]:
    """Where the desk goes before the settings file: whoever edits the file wonders otherwise."""
    context.edited_hours.refresh(context.database, at_once=True)
    hours = context.hours
    if hours != context.firm.hours:
        words = f"以工作台改过的为准：{hours.in_words()}。设置文件的 [hours] 不起作用。"
        yield CheckStep("工作时间", "注意", words)


def _address(context: Context) -> CheckStep:
    """Ask our own address from outside what WeChat would ask it."""
    name, public = "服务器地址", context.firm.public_url.rstrip("/")
    if not public:
        return CheckStep(
            name, "注意", "没有填 server.public_url，不能从外面试。填上外网的 https 网址。"
        )
    url, echo = f"{public}/wechat", secrets.token_hex(8)
    query = context.verifier.signed_query(echo, secrets.token_hex(4), context.now())
    try:
        answer = requests.get(url, params=query, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        return CheckStep(name, "要改", _unreachable(url, error))
    if answer.text == echo:
        return CheckStep(
            name, "好", f"{url} 答得对。微信开发者平台「消息推送」的 URL 填它，Token 和设置里一样。"
        )
    if answer.status_code == BAD_SIGNATURE:
        return CheckStep(
            name, "要改", f"{url} 不认签名：那里运行的程序用的是另一个 Token，或机器时间不准。"
        )
    return CheckStep(name, "要改", f"{url} {_not_ours(answer)}")


def _not_ours(answer: requests.Response) -> str:
    """What else than our echo came back."""
    status = answer.status_code
    if answer.is_redirect:
        return f"转到了别的地址（HTTP {status}），微信不会跟过去。public_url 直接写最后的地址。"
    if status >= requests.codes.server_error:
        return f"出错了（HTTP {status}）：店伴没有运行，或 nginx 连不上它。看日志。"
    if "html" in answer.headers.get("Content-Type", "") or answer.text.lstrip()[:1] == "<":
        return (
            f"回答的是一个网页（HTTP {status}），不是店伴。检查 nginx 有没有把 /wechat 转给店伴。"
        )
    return f"回答了 HTTP {status}，不是店伴。检查 nginx 有没有把 /wechat 转给店伴。"


def _unreachable(url: str, error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return f"{url} 的 HTTPS 证书有问题，微信也会拒绝。请更新证书。"
    if isinstance(error, requests.Timeout):
        return f"{url} 在 {SECONDS:.0f} 秒内没有回答。检查防火墙和安全组有没有放行。"
    return f"{url} 连不上。检查域名解析、防火墙，以及 nginx 和店伴是不是在运行。"


def _token(context: Context) -> CheckStep:
    try:
        context.client.check_token()
    except RefusedError as refusal:
        return CheckStep("凭证", "要改", f"{refusal.explanation}(微信的错误码 {refusal.code})")
    except DeliveryError:
        return CheckStep(
            "凭证", "要改", "连不上微信的接口。检查这台机器能不能访问 wechat.api_base_url。"
        )
    return CheckStep("凭证", "好", "app_id、app_secret 和 IP 白名单都对。")


def _asked(name: str, ask: Callable[[], CheckStep]) -> CheckStep:
    try:
        return ask()
    except RefusedError as refusal:
        return CheckStep(name, "要改", f"{refusal.explanation}(微信的错误码 {refusal.code})")
    except DeliveryError:
        return CheckStep(name, "要改", "问到一半连不上微信了，请再试一次。")


def _kind(context: Context) -> CheckStep:
    name, may = "账号类型", context.client.has_customer_service()
    verified = context.firm.account == "verified"
    if may and verified:
        return CheckStep(name, "好", "有客服消息权限，顾问的话会马上送到。")
    if not may and not verified:
        return CheckStep(name, "好", "没有客服消息权限，答复随商家的下一条消息送出。")
    if may:
        return CheckStep(
            name,
            "注意",
            '这个号有客服消息权限。把 wechat.account 改成 "verified"，顾问的话会快得多。',
        )
    return CheckStep(
        name,
        "要改",
        "这个号没有客服消息权限（48001）。在微信公众平台「设置与开发 → 微信认证」完成认证；"
        '不认证的话，把 wechat.account 改成 "passive"。',
    )


def _menu(context: Context, buttons: tuple[Button, ...]) -> CheckStep:
    name, found = "菜单", context.client.get_menu()
    if found is None:
        return CheckStep(name, "注意", "公众号还没有菜单。运行 ./bot.py wechat menu 发布。")
    published = found.get("menu")
    given = published.get("button") if isinstance(published, dict) else None
    if _plain(given) == _plain(menu.as_wechat_takes_it(buttons)["button"]):
        return CheckStep(name, "好", "和这里的一样。")
    return CheckStep(name, "注意", "和这里的不一样。运行 ./bot.py wechat menu 重新发布。")


def _plain(given: object) -> list[tuple[str, str]]:
    """Name and target of each button: WeChat adds fields of its own."""
    found = given if isinstance(given, list) else []
    return [
        (str(each.get("name")), str(each.get("key") or each.get("url") or ""))
        for each in found
        if isinstance(each, dict)
    ]
