"""Who may come in through the webhook, and who may not."""

import threading
from contextlib import nullcontext
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wechat.pushes import (
    NOW,
    OLD_KEY,
    message,
    plain_args,
    plain_verifier,
    safe_verifier,
    sealed,
)
from tests.wechat.tools import AES_KEY, APP_ID, TOKEN
from wechat.crypto import Envelope, signature
from wechat.errors import (
    BadSignatureError,
    ForeignPushError,
    MalformedPushError,
    PlainPushError,
    PushError,
    StalePushError,
)
from wechat.verifier import Verifier
from wechat.xml_fields import read_fields

FULL_WIDTH = {digit: digit + 0xFEE0 for digit in range(0x30, 0x3A)}


class TestSignatures:
    @pytest.mark.parametrize(
        "change",
        [
            {"signature": ""},
            {"signature": "é" * 40},
            {"signature": "0" * 40},
            {"nonce": ""},
            {"nonce": "1 2"},
            {"nonce": "n" * 65},
            {"timestamp": ""},
            {"timestamp": "17140365o4"},
            {"timestamp": "1714036504".translate(FULL_WIDTH)},
            {"timestamp": "-714036504"},
            {"timestamp": "1" * 5000},
        ],
    )
    def test_a_wrong_or_misshapen_one_is_refused(self, change: dict[str, str]) -> None:
        args = plain_args() | change
        with pytest.raises(BadSignatureError):
            plain_verifier().open(args, message(), NOW)
        with pytest.raises(BadSignatureError):
            plain_verifier().verify_url(args | {"echostr": "1"}, NOW)

    @pytest.mark.parametrize("missing", ["signature", "timestamp", "nonce"])
    def test_a_missing_part_is_refused(self, missing: str) -> None:
        args = plain_args()
        del args[missing]
        with pytest.raises(BadSignatureError):
            plain_verifier().open(args, message(), NOW)

    def test_timestamp_and_nonce_cannot_change_places(self) -> None:
        args = plain_args()
        args["timestamp"], args["nonce"] = args["nonce"], args["timestamp"]
        with pytest.raises(PushError):
            plain_verifier().open(args, message(), NOW)

    def test_an_upper_case_signature_is_another_one(self) -> None:
        args = plain_args()
        args["signature"] = args["signature"].upper()
        with pytest.raises(BadSignatureError):
            plain_verifier().open(args, message(), NOW)

    @pytest.mark.parametrize("seconds", [-301, 301, -86400, 86400])
    def test_five_minutes_either_way_is_the_limit(self, seconds: int) -> None:
        args = plain_args(now=NOW + timedelta(seconds=seconds))
        with pytest.raises(StalePushError):
            plain_verifier().open(args, message(), NOW)

    @pytest.mark.parametrize(("ahead", "taken"), [(300, True), (301, False), (10**7, False)])
    def test_a_message_from_the_future_is_refused(self, ahead: int, *, taken: bool) -> None:
        """Its own time, which the signature does not cover."""
        written = message(CreateTime=str(int(NOW.timestamp()) + ahead))
        for verifier, (args, body) in (
            (plain_verifier(), (plain_args(), written)),
            (safe_verifier(), sealed(written)),
        ):
            with nullcontext() if taken else pytest.raises(StalePushError):
                assert verifier.open(args, body, NOW).text == "你好"

    def test_a_retry_within_the_window_is_taken_again(self) -> None:
        args = plain_args()
        first = plain_verifier().open(args, message(), NOW)
        again = plain_verifier().open(args, message(), NOW + timedelta(seconds=10))
        assert first.key == again.key

    @pytest.mark.parametrize("echo", ["", "<script>", "1\n2", "x" * 513])
    def test_only_a_harmless_echo_is_returned(self, echo: str) -> None:
        args = plain_args() | {"echostr": echo}
        if echo == "<script>":  # printable, and goes out as text/plain
            assert plain_verifier().verify_url(args, NOW) == echo
        else:
            with pytest.raises(MalformedPushError):
                plain_verifier().verify_url(args, NOW)


