"""Texts are cut on bytes, where a reader would pause, and nothing of them is lost."""

import re
from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wechat.text import LIMIT, MAX_BYTES, clean, fit, is_blank, size

ALPHABET = "登录不了怎么办。，！？\n 1234567890abz.…👨\u200d👩\u200d👧😀é\u0301"
SPEECH = st.text(st.sampled_from(ALPHABET), max_size=600)


def without_blanks(text: str) -> str:
    return re.sub(r"\s", "", text)


class TestFit:
    @given(SPEECH, st.integers(min_value=4, max_value=200))
    def test_every_part_fits_and_nothing_is_lost(self, text: str, limit: int) -> None:
        parts = fit(text, limit)
        assert all(0 < size(part) <= limit for part in parts)
        assert without_blanks("".join(parts)) == without_blanks(clean(text))

    @given(st.text(max_size=3000))
    def test_any_unicode_fits_the_wire(self, text: str) -> None:
        for part in fit(text):
            assert size(part) <= LIMIT < MAX_BYTES
            xml = f"<a><![CDATA[{part.replace(']]>', '')}]]></a>"
            expat.ParserCreate().Parse(xml.encode(), True)  # noqa: FBT003 - expat's own signature

    def test_a_short_text_stays_whole(self) -> None:
        assert fit("  第一步\r\n第二步 ") == ["第一步\n第二步"]

    @pytest.mark.parametrize("text", ["", " \n ", "\x00\x07", "\ud800"])
    def test_nothing_makes_no_part(self, text: str) -> None:
        assert fit(text) == []

    def test_a_sentence_end_is_where_it_is_cut(self) -> None:
        first, second = fit("先确认店铺类目有没有报白。" * 3 + "再看保证金余额", 110)
        assert first.endswith("报白。")
        assert second.endswith("再看保证金余额")

    def test_a_paragraph_is_a_better_place_than_a_sentence_end(self) -> None:
        first, second = fit("甲" * 20 + "。" + "\n\n" + "乙" * 10 + "。" + "丙" * 20, 120)
        assert first == "甲" * 20 + "。"
        assert second.startswith("乙")

    def test_a_closing_quote_stays_with_its_sentence(self) -> None:
        parts = fit("他说“保证金已经全部退回来了。”" + "然后就结束了这次的谈话" * 2, 60)
        assert parts[0].endswith("。”")

    @pytest.mark.parametrize(
        "whole",
        [
            "13800138000",
            "2026-11-22",
            "https://example.com/help?id=12345",
            '<a href="https://example.com/">点这里</a>',
        ],
    )
    def test_a_number_and_a_link_stay_whole(self, whole: str) -> None:
        for before in range(10, 40):
            parts = fit("字" * before + whole + "字" * 20, 100)
            assert any(whole in part for part in parts)

    def test_an_endless_number_is_cut_after_all(self) -> None:
        assert "".join(fit("7" * 1000, 100)) == "7" * 1000

    def test_a_composed_emoji_stays_together(self) -> None:
        family = "👨‍👩‍👧"
        for before in range(20, 40):
            assert any(family in part for part in fit("啊" * before + family + "啊" * 20, 100))

    def test_a_hundred_kilobytes_are_cut(self) -> None:
        text = "保证金怎么退" * 6000
        assert "".join(fit(text)) == text

    def test_a_limit_that_cannot_hold_a_character_is_refused(self) -> None:
        with pytest.raises(ValueError, match="4 bytes"):
            fit("你好", 3)


def test_cleaning_keeps_what_people_write() -> None:
    assert clean("第一行\r\n\t第二行 😀\x0b\ufffe") == "第一行\n\t第二行 😀"


@pytest.mark.parametrize(
    "text", ["", "\u200b", "\ufeff\u2060", "\u3164", "\u2800 ", "\ufe0f", "\u3000\n"]
)
def test_what_nobody_can_see_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["好", "👍", "。", "\u200b1", "❤\ufe0f"])
def test_what_can_be_seen_is_not(text: str) -> None:
    assert not is_blank(text)
