"""Replies that arrive as they were meant, whatever is in them."""

from dataclasses import replace
from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wechat.pushes import NOW, message, received
from tests.wechat.tools import ACCOUNT, OPENID
from wechat.replies import render_image, render_text
from wechat.xml_fields import read_fields


def parsed(xml: str) -> dict[str, str]:
    fields = read_fields(xml.encode())
    return fields.texts


class TestReplies:
    push = replace(received(message()), text="")

    def test_it_goes_back_to_the_sender(self) -> None:
        reply = parsed(render_text(self.push, "先确认类目。\n再看余额。", NOW))
        assert reply == {
            "MsgType": "text",
            "FromUserName": ACCOUNT,
            "ToUserName": OPENID,
            "CreateTime": str(int(NOW.timestamp())),
            "Content": "先确认类目。\n再看余额。",
        }

    @pytest.mark.parametrize("text", ["", "  \n", "\x00\x08", "\ud800"])
    def test_an_empty_text_says_nothing(self, text: str) -> None:
        assert render_text(self.push, text, NOW) == "success"

    def test_a_text_over_the_limit_is_not_sent_to_be_lost(self) -> None:
        with pytest.raises(ValueError, match="2048"):
            render_text(self.push, "满" * 700, NOW)

    def test_an_echo_cannot_write_elements(self) -> None:
        attack = "]]></Content><MsgType><![CDATA[image]]></MsgType><Content><![CDATA["
        reply = parsed(render_text(self.push, attack, NOW))
        assert reply["Content"] == attack
        assert reply["MsgType"] == "text"

    @given(st.text(min_size=1, max_size=400))
    def test_every_text_makes_well_formed_xml(self, text: str) -> None:
        xml = render_text(self.push, text, NOW)
        if xml != "success":
            expat.ParserCreate().Parse(xml.encode(), True)  # noqa: FBT003 - expat's own signature
            assert parsed(xml)["Content"].strip()

    def test_a_picture_names_its_media(self) -> None:
        xml = render_image(self.push, "media-1", NOW)
        assert "<MediaId><![CDATA[media-1]]></MediaId>" in xml
        expat.ParserCreate().Parse(xml.encode(), True)  # noqa: FBT003 - expat's own signature
