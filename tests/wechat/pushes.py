"""Pushes as WeChat would send them to the test account, and its verifier."""

from datetime import UTC, datetime
from pathlib import Path

from tests.wechat.tools import ACCOUNT, AES_KEY, APP_ID, OPENID, TOKEN
from wechat.crypto import Envelope, signature
from wechat.push import Push
from wechat.verifier import Verifier
from wechat.xml_fields import read_fields

PAYLOADS = Path(__file__).parent / "payloads"
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
OLD_KEY = "j" * 42 + "A"


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.xml").read_bytes()


def plain_verifier(original_id: str = ACCOUNT) -> Verifier:
    return Verifier(token=TOKEN, app_id=APP_ID, mode="plain", original_id=original_id)


def safe_verifier(key: str = AES_KEY, previous: str = "") -> Verifier:
    return Verifier(
        token=TOKEN,
        app_id=APP_ID,
        mode="safe",
        encoding_aes_key=key,
        previous_aes_key=previous,
        original_id=ACCOUNT,
    )


def plain_args(token: str = TOKEN, now: datetime = NOW) -> dict[str, str]:
    timestamp, nonce = str(int(now.timestamp())), "1590219412"
    signed = signature(token, timestamp, nonce)
    return {"signature": signed, "timestamp": timestamp, "nonce": nonce, "openid": OPENID}


def sealed(xml: bytes, key: str = AES_KEY, app_id: str = APP_ID) -> tuple[dict[str, str], bytes]:
    args = plain_args()
    timestamp, nonce = args["timestamp"], args["nonce"]
    outer = read_fields(Envelope(TOKEN, key, app_id).seal(xml.decode(), nonce, 1).encode())
    encrypted = outer.word("Encrypt")
    args["encrypt_type"] = "aes"
    args["msg_signature"] = signature(TOKEN, timestamp, nonce, encrypted)
    body = f"<xml><ToUserName>{ACCOUNT}</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"
    return args, body.encode()


def message(**elements: str) -> bytes:
    fields = {
        "ToUserName": ACCOUNT,
        "FromUserName": OPENID,
        "CreateTime": str(int(NOW.timestamp())),
        "MsgType": "text",
        "Content": "你好",
        "MsgId": "24700000000000001",
    } | elements
    return "".join(["<xml>", *(f"<{k}>{v}</{k}>" for k, v in fields.items()), "</xml>"]).encode()


def received(xml: bytes, **args: str) -> Push:
    """As it is read when the query names nobody, unless `args` do."""
    query = plain_args()
    del query["openid"]
    return plain_verifier().open(query | args, xml, NOW)
