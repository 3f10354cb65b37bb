"""What is read of a push, and what hostile XML gets."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wechat.pushes import message, payload, received
from tests.wechat.tools import OPENID
from wechat.errors import (
    MalformedPushError,
)
from wechat.push import KEY_LENGTH

FULL_WIDTH = {digit: digit + 0xFEE0 for digit in range(0x30, 0x3A)}


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>'
    "<xml><Content>&c;</Content></xml>"
)


class TestHostileXml:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"   ",
            b"{}",
            b"<xml/>",
            b"<xml></xml>",
            b"<html></html>",
            b"<xml>text</xml>",
            b"<xml><MsgType>text</MsgType>",
            LAUGHS.encode(),
            b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">' + message(),
            b"<!DOCTYPE xml>" + message(),
            b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + message(Content="&f;"),
            b'<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>' + message(),
            message(Content="&undefined;"),
            message().replace(b"<xml>", b"<xml><FromUserName>other</FromUserName>"),
            message(FromUserName="<a>nested</a>"),
            message(Content="<b>nested</b>"),
            message(MsgType=""),
            message(MsgType="<x/>"),
            message(MsgType="text image"),
            message().replace(b"<MsgType>", b'<MsgType a="1">'),
            message(CreateTime=""),
            message(CreateTime="now"),
            message(CreateTime="9" * 30),
            message(CreateTime="1714036504".translate(FULL_WIDTH)),
            message(FromUserName=""),
            message(FromUserName="o" * 65),
            message(FromUserName="o' OR 1=1"),
            message(ToUserName=""),
            message(MsgId="abc"),
            message(MsgId="1" * 21),
            message(MsgType="event"),
            message(Content="a\x00b"),
            message(Content="a\x08b"),
            message().decode().encode("gbk"),
            message().decode().encode("utf-16"),
            b'<?xml version="1.0" encoding="gbk"?>' + message().decode().encode("gbk"),
            message(Content="x" * 70_000),
            b"<xml>" + b"<a/>" * 10_000 + b"</xml>",
            message().replace(b"</xml>", b"<a>" * 20 + b"</a>" * 20 + b"</xml>"),
            b"<xml>" + b"".join(b"<a%d/>" % i for i in range(1000)) + b"</xml>",
            b"<xml>" + b"<a>" * 8_000 + b"</a>" * 8_000 + b"</xml>",
        ],
    )
    def test_it_is_malformed(self, body: bytes) -> None:
        with pytest.raises(MalformedPushError) as caught:
            received(body)
        assert caught.value.__context__ is None

    def test_a_byte_order_mark_is_fine(self) -> None:
        assert received(b"\xef\xbb\xbf" + message()).text == "你好"

    def test_a_declared_encoding_does_not_fool_it(self) -> None:
        assert received(b'<?xml version="1.0" encoding="gbk"?>' + message()).text == "你好"

    @given(st.binary(max_size=2000))
    def test_no_bytes_break_it(self, body: bytes) -> None:
        with pytest.raises(MalformedPushError):
            received(body)

    @given(
        st.dictionaries(
            st.sampled_from(["MsgType", "Event", "CreateTime", "MsgId", "Content", "FromUserName"]),
            st.text(max_size=30),
        )
    )
    def test_no_field_breaks_it(self, elements: dict[str, str]) -> None:
        escaped = {k: v.replace("&", "").replace("<", "") for k, v in elements.items()}
        body = message(**escaped).decode(errors="replace").encode(errors="replace")
        try:
            push = received(body)
        except MalformedPushError:
            return
        assert len(push.key) <= KEY_LENGTH

    def test_what_it_holds_never_shows(self) -> None:
        assert OPENID not in repr(received(message()))
        assert "你好" not in repr(received(message()))


class TestKinds:
    @pytest.mark.parametrize(
        ("name", "kind", "opens", "words"),
        [
            ("text", "text", "message", "保证金怎么退？\n急"),
            ("text-menu", "text", "tap", "满意"),
            ("image", "image", "message", ""),
            ("voice", "voice", "message", ""),
            ("video", "video", "message", ""),
            ("shortvideo", "shortvideo", "message", ""),
            ("file", "file", "message", "营业执照.pdf"),
            ("location", "location", "message", "海口市美兰区"),
            ("link", "link", "message", "公众平台官网"),
            ("miniprogrampage", "miniprogrampage", "message", "抖店"),
            ("unheard", "sticker_v9", "message", ""),
            ("subscribe", "subscribe", "tap", ""),
            ("subscribe-scan", "subscribe", "tap", "qrscene_123"),
            ("unsubscribe", "unsubscribe", None, ""),
            ("scan", "scan", "tap", "123"),
            ("click", "click", "tap", "deposit"),
            ("scancode", "scancode_waitmsg", "tap", "scan"),
            ("view", "view", None, "https://example.com/"),
            ("location-event", "location_event", None, ""),
            ("template", "templatesendjobfinish", None, ""),
            ("event-unheard", "subscribe_msg_popup_event", None, ""),
        ],
    )
    def test_each_is_read(self, name: str, kind: str, opens: str | None, words: str) -> None:
        push = received(payload(name))
        assert (push.kind, push.opens_window, push.words) == (kind, opens, words)
        assert push.openid == OPENID
        assert push.created_at.tzinfo is UTC

    def test_the_details_are_kept(self) -> None:
        assert received(payload("text-menu")).menu_id == "101"
        image, voice = received(payload("image")), received(payload("voice"))
        assert (image.media_id, image.pic_url) == ("media-1", "http://mmbiz.qpic.cn/1")
        assert (voice.format, voice.recognition) == ("amr", "")
        assert received(payload("video")).thumb_media_id == "thumb-1"
        place = received(payload("location"))
        assert (place.latitude, place.longitude) == ("20.03", "110.35")

    def test_upper_case_types_are_the_same(self) -> None:
        assert received(message(MsgType="TEXT")).kind == "text"


class TestKeys:
    def test_two_senders_may_share_a_message_id(self) -> None:
        assert received(message()).key != received(message(FromUserName="oAnother")).key

    def test_the_same_message_again_has_the_same_key(self) -> None:
        assert received(message()).key == received(message()).key

    def test_two_events_in_one_second_are_two(self) -> None:
        view = message(MsgType="event", Event="VIEW", MsgId="")
        report = message(MsgType="event", Event="LOCATION", MsgId="")
        assert received(view).key != received(report).key

    def test_two_clicks_on_different_items_in_one_second_are_two(self) -> None:
        one = message(MsgType="event", Event="CLICK", EventKey="a", MsgId="")
        other = message(MsgType="event", Event="CLICK", EventKey="b", MsgId="")
        assert received(one).key != received(other).key

    def test_long_and_chinese_event_keys_still_fit_and_differ(self) -> None:
        keys = {
            received(message(MsgType="event", Event="CLICK", EventKey=text, MsgId="")).key
            for text in ("x" * 500, "x" * 499 + "y", "登" * 100, "登" * 99 + "录")
        }
        assert len(keys) == 4
        assert all(len(key) <= KEY_LENGTH and key.isascii() for key in keys)

    def test_messages_without_an_id_differ_by_what_they_say(self) -> None:
        one = received(message(MsgId="", Content="一"))
        assert one.key != received(message(MsgId="", Content="二")).key
