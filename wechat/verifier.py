"""The webhook's security: verifies and decrypts pushes, encrypts and signs our reply.

WeChat's rules: developers.weixin.qq.com, 消息推送. In safe mode its `signature` does not cover the
body, so only `msg_signature` counts there. A retry carries the same query string as the first try,
so a nonce that was seen before is no attack; `Push.key` tells repeats apart.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Literal

from wechat.crypto import Envelope, noise, signature, signed_by
from wechat.errors import (
    BadSignatureError,
    ForeignPushError,
    MalformedPushError,
    PlainPushError,
    StalePushError,
)
from wechat.push import Push, Sealing, read_push
from wechat.replies import SUCCESS
from wechat.xml_fields import MAX_BYTES, read_fields, read_typed

Mode = Literal["safe", "plain"]
Args = Mapping[str, str]

# Exactly ten digits (until 2286): the parts of a signature are joined without a separator, so
# with free lengths the border between nonce and timestamp could be shifted.
_TIMESTAMP = re.compile(r"[0-9]{10}", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_ECHO = re.compile(r"[!-~]{1,512}", re.ASCII)


class Verifier:
    """One WeChat account's webhook. Safe to share between threads; its repr shows no secret."""

    window = timedelta(seconds=300)

    def __init__(  # noqa: PLR0913 - each is one line of the settings, and all are named
        self,
        *,
        token: str,
        app_id: str,
        mode: Mode,
        encoding_aes_key: str = "",
        previous_aes_key: str = "",
        original_id: str = "",
        noise: Callable[[], str] = noise,
    ) -> None:
        """`original_id` "" takes pushes for any account. Raises ValueError for unusable settings.

        An empty token would be a key that everybody has. The previous AES key still opens pushes
        that were sealed before it was changed in WeChat's console.
        """
        if not token or not app_id:
            raise ValueError("token and app_id must not be empty")
        if mode not in {"safe", "plain"}:
            raise ValueError('mode must be "safe" or "plain"')
        self._token = token
        self._original_id = original_id
        self._mode = mode
        keys: dict[Sealing, str] = {"current": encoding_aes_key, "previous": previous_aes_key}
        self._envelopes: dict[Sealing, Envelope] = {
            name: Envelope(token, key, app_id, noise)
            for name, key in keys.items()
            if mode == "safe" and (key or name == "current")
        }

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def original_id(self) -> str:
        """The account that pushes must be for; "" for any."""
        return self._original_id

    def verify_url(self, args: Args, now: datetime) -> str:
        """The echostr to answer a GET with, as text/plain. Raises a PushError."""
        self._check(args, now, "signature", ())
        echo = args.get("echostr", "")
        if not _ECHO.fullmatch(echo):
            raise MalformedPushError("echostr is missing or has a wrong shape")
        return echo

    def signed_query(self, echo: str, nonce: str, now: datetime) -> dict[str, str]:
        """The query string with which WeChat would check our address; `verify_url` takes it."""
        timestamp = str(int(now.timestamp()))
        signed = signature(self._token, timestamp, nonce)
        return {"signature": signed, "timestamp": timestamp, "nonce": nonce, "echostr": echo}

    def open(self, args: Args, body: bytes, now: datetime) -> Push:
        """The push in `body`, at most 64 KiB. Raises a PushError, whose `status` is the answer."""
        if len(body) > MAX_BYTES:
            raise MalformedPushError("more than 64 KiB")
        if self._mode == "safe":
            sealing, xml = self._unseal(args, body, now)
        else:
            self._check(args, now, "signature", ())
            sealing, xml = "plain", body
        push = read_push(read_typed(xml), sealing)
        if args.get("openid", push.openid) != push.openid:
            raise ForeignPushError("sent by somebody else than the query says", "sender")
        if push.created_at - now > self.window:
            raise StalePushError("from the future")
        if self._original_id and push.account != self._original_id:
            raise ForeignPushError("addressed to another account", "account")
        return push

    def seal(self, xml: str, nonce: str, timestamp: int, sealing: Sealing = "current") -> str:
        """`xml` encrypted in safe mode and as it is in plain mode; "success" is never encrypted.

        `nonce` is the request's, `sealing` the push's, `timestamp` whole seconds.
        """
        if self._mode == "plain" or xml in {"", SUCCESS}:
            return xml
        envelope = self._envelopes.get(sealing) or self._envelopes["current"]
        return envelope.seal(xml, nonce, timestamp)

    def _unseal(self, args: Args, body: bytes, now: datetime) -> tuple[Sealing, bytes]:
        if args.get("encrypt_type") != "aes" or not args.get("msg_signature"):
            raise PlainPushError("a plain push in safe mode")
        self._shapes(args)
        encrypted = read_fields(body).word("Encrypt")
        if not encrypted:
            raise PlainPushError("nothing encrypted in safe mode")
        self._verify(args, now, "msg_signature", (encrypted,))
        problem: MalformedPushError | ForeignPushError | None = None
        for sealing, envelope in self._envelopes.items():
            try:
                return sealing, envelope.unseal(encrypted)
            except (MalformedPushError, ForeignPushError) as error:
                problem = problem or error
        raise problem or MalformedPushError("no key")

    @staticmethod
    def _shapes(args: Args) -> None:
        if not _TIMESTAMP.fullmatch(args.get("timestamp", "")):
            raise BadSignatureError("timestamp is missing or not ten digits")
        if not _NONCE.fullmatch(args.get("nonce", "")):
            raise BadSignatureError("nonce is missing or has a wrong shape")

    def _check(self, args: Args, now: datetime, name: str, more: tuple[str, ...]) -> None:
        self._shapes(args)
        self._verify(args, now, name, more)

    def _verify(self, args: Args, now: datetime, name: str, more: tuple[str, ...]) -> None:
        timestamp = args["timestamp"]
        if not signed_by(args.get(name, ""), self._token, timestamp, args["nonce"], *more):
            raise BadSignatureError(f"{name} does not fit")
        ahead = round(now.timestamp() - int(timestamp))
        if abs(ahead) > self.window.total_seconds():
            raise StalePushError("signed at another time", seconds=ahead)
