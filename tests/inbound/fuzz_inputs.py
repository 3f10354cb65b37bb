"""What is thrown at the webhook: pushes right and wrong, signed and sealed, spoilt in every way."""

import base64
import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import strategies as st

from tests.installed import ACCOUNT, AES_KEY, APP_ID, TOKEN
from wechat.crypto import signature

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
PAYLOADS = [
    path.read_bytes()
    for path in sorted((Path(__file__).parents[1] / "wechat" / "payloads").glob("*.xml"))
]
KEY = base64.b64decode(AES_KEY + "=")


@dataclass(frozen=True, slots=True)
class FuzzRequest:
    """One request to the webhook of the account in this mode."""

    mode: str
    method: str
    args: list[tuple[str, str]]
    headers: list[tuple[str, str]]
    body: bytes


SOME = st.text(max_size=40)
PAIRS = st.lists(st.tuples(SOME, SOME), max_size=4)
METHODS = st.sampled_from(["GET", "HEAD", "PUT", "OPTIONS", "DELETE"])
WORDS = st.sampled_from(
    [
        "保证金怎么退",
        "转人工",
        "1",
        "下一步",
        "谢谢",
        "算了",
        "13800138000",
        "密码是 abc123",
        "",
        "😀",
    ]
)
TEXTS = st.one_of(
    WORDS,
    SOME,
    st.text(alphabet="]>[<!CDAT&;\x00\x0b\ufffe\U0001f600 \n", max_size=60),
    st.text(max_size=3).map(lambda text: text * 900),
)
KINDS = st.sampled_from(
    [
        "text",
        "image",
        "voice",
        "video",
        "shortvideo",
        "file",
        "location",
        "link",
        "event",
        "TEXT",
        "miniprogrampage",
        "brand_new",
        "transfer_customer_service",
        "人",
    ]
)
EVENTS = st.sampled_from(
    ["subscribe", "unsubscribe", "SCAN", "CLICK", "VIEW", "LOCATION", "brand_new", "", "text"]
)
NUMBERS = st.one_of(
    st.sampled_from(
        [STAMP, "0", "-1", "99999999999", "1e9", "", "\uff11\uff12", "000000000000000000001"]
    ),
    st.integers().map(str),
)
OPENIDS = st.one_of(st.sampled_from(["oA", "oB", "oC", "o" * 64, "o" * 65, "", "o-_.@"]), SOME)
ELEMENTS = st.sampled_from(
    ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "EventKey", "Content", "MsgId",
     "MediaId", "PicUrl", "Recognition", "Format", "Title", "Url", "Label", "Location_X", "MsgID",
     "Location_Y", "Description", "bizmsgmenuid", "Encrypt", "ThumbMediaId", "Ticket", "Nobody"]
)  # fmt: skip


def _element(name: str, text: str, *, how: int) -> str:
    if how == 0:
        return f"<{name}><![CDATA[{text}]]></{name}>"
    if how == 1:
        escaped = text.replace("&", "&amp;").replace("<", "&lt;")
        return f"<{name}>{escaped}</{name}>"
    return f"<{name}>{text}</{name}>"


def _mostly(usual: str, other: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The usual one in nine of ten: what is wrong should mostly be wrong alone."""
    return st.integers(0, 9).flatmap(lambda dice: other if dice == 9 else st.just(usual))


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """XML that looks like a push: mostly right, with some elements changed, added or dropped."""
    fields: dict[str, str] = {
        "ToUserName": ACCOUNT,
        "FromUserName": draw(_mostly("oA", OPENIDS)),
        "CreateTime": draw(_mostly(STAMP, NUMBERS)),
        "MsgType": draw(KINDS),
        "Content": draw(TEXTS),
        "MsgId": draw(_mostly(str(draw(st.randoms()).getrandbits(60)), NUMBERS)),
        "Event": draw(EVENTS),
        "EventKey": draw(st.one_of(st.sampled_from(["deposit", "human", ""]), SOME)),
    }
    if draw(st.booleans()):
        fields |= draw(st.dictionaries(ELEMENTS, TEXTS, max_size=2))
    if draw(st.integers(0, 3)) == 0:
        fields.pop(draw(st.sampled_from(sorted(fields))))
    how = draw(st.sampled_from([0, 0, 0, 1, 2]))
    inner = "".join(_element(name, text, how=how) for name, text in fields.items())
    return f"<xml>{inner}</xml>".encode(errors="surrogatepass")


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A push as WeChat writes it, with some bytes changed, cut out or doubled."""
    body = draw(st.sampled_from(PAYLOADS))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(0, len(body) - 1)))
        change = draw(st.sampled_from(["set", "cut", "double", "put"]))
        if change == "set":
            body = body[:at] + draw(st.binary(min_size=1, max_size=3)) + body[at + 1 :]
        elif change == "cut":
            body = body[:at] + body[at + draw(st.integers(1, 80)) :]
        elif change == "double":
            body = body[:at] + body[at : at + 60] + body[at:]
        else:
            hostile = [b"<!DOCTYPE a>", b"&lol;", b"]]>", b"<a>" * 20, b"\x00", b"\xff\xfe"]
            body = body[:at] + draw(st.sampled_from(hostile)) + body[at:]
    return body


