"""Pushes to the webhook over real HTTP: signed, sealed, tried three times, the answer checked."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from xml.parsers.expat import ExpatError

import requests
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatException
from wechatpy.replies import BaseReply, deserialize_reply
from wechatpy.utils import WeChatSigner

from wechat.errors import MalformedPushError
from wechat.simulator.records import Attempt, Pushed, PushOutcome, SimulatedAccount
from wechat.text import MAX_BYTES, size
from wechat.xml_fields import read_fields

BROKEN_NOTICE = "该公众号提供的服务出现故障，请稍后再试"


@dataclass(frozen=True, slots=True)
class ShownReply:
    """A passive reply that WeChat would show."""

    kind: str
    text: str
    media_id: str


class UnusableReplyError(Exception):
    """The webhook answered 200 with something that WeChat would not show."""


def written(elements: Mapping[str, str]) -> str:
    """The XML of a push: numbers bare, everything else in CDATA, as WeChat writes it."""

    def value(text: str) -> str:
        if text.isascii() and text.isdigit():
            return text
        return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"

    inner = "".join(f"<{name}>{value(text)}</{name}>\n" for name, text in elements.items())
    return f"<xml>{inner}</xml>"


def dressed(
    settings: SimulatedAccount, xml: str, openid: str, now: datetime
) -> tuple[dict[str, str], bytes]:
    """The query string and the body that carry `xml` to the webhook."""
    timestamp, nonce = str(int(now.timestamp())), str(secrets.randbelow(10**10))
    args = {
        "signature": _signature(settings.token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": openid,
    }
    if settings.mode == "plain":
        return args, xml.encode()
    outer = read_fields(_crypto(settings).encrypt_message(xml, nonce, timestamp).encode())
    encrypted = outer.word("Encrypt")
    args |= {"encrypt_type": "aes", "msg_signature": outer.word("MsgSignature")}
    body = written({"ToUserName": settings.original_id, "Encrypt": encrypted})
    return args, body.encode()


def deliver(settings: SimulatedAccount, pushed: Pushed) -> ShownReply | None:
    """Post until answered, `settings.attempts` times at most, each noted in `pushed.attempts`.

    None when the webhook has nothing to say. Raises UnusableReplyError for what the merchant sees
    as "service out of order": three failures, or an answer that WeChat cannot show.
    """
    for number in range(settings.attempts):
        started = time.monotonic()
        answer, outcome = _post(settings, pushed)
        seconds = time.monotonic() - started
        if answer is not None and outcome == "success":
            return _answered(settings, pushed, answer, seconds)
        status = answer.status_code if answer is not None else None
        pushed.attempts.append(Attempt(outcome, status, seconds))
        if outcome == "status" and number + 1 < settings.attempts:
            time.sleep(settings.pause)
    raise UnusableReplyError("no attempt was answered")


def _post(
    settings: SimulatedAccount, pushed: Pushed
) -> tuple[requests.Response | None, PushOutcome]:
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(
                settings.webhook,
                params=pushed.args,
                data=pushed.body,
                headers={"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0"},
                timeout=settings.timeout,
                allow_redirects=False,
            )
        except requests.Timeout:
            return None, "timeout"
        except requests.RequestException:
            return None, "broken"
    return answer, "success" if answer.status_code == requests.codes.ok else "status"


def _answered(
    settings: SimulatedAccount, pushed: Pushed, answer: requests.Response, seconds: float
) -> ShownReply | None:
    broken = ""
    xml, reply = "", None
    try:
        xml = _opened(settings, answer.content)
        reply = _shown(settings, pushed.openid, xml) if xml else None
    except (UnusableReplyError, MalformedPushError) as error:
        broken = str(error)
    outcome: PushOutcome = "malformed" if broken else ("reply" if reply else "success")
    pushed.attempts.append(Attempt(outcome, answer.status_code, seconds))
    if broken:
        raise UnusableReplyError(broken)
    if reply:
        pushed.replies.append(xml)
    return reply


def _opened(settings: SimulatedAccount, body: bytes) -> str:
    """The plain XML of the answer, "" for an empty one or "success"."""
    if body in {b"", b"success"}:
        return ""
    if settings.mode == "plain":
        return body.decode(errors="replace")
    outer = read_fields(body)
    signed = outer.word("MsgSignature"), outer.word("TimeStamp"), outer.word("Nonce")
    try:
        return str(_crypto(settings).decrypt_message({"Encrypt": outer.word("Encrypt")}, *signed))
    except (WeChatException, ValueError) as error:
        raise UnusableReplyError("the answer is not sealed as it must be") from error


def _parsed(xml: str) -> BaseReply:
    try:
        return deserialize_reply(xml)
    except (ExpatError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnusableReplyError("the answer is not a reply") from error


def _shown(settings: SimulatedAccount, openid: str, xml: str) -> ShownReply:
    """Raises UnusableReplyError when WeChat would show an error in place of `xml`."""
    reply = _parsed(xml)
    if reply.target != openid or reply.source != settings.original_id:
        raise UnusableReplyError("the answer is not addressed to the sender")
    text, media_id = "", ""
    if reply.type == "text":
        text = reply.content or ""
        if not text or size(text) > MAX_BYTES:
            raise UnusableReplyError("the text is empty or too long")
    elif reply.type == "image":
        media_id = reply.image or ""
    return ShownReply(str(reply.type), str(text), str(media_id))


def _crypto(settings: SimulatedAccount) -> WeChatCrypto:
    return WeChatCrypto(settings.token, settings.encoding_aes_key, settings.app_id)


def _signature(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)
