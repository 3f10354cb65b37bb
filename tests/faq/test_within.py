"""Which line of the entry that is talked about answers a follow-up."""

from functools import cache

import pytest

from faq.bank import Bank, Entry
from faq.matching import vectors
from faq.matching.matcher import TrainedMatcher, dump_matcher, fit_matcher, load_matcher

BREAD = Entry(
    "bread",
    "面包怎么订？",
    "提前一天在群里接龙就行，付了款才算订上。",
    ("怎么订面包", "想买你家的面包", "面包在哪里订"),
    details=(
        "过敏、坚果：配料写在标签上，有核桃的会单独标出来。",
        "退、取消：前一天晚上八点前可以取消，过了就烤上了，退不了。",
        "送货、配送：只送三公里以内，远的请来店里拿。",
        "放几天、保质期、冷冻：常温放两天，冷冻能放两个星期。",
    ),
)
CLASS = Entry("class", "有烘焙课吗？", "周六下午有亲子课。", ("教不教做面包", "有没有课"))
FOLLOW_UPS = (
    ("家里孩子对花生过敏", "配料写在标签上"),
    ("临时不想要了能退钱不", "前一天晚上八点前可以取消"),
    ("我住得远 能给我送来吗", "只送三公里以内"),
    ("吃不完冻起来可以放多久", "冷冻能放两个星期"),
)


@cache
def bakery() -> TrainedMatcher:
    return fit_matcher(Bank((BREAD, CLASS)))


@pytest.mark.parametrize(("asked", "told"), FOLLOW_UPS)
def test_a_follow_up_finds_its_line(asked: str, told: str) -> None:
    best = bakery().within("bread", asked)[0]
    assert told in best.text
    assert best.share > 0.2


def test_shares_leave_room_for_no_line() -> None:
    lines = bakery().within("bread", "你们老板贵姓")
    assert sum(line.share for line in lines) < 0.5
    assert sorted(lines, key=lambda line: -line.share) == list(lines)


def test_nothing_is_told_of_an_unknown_entry_or_by_an_empty_message() -> None:
    assert bakery().within("cake", "放几天") == ()
    assert bakery().within("bread", "……") == ()


def test_without_a_model_the_words_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "_choice", vectors.NONE)
    assert "只送三公里以内" in bakery.__wrapped__().within("bread", "配送范围多大")[0].text


def test_a_kept_matcher_tells_the_same() -> None:
    matcher = bakery()
    kept = load_matcher(dump_matcher(matcher))
    asked = FOLLOW_UPS[1][0]
    assert kept.within("bread", asked) == matcher.within("bread", asked)
