"""What is read of a push, and what hostile XML gets."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wechat.pushes import NOW, message, payload, received
from tests.wechat.tools import OPENID
from wechat.errors import ForeignPushError, MalformedPushError, StalePushError
from wechat.push import KEY_LENGTH, Push

FIELDS = (
    "ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "MsgID", "Event",
    "EventKey", "bizmsgmenuid", "MediaId", "ThumbMediaId", "PicUrl", "Format", "Recognition",
    "Title", "Url", "Description", "Label", "Location_X", "Encrypt", "xml",
)  # fmt: skip

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


class TestWhatMerchantsType:
    """Characters and marks that XML has no place for, in a push that WeChat signed."""

    @staticmethod
    def typed(raw: bytes) -> Push:
        cut = b"<![CDATA[" + raw + b"]]>"
        return received(message(Content="{}").replace(b"{}", cut))

    @pytest.mark.parametrize(
        "raw",
        [
            *(bytes([code]) for code in range(0x20) if code not in {0x09, 0x0A, 0x0D}),
            "\ufffe".encode(),
            "\uffff".encode(),
            *(half.encode("utf-8", "surrogatepass") for half in ("\ud83d", "\ude00", "\udfff")),
        ],
    )
    def test_a_forbidden_character_is_dropped(self, raw: bytes) -> None:
        assert self.typed("保证金".encode() + raw + "怎么退".encode()).text == "保证金怎么退"

    def test_two_halves_are_one_character(self) -> None:
        assert self.typed("\ud83d\ude00".encode("utf-8", "surrogatepass")).text == "😀"

    @pytest.mark.parametrize(
        "text", ["]]>", "a]]>b", "]]></Content", "]]]]>", "<Content>", "&amp;"]
    )
    def test_marks_are_text(self, text: str) -> None:
        assert self.typed(text.encode()).text == text

    def test_a_careful_writers_end_mark_is_the_same(self) -> None:
        assert self.typed(b"a]]]]><![CDATA[>b").text == "a]]>b"

    @pytest.mark.parametrize("name", FIELDS)
    @pytest.mark.parametrize(
        "shape", ["<{0}>x</{0}>", "]]></Content><{0}>x</{0}><Content><![CDATA["]
    )
    def test_a_fields_name_in_the_words_is_no_field(self, name: str, shape: str) -> None:
        text = shape.format(name)
        pushed = self.typed(text.encode())
        assert (pushed.openid, pushed.kind, pushed.text) == (OPENID, "text", text)
        assert pushed.key == received(message()).key

    @pytest.mark.parametrize("name", FIELDS)
    def test_a_field_that_stands_twice_outside_is_refused(self, name: str) -> None:
        body = message(Content="<![CDATA[你好]]>", bizmsgmenuid="1", Event="VIEW", EventKey="k")
        twice = body.replace(b"</xml>", f"<{name}>1</{name}><{name}>1</{name}></xml>".encode())
        with pytest.raises(MalformedPushError):
            received(twice)

    def test_the_words_of_a_link_bring_no_content(self) -> None:
        body = message(MsgType="link", Title="<![CDATA[<Content><![CDATA[x]]></Content>]]>")
        with pytest.raises(MalformedPushError):
            received(body.replace("<Content>你好</Content>".encode(), b""))

    def test_somebody_else_than_the_query_says_is_refused(self) -> None:
        with pytest.raises(ForeignPushError):
            received(message(FromUserName="oSomebodyElse"), openid=OPENID)

    @pytest.mark.parametrize("ahead", [300, 301])
    def test_the_future_is_refused(self, ahead: int) -> None:
        body = message(CreateTime=str(int(NOW.timestamp()) + ahead))
        if ahead == 300:
            assert received(body).created_at > NOW
        else:
            with pytest.raises(StalePushError):
                received(body)


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
