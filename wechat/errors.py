"""What can go wrong between WeChat and us, and what to do about it.

    WeChatError
    ├── PushError               somebody posted to the webhook, and we will not take it (`status`)
    │   ├── BadSignatureError   403  the token did not sign this
    │   ├── StalePushError      403  signed, but not within the last five minutes
    │   ├── ForeignPushError    403  for another app or another account
    │   ├── PlainPushError      403  not encrypted although the settings say it must be
    │   └── MalformedPushError  400  not the XML that WeChat writes
    ├── MediaError              a picture, sound or film that cannot be used (`explanation`)
    └── DeliveryError           a call to WeChat did not succeed (`delivery_errors.py`)

No message of these holds a token, a secret, a text or a whole openid, so all of them may be logged.
"""


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


class StalePushError(PushError):
    """The signature is right and its time is more than `Verifier.window` away from now."""

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
