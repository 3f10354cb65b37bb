"""WeChat's error codes as a table: what to do, and what to tell a person.

Meanings: Tencent's list of global return codes and the pages of the single calls.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from wechat.media_limits import MAX_IMAGE


class Action(StrEnum):
    """What the caller does with a delivery that did not succeed."""

    RETRY = "retry"  # again by itself, with back-off and jitter
    RENEW = "renew"  # the token was refused; the client has already tried a new one once
    SPLIT = "split"  # too long: cut it and send the parts
    REUPLOAD = "reupload"  # the media id is no longer good: upload the bytes again, then send
    HOLD = "hold"  # keep it, in order, for the merchant's next message
    STOP = "stop"  # it will never arrive: show it as failed with the reason
    OPERATOR = "operator"  # hold it, and tell the operator: a setting must change first
    ASK = "ask"  # maybe sent: only a person may send it again


@dataclass(frozen=True, slots=True)
class CodeRule:
    action: Action
    explanation: str


_CREDENTIAL = (
    "微信不认访问凭证，换过一次新的还是不行。"
    "请检查 app_id 和 app_secret，并确认没有别的程序在刷新同一个凭证。"
)
_UNUSED = "这条消息的类型或格式微信不接受，没有发出去。请换成文字再发。"
_IP_REFUSED = "管理员拒绝了本机 IP 调用接口，一段时间内不能再试。请与管理员确认。"
_IP_CONSENT = "微信要管理员先同意本机调用接口。请管理员在微信里确认，过几分钟会自动重试。"

CODES: Mapping[int, CodeRule] = {
    -1: CodeRule(Action.RETRY, "微信系统繁忙，稍后会自动重试。"),
    40001: CodeRule(Action.RENEW, _CREDENTIAL),
    40002: CodeRule(Action.OPERATOR, "获取凭证的方式不对（grant_type），请升级程序。"),
    40003: CodeRule(
        Action.STOP, "这个 openid 不属于本公众号，消息发不到。请核对 app_id 是否换过。"
    ),
    40004: CodeRule(Action.STOP, "微信不支持这种文件。图片请用 PNG、JPG 或 GIF。"),
    40005: CodeRule(Action.STOP, "微信不支持这种文件。图片请用 PNG、JPG 或 GIF。"),
    40006: CodeRule(Action.STOP, f"文件大小不符合微信要求，图片请压到 {MAX_IMAGE} 以内再发。"),
    40007: CodeRule(Action.REUPLOAD, "图片在微信那边已过期（只保留三天），需要重新上传后再发。"),
    40008: CodeRule(Action.STOP, _UNUSED),
    40009: CodeRule(Action.STOP, f"图片太大，请压到 {MAX_IMAGE} 以内再发。"),
    40013: CodeRule(
        Action.OPERATOR, "app_id 不对。请到微信开发者平台核对 AppID 后改 config.toml。"
    ),
    40014: CodeRule(Action.RENEW, _CREDENTIAL),
    40033: CodeRule(Action.STOP, "内容里有微信不接受的字符编码，没有发出去。请去掉特殊字符再发。"),
    40125: CodeRule(
        Action.OPERATOR,
        "app_secret 不对。请到微信开发者平台重置 AppSecret 后改 config.toml。",
    ),
    40164: CodeRule(
        Action.OPERATOR,
        "本机 IP 不在白名单里。请到微信开发者平台的“IP 白名单”把它加上，几分钟后生效。",
    ),
    40200: CodeRule(Action.OPERATOR, "这个账号类型不能用该接口（例如测试号不能发菜单消息）。"),
    40243: CodeRule(
        Action.OPERATOR,
        "AppSecret 被冻结了。请到微信开发者平台解冻，或重置后改 config.toml。",
    ),
    41001: CodeRule(Action.RENEW, _CREDENTIAL),
    41002: CodeRule(Action.OPERATOR, "缺少 app_id。请在 config.toml 里填上。"),
    41004: CodeRule(Action.OPERATOR, "缺少 app_secret。请在 config.toml 里填上。"),
    42001: CodeRule(Action.RENEW, _CREDENTIAL),
    43004: CodeRule(Action.STOP, "对方已取消关注，收不到消息。请用留下的电话联系。"),
    43019: CodeRule(Action.STOP, "对方在公众号的黑名单里，收不到消息。要先在公众平台移出黑名单。"),
    43101: CodeRule(Action.STOP, "对方没有同意接收订阅通知，这条发不出去。"),
    44002: CodeRule(Action.STOP, _UNUSED),
    44004: CodeRule(Action.STOP, "内容是空的，没有发出去。"),
    45002: CodeRule(Action.SPLIT, "内容太长，微信一条最多约 680 个汉字，需要拆成几条。"),
    45007: CodeRule(Action.STOP, "语音超过 60 秒，微信不收。"),
    45008: CodeRule(Action.STOP, "图文消息一次只能发一篇。"),
    45009: CodeRule(
        Action.OPERATOR,
        "今天的接口次数用完了。明天零点恢复，急的话请管理员在公众平台清零额度。",
    ),
    45011: CodeRule(Action.RETRY, "发得太快，微信要求慢一点，稍后会自动重试。"),
    45015: CodeRule(
        Action.HOLD,
        "对方超过 48 小时没有来消息（或已取消关注），微信不让主动发。已暂存，对方再来消息时送出。",
    ),
    45047: CodeRule(Action.HOLD, "这一轮能主动发的条数用完了。已暂存，对方再来消息时送出。"),
    45072: CodeRule(Action.STOP, "“正在输入”的命令不对，不影响消息。"),
    45080: CodeRule(Action.STOP, "对方 30 秒内没有互动，不能显示“正在输入”，不影响消息。"),
    45081: CodeRule(Action.STOP, "“正在输入”已经在显示，不影响消息。"),
    45157: CodeRule(Action.STOP, _UNUSED),
    46003: CodeRule(Action.STOP, "公众号还没有自定义菜单。用 wechat menu 命令可以发布一个。"),
    47001: CodeRule(Action.STOP, _UNUSED),
    48001: CodeRule(
        Action.OPERATOR,
        "这个公众号没有客服消息权限（要企业主体并通过微信认证）。"
        "没有认证的话，请把 config.toml 的 account 改为 passive。",
    ),
    48002: CodeRule(Action.STOP, "对方拒收公众号消息，发不到。请用留下的电话联系。"),
    48004: CodeRule(Action.OPERATOR, "接口被微信封禁，请登录公众平台看站内通知。"),
    50001: CodeRule(Action.OPERATOR, "这个公众号没有该接口的授权，请到公众平台开通。"),
    50002: CodeRule(Action.OPERATOR, "公众号被微信限制了，请登录公众平台看站内通知，处理好再发。"),
    50005: CodeRule(Action.STOP, "对方没有关注公众号，收不到消息。"),
    65400: CodeRule(Action.OPERATOR, "公众号没有开通客服功能，请到公众平台添加“客服”。"),
    89501: CodeRule(Action.OPERATOR, _IP_CONSENT),
    89503: CodeRule(Action.OPERATOR, _IP_CONSENT),
    89506: CodeRule(Action.OPERATOR, _IP_REFUSED),
    89507: CodeRule(Action.OPERATOR, _IP_REFUSED),
}
"""45157 and 44002 are refusals of an empty or unusable body; we should never see them."""

NEEDS_OPERATOR = frozenset({Action.OPERATOR, Action.RENEW})
"""Actions that end only when somebody changes a setting."""
OPERATOR_CODES = frozenset(code for code, rule in CODES.items() if rule.action in NEEDS_OPERATOR)

TOKEN_REFUSED = frozenset({40001, 40014, 41001, 42001})
_WRONG_SECRET = CodeRule(
    Action.OPERATOR,
    "微信不认 app_id 或 app_secret。请到微信开发者平台核对，改好 config.toml 后重启。",
)


def rule_for(code: int) -> CodeRule:
    """A code that is not in the table stops the delivery and shows its number."""
    unknown = CodeRule(
        Action.STOP, f"微信返回了没见过的错误 {code}，消息没有发出去，请告诉管理员。"
    )
    return CODES.get(code, unknown)


def rule_for_token(code: int) -> CodeRule:
    """The same for the call that fetches the token: there 40001 means a wrong secret."""
    return _WRONG_SECRET if code in TOKEN_REFUSED else rule_for(code)