INSIDES = st.one_of(documents(), documents(), mutations(), st.binary(max_size=300))


def _encrypted(plain: bytes) -> str:
    encryptor = Cipher(algorithms.AES(KEY), modes.CBC(KEY[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


@st.composite
def envelopes(draw: st.DrawFn) -> str:
    """What stands in <Encrypt>: sealed with the right key, or wrongly, or not at all."""
    how = draw(st.sampled_from(["right", "right", "right", "length", "padding", "app", "noise"]))
    if how == "noise":
        return draw(
            st.one_of(st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode()), SOME)
        )
    inside = draw(INSIDES)
    length = draw(st.integers(0, 2**32 - 1)) if how == "length" else len(inside)
    app = draw(SOME) if how == "app" else APP_ID
    plain = b"0123456789abcdef" + struct.pack(">I", length) + inside + app.encode(errors="replace")
    pad = 32 - len(plain) % 32
    last = draw(st.integers(0, 255)) if how == "padding" else pad
    return _encrypted(plain + bytes([pad]) * (pad - 1) + bytes([last]))


@st.composite
def throws(draw: st.DrawFn) -> FuzzRequest:
    """A signed push in either mode, sometimes spoilt afterwards."""
    nonce = draw(_mostly("1590219412", SOME))
    stamp = draw(_mostly(STAMP, NUMBERS))
    mode = draw(st.sampled_from(["plain", "safe"]))
    args = {"timestamp": stamp, "nonce": nonce, "signature": signature(TOKEN, stamp, nonce)}
    if mode == "plain":
        body = draw(INSIDES)
    else:
        encrypted = draw(envelopes())
        args |= {"encrypt_type": "aes"}
        args["msg_signature"] = signature(TOKEN, stamp, nonce, encrypted.strip())
        outer = f"<xml><ToUserName>{ACCOUNT}</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"
        body = outer.encode(errors="surrogatepass")
    whole = FuzzRequest(mode, "POST", list(args.items()), [("Content-Type", "text/xml")], body)
    return draw(_spoilt(whole)) if draw(st.integers(0, 3)) == 0 else whole


@st.composite
def _spoilt(draw: st.DrawFn, throw: FuzzRequest) -> FuzzRequest:
    what = draw(st.sampled_from(["args", "more", "body", "headers", "mode", "method", "all"]))
    if what == "all":
        return FuzzRequest(throw.mode, "POST", draw(PAIRS), [], draw(st.binary()))
    names = st.sampled_from([name for name, _ in throw.args])
    changes: dict[str, st.SearchStrategy[FuzzRequest]] = {
        "args": st.dictionaries(names, SOME).map(
            lambda some: replace(throw, args=list((dict(throw.args) | some).items()))
        ),
        "more": PAIRS.map(lambda some: replace(throw, args=throw.args + some)),
        "body": st.binary(max_size=200).map(lambda body: replace(throw, body=body)),
        "headers": _headers().map(lambda headers: replace(throw, headers=headers)),
        "mode": st.just(replace(throw, mode="safe" if throw.mode == "plain" else "plain")),
        "method": METHODS.map(lambda method: replace(throw, method=method)),
    }
    return draw(changes[what])


def _headers() -> st.SearchStrategy[list[tuple[str, str]]]:
    latin = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
    names = st.sampled_from(
        [
            "Content-Type",
            "Content-Encoding",
            "Content-Length",
            "Transfer-Encoding",
            "Host",
            "Expect",
        ]
    )
    return st.lists(
        st.tuples(names, st.one_of(latin, st.sampled_from(["-1", "99999999", "gzip"]))), max_size=4
    )
