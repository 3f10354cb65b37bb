"""What can go wrong between WeChat and us, and what to do about it.

    WeChatError
    ├── PushError               somebody posted to the webhook, and we will not take it (`status`)
    │   ├── BadSignatureError   403  the token did not sign this
    │   ├── StaleError          403  signed, but not within the last five minutes
    │   ├── ForeignPushError    403  for another app or another account
    │   ├── PlainPushError      403  not encrypted although the settings say it must be
    │   └── MalformedPushError  400  not the XML that WeChat writes
    ├── MediaError              a picture, sound or film that cannot be used (`explanation`)
    └── DeliveryError           a call to WeChat did not succeed (`action`, `explanation`, `code`)
        ├── RefusedError        WeChat answered with an error code
        ├── NotSentError        nothing reached the merchant, for certain
        └── UncertainError      the request went out and its answer was lost

No message of these holds a token, a secret, a text or a whole openid, so all of them may be logged.
"""

from wechat.codes import Action, CodeRule, rule_for


class WeChatError(Exception):
    """Anything that this package raises on purpose."""


class PushError(WeChatError):
    """A push that is not taken; `status` is the HTTP answer it deserves, `reason` one word for it.

    `seconds`: how far our clock is ahead of its signature, where that is the reason.
    """

    status = 403
    reason = "signature"
    seconds: int | None = None

    def __init__(self, what: str, reason: str = "", seconds: int | None = None) -> None:
        super().__init__(what)
        self.reason = reason or self.reason
        self.seconds = seconds


class BadSignatureError(PushError):
    """Signature, timestamp or nonce is missing, has the wrong shape or does not fit the token."""


class StaleError(PushError):
    """The signature is right and its time is more than `Door.window` away from now."""

    reason = "clock"


class ForeignPushError(PushError):
    """Encrypted for another app id, or addressed to another account."""

    reason = "key"


class PlainPushError(PushError):
    """Safe mode is set and the push is not encrypted."""

    reason = "plain"


class MalformedPushError(PushError):
    """Too large, not UTF-8, not XML, or XML with a shape that WeChat never sends."""

    status = 400
    reason = "malformed"


class MediaError(WeChatError):
    """`explanation` says in Chinese, for a consultant, why the file cannot be used."""

    def __init__(self, what: str, explanation: str) -> None:
        super().__init__(what)
        self.explanation = explanation


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
