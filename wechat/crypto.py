"""Signatures and the AES envelope: wechatpy's cipher behind checks that it does not make itself.

wechatpy compares signatures with `!=`, takes an empty token for a key, and pads its envelopes with
`random`; what it raises on a broken ciphertext is whatever broke first.
"""

import hmac
import secrets
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable
from struct import error as StructError  # noqa: N812 - an exception with a lower-case name
from struct import unpack

from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException
from wechatpy.utils import WeChatSigner

from wechat.errors import ForeignPushError, MalformedPushError

NOISE = 16
"""Random characters in front of the plaintext, so that equal texts encrypt differently."""


def signature(*parts: str) -> str:
    """The SHA-1 that WeChat puts in `signature` and `msg_signature`: 40 hex digits."""
    signer = WeChatSigner()
    signer.add_data(*(part.encode(errors="replace") for part in parts))
    return str(signer.signature)


def signed_by(given: str, *parts: str) -> bool:
    """Constant time: how long it takes says nothing about how much of `given` is right."""
    return hmac.compare_digest(given.encode(errors="replace"), signature(*parts).encode())


def noise() -> str:
    return secrets.token_hex(NOISE // 2)


class _Cipher(PrpCrypto):  # type: ignore[misc]  # wechatpy has no types
    """The key set up once: every message gets a context of its own, so threads may share it."""

    def __init__(self, key: bytes, noise: Callable[[], str]) -> None:
        super().__init__(key)
        self._noise = noise

    def get_random_string(self) -> str:
        return self._noise()

    def opened(self, encrypted: str, app_id: str) -> bytes:
        """What is inside, as bytes: wechatpy's own reads strict UTF-8, which phones do not write.

        Raises InvalidAppIdException for another app's.
        """
        plain = self.cipher.decrypt(b64decode(encrypted))
        content = plain[16 : -plain[-1]]
        end = 4 + unpack(">I", content[:4])[0]
        if content[end:] != app_id.encode():
            raise InvalidAppIdException
        return bytes(content[4:end])


class Envelope:
    """One EncodingAESKey of one app. Safe to share between threads; its repr shows no key."""

    def __init__(
        self, token: str, aes_key: str, app_id: str, noise: Callable[[], str] = noise
    ) -> None:
        """Raises ValueError when `aes_key` is not 43 characters of base64."""
        try:
            key = WeChatCrypto(token, aes_key, app_id).key if len(aes_key) == 43 else b""  # noqa: PLR2004
        except (AssertionError, ValueError):
            key = b""
        if not key:
            raise ValueError("the EncodingAESKey must have 43 letters and digits")
        self._token = token
        self._app_id = app_id
        self._cipher = _Cipher(key, noise)

    def unseal(self, encrypted: str) -> bytes:
        """The XML inside. Check the signature first: nothing in here authenticates it.

        Raises ForeignPushError for another app's, MalformedPushError for what does not decrypt.
        """
        foreign = False
        try:
            return self._cipher.opened(encrypted, self._app_id)
        except InvalidAppIdException:
            foreign = True
        except (Base64Error, ValueError, IndexError, TypeError, StructError):
            pass
        if foreign:
            raise ForeignPushError("encrypted for another app id")
        raise MalformedPushError("does not decrypt", "key")

    def seal(self, xml: str, nonce: str, timestamp: int) -> str:
        """`xml` as the encrypted, signed XML that WeChat takes for an answer."""
        encrypted = self._cipher.encrypt(xml, self._app_id).decode()
        signed = signature(self._token, str(timestamp), nonce, encrypted)
        return (
            f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{signed}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )
