"""A call to WeChat did not succeed, and what to do now.

DeliveryError               `action`, `explanation`, `code`
├── RefusedError            WeChat answered with an error code
├── NotSentError            nothing reached the merchant, for certain
└── UncertainError          the request went out and its answer was lost
"""

from wechat.codes import Action, CodeRule, rule_for
from wechat.errors import WeChatError


class DeliveryError(WeChatError):
    """`action` is what to do now; `explanation` says it in Chinese, for a person.

    `code` is WeChat's errcode, None when there was none; `rid` is the number that Tencent's
    support asks for, "" when there was none.
    """

    def __init__(self, action: Action, explanation: str, code: int | None, rid: str) -> None:
        super().__init__(f"{type(self).__name__}: code={code} action={action} rid={rid or '-'}")
        self.action = action
        self.explanation = explanation
        self.code = code
        self.rid = rid


class RefusedError(DeliveryError):
    """WeChat said no. `ip` is our own address when the IP allow-list is the reason (40164)."""

    def __init__(
        self, code: int, rid: str = "", ip: str = "", rule: CodeRule | None = None
    ) -> None:
        rule = rule or rule_for(code)
        said = rule.explanation + (f"（本机出口 IP：{ip}）" if ip else "")
        super().__init__(rule.action, said, code, rid)
        self.ip = ip


class NotSentError(DeliveryError):
    """Trying again cannot send anything twice."""

    def __init__(self, why: str) -> None:
        super().__init__(Action.RETRY, "没有连上微信，消息没有发出去，稍后会自动重试。", None, "")
        self.args = (f"NotSentError: {why}",)


class UncertainError(DeliveryError):
    """Only a person may decide to send it again.

    `under_way`: we hung up, not WeChat; it may still be about to show the message.
    """

    def __init__(self, why: str, *, under_way: bool = False) -> None:
        said = "消息交给微信后没有收到回音，对方可能收到了，也可能没有。重发前请先确认。"
        super().__init__(Action.ASK, said, None, "")
        self.args = (f"UncertainError: {why}",)
        self.under_way = under_way
