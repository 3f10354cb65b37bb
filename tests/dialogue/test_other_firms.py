"""Firms of trades that no guide of ours has: the bot speaks of them, and of nobody else's."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from faq.bank import Bank, Firm
from faq.guides import read_files
from faq.matching.matcher import compile_matcher
from faq.understanding import Matcher
from handlers.dialogue.rehearsal import Rehearsal
from handlers.dialogue.texts import Texts, load_texts
from handlers.dialogue.types import TurnContext
from tests.dialogue.optician import FILES

pytestmark = pytest.mark.timeout(600)  # fitting waits for whatever else the machine does
OTHERS_TRADE = re.compile("抖店|抖音|店铺|保证金|关店|科佑|店伴")


@pytest.fixture(scope="module")
def optician() -> tuple[Bank, Matcher]:
    bank, problems = read_files(FILES)
    assert not [each for each in problems if each.severity == "error"]
    return bank, compile_matcher(bank)


SAID = [
    *("你好", "配一副眼镜要多少钱", "下一步", "好了", "看不懂", "都不是", "镜片多久能拿"),
    *("拼多多怎么退款", "你是机器人吗", "谢谢", "我要报价", "老李", "近视五百度", "13800138000"),
    *("随便说一句", "阿巴阿巴", "你们会不会骗人", "能不能保证度数准", "转人工", "在吗", "算了"),
    *("下一步", "再见"),
]


def replies(bank: Bank, matcher: Matcher, *said: str) -> list[str]:
    """What a new follower reads, and then in answer to these."""
    context = TurnContext(now=datetime(2026, 3, 4, 2, 0, tzinfo=UTC))
    lines = [{"event": "subscribe"}, *({"say": text} for text in said)]
    rehearsal = Rehearsal(context, bank, matcher, load_texts())
    return [str(turn["reply"]) for turn in rehearsal.play(lines, explain=False)]


def test_the_shipped_texts_speak_of_no_trade() -> None:
    for key, wordings in load_texts().wordings.items():
        for text in wordings:
            assert not OTHERS_TRADE.search(text), key


def test_an_optician_never_speaks_of_another_trade(optician: tuple[Bank, Matcher]) -> None:
    for start in range(len(SAID)):
        said = replies(*optician, *SAID[start : start + 6])
        assert not re.search("抖店|抖音|保证金|科佑", "\n".join(said))


def test_the_firm_welcomes_with_its_own_words_and_things(optician: tuple[Bank, Matcher]) -> None:
    (welcome,) = replies(*optician)
    assert "明视眼镜" in welcome
    assert "1 配眼镜\n2 修眼镜\n3 " in welcome


def test_a_firm_without_a_file_offers_how_its_guides_begin(
    optician: tuple[Bank, Matcher],
) -> None:
    bank, matcher = optician
    (welcome,) = replies(replace(bank, firm=Firm()), matcher)
    assert "1 镜架坏了\n2 配眼镜\n3 " in welcome


def test_the_owners_copy_goes_over_the_firms_file_until_the_desk_edited_it() -> None:
    shipped = load_texts()
    own = Texts({**shipped.wordings, "welcome": ("店主的话",)}, frozenset({"welcome"}))
    bank, _ = read_files(FILES)
    assert own.of_firm(bank.firm).text("welcome") == "店主的话"
    assert "明视" in own.of_firm(bank.firm).text("greeting")
    edited, _ = read_files({**FILES, "firm.toml": "edited_at_desk = true\n" + FILES["firm.toml"]})
    assert "明视" in own.of_firm(edited.firm).text("welcome")
