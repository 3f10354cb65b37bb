"""Tencent's published values: signatures, sealed pushes, sealed replies."""

import json
from datetime import UTC, datetime

import pytest

from tests.wechat.pushes import PAYLOADS, message
from tests.wechat.tools import APP_ID
from wechat.crypto import Envelope
from wechat.verifier import Verifier
from wechat.xml_fields import read_fields

OFFICIAL = json.loads((PAYLOADS / "official.json").read_text(encoding="utf-8"))


def at(timestamp: str) -> datetime:
    return datetime.fromtimestamp(int(timestamp), UTC)


class TestPublishedValues:
    def test_the_address_check_is_answered_with_the_echo(self) -> None:
        vector = OFFICIAL["verify"]
        verifier = Verifier(token=vector["token"], app_id=APP_ID, mode="plain")
        assert verifier.verify_url(vector, at(vector["timestamp"])) == vector["echostr"]

    def test_the_plain_signature_fits(self) -> None:
        vector = OFFICIAL["plain"]
        verifier = Verifier(token=vector["token"], app_id=APP_ID, mode="plain")
        body = message(CreateTime=vector["timestamp"])
        assert verifier.open(vector, body, at(vector["timestamp"])).text == "你好"

    @pytest.mark.parametrize("name", ["safe", "compatible", "sample"])
    def test_a_sealed_push_opens(self, name: str) -> None:
        vector = OFFICIAL[name]
        verifier = Verifier(
            token=vector["token"],
            app_id=vector["app_id"],
            mode="safe",
            encoding_aes_key=vector["aes_key"],
        )
        args = {"encrypt_type": "aes", **{k: v for k, v in vector.items() if isinstance(v, str)}}
        push = verifier.open(args, vector["body"].encode(), at(vector["timestamp"]))
        assert (push.kind, push.openid) == (vector["kind"], vector["openid"])

    def test_the_plaintext_has_the_published_length(self) -> None:
        vector = OFFICIAL["safe"]
        envelope = Envelope(vector["token"], vector["aes_key"], vector["app_id"])
        encrypted = read_fields(vector["body"].encode()).word("Encrypt")
        assert len(envelope.unseal(encrypted)) == vector["length"]

    def test_the_sealed_reply_is_the_published_one(self) -> None:
        vector = OFFICIAL["reply"]
        verifier = Verifier(
            token=vector["token"],
            app_id=vector["app_id"],
            mode="safe",
            encoding_aes_key=vector["aes_key"],
            noise=lambda: str(vector["noise"]),
        )
        reply = read_fields(
            verifier.seal(vector["xml"], vector["nonce"], vector["timestamp"]).encode()
        )
        assert reply.word("Encrypt") == vector["encrypt"]
        assert reply.word("MsgSignature") == vector["msg_signature"]
        assert reply.word("TimeStamp") == str(vector["timestamp"])
        assert reply.word("Nonce") == vector["nonce"]

    def test_the_sample_codes_chinese_text_encrypts_alike(self) -> None:
        vector = OFFICIAL["reply_text"]
        envelope = Envelope(
            vector["token"], vector["aes_key"], vector["app_id"], lambda: str(vector["noise"])
        )
        reply = read_fields(envelope.seal(vector["xml"], "1", 1).encode())
        assert reply.word("Encrypt") == vector["encrypt"]