class TestSettings:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"token": ""},
            {"app_id": ""},
            {"encoding_aes_key": ""},
            {"encoding_aes_key": "k" * 42},
            {"encoding_aes_key": "k" * 44},
            {"encoding_aes_key": "中" * 43},
            {"encoding_aes_key": "*" * 43},
            {"previous_aes_key": "short"},
            {"mode": "compatible"},
        ],
    )
    def test_unusable_ones_are_refused_at_once(self, wrong: dict[str, str]) -> None:
        good = {"token": TOKEN, "app_id": APP_ID, "mode": "safe", "encoding_aes_key": AES_KEY}
        with pytest.raises(ValueError, match="must"):
            Verifier(**good | wrong)  # type: ignore[arg-type]  # the point of the test

    def test_no_secret_shows(self) -> None:
        shown = repr(safe_verifier()) + repr(Envelope(TOKEN, AES_KEY, APP_ID))
        assert TOKEN not in shown
        assert AES_KEY not in shown


class TestSafeMode:
    def test_a_sealed_push_comes_in(self) -> None:
        push = safe_verifier().open(*sealed(message()), NOW)
        assert (push.text, push.sealing) == ("你好", "current")

    @pytest.mark.parametrize("missing", ["encrypt_type", "msg_signature"])
    def test_a_push_without_the_marks_of_encryption_is_refused(self, missing: str) -> None:
        args, body = sealed(message())
        del args[missing]
        with pytest.raises(PlainPushError):
            safe_verifier().open(args, body, NOW)

    def test_a_plain_body_under_a_leaked_address_is_refused(self) -> None:
        args, _ = sealed(message())
        with pytest.raises(PlainPushError):
            safe_verifier().open(args, message(Content="forged"), NOW)

    def test_another_body_under_a_leaked_address_is_refused(self) -> None:
        args, _ = sealed(message())
        _, body = sealed(message(Content="forged"))
        with pytest.raises(BadSignatureError):
            safe_verifier().open(args, body, NOW)

    def test_the_url_signature_is_no_substitute(self) -> None:
        args, body = sealed(message())
        args["msg_signature"] = args["signature"]
        with pytest.raises(BadSignatureError):
            safe_verifier().open(args, body, NOW)

    def test_another_app_is_refused(self) -> None:
        with pytest.raises(ForeignPushError):
            safe_verifier().open(*sealed(message(), app_id="wxanother0000000"), NOW)

    def test_another_account_is_refused_in_both_modes(self) -> None:
        foreign = message(ToUserName="gh_another")
        with pytest.raises(ForeignPushError):
            safe_verifier().open(*sealed(foreign), NOW)
        with pytest.raises(ForeignPushError):
            plain_verifier().open(plain_args(), foreign, NOW)

    def test_without_an_account_in_the_settings_any_is_taken(self) -> None:
        foreign = message(ToUserName="gh_another")
        assert plain_verifier("").open(plain_args(), foreign, NOW).account == "gh_another"

    def test_the_previous_key_still_opens_and_answers(self) -> None:
        verifier = safe_verifier(previous=OLD_KEY)
        push = verifier.open(*sealed(message(), key=OLD_KEY), NOW)
        assert push.sealing == "previous"
        reply = read_fields(verifier.seal("<xml/>", "1", 1, push.sealing).encode()).word("Encrypt")
        assert Envelope(TOKEN, OLD_KEY, APP_ID).unseal(reply) == b"<xml/>"

    @pytest.mark.parametrize(
        "encrypted", ["AAAA", "!!!", "é", "A" * 43, "AAAAAAAAAAAAAAAAAAAAAA=="]
    )
    def test_a_broken_ciphertext_with_a_right_signature_is_malformed(self, encrypted: str) -> None:
        args = plain_args()
        args["encrypt_type"] = "aes"
        args["msg_signature"] = signature(TOKEN, args["timestamp"], args["nonce"], encrypted)
        body = f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()
        with pytest.raises(PushError):
            safe_verifier().open(args, body, NOW)

    @given(st.binary(max_size=300))
    def test_no_bytes_break_the_envelope(self, noise: bytes) -> None:
        args = plain_args() | {"encrypt_type": "aes", "msg_signature": "0" * 40}
        with pytest.raises(PushError):
            safe_verifier().open(args, noise, NOW)

    def test_success_is_never_sealed(self) -> None:
        assert safe_verifier().seal("success", "1", 1) == "success"
        assert plain_verifier().seal("<xml/>", "1", 1) == "<xml/>"

    def test_many_threads_may_share_a_verifier(self) -> None:
        verifier, seen = safe_verifier(), []

        def work(number: int) -> None:
            for _ in range(50):
                push = verifier.open(*sealed(message(Content=str(number))), NOW)
                seen.append(push.text == str(number))

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [True] * 200
