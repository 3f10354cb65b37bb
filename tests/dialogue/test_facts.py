"""What merchants tell of their situation: heard, denied, corrected, and answered to."""

from datetime import timedelta

import pytest

from handlers.dialogue import facts, sayings
from handlers.dialogue.memory import FRESH, recall
from handlers.knowledge.bank_versions import GUIDES
from tests.dialogue.driver import START, firm

SAID = sayings.read((GUIDES / "sayings.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("我们是公司来的", {"subject": "company"}),
        ("不是公司，是个体户开的", {"subject": "individual"}),
        ("说错了 主体是企业", {"subject": "company"}),
        ("那个号已经放给别人用了", {"number": "gone"}),
        ("卡早就掉了 登不上去", {"number": "lost", "login": "cannot"}),
        ("能登录，就是不会弄", {"login": "can"}),
        ("我不是法人 帮我爸弄的", {"person": "other"}),
        ("官方客服我打过了", {"tried": "support"}),
        ("页面提示该账号存在风险", {"page": "该账号存在风险"}),
    ],
)
def test_a_fact_is_heard(said: str, known: dict[str, str]) -> None:
    assert facts.told(said, SAID) == known


@pytest.mark.parametrize(
    "said",
    ["如果是公司呢", "你们是什么公司", "个体户和企业有区别吗", "去你们公司看看", "保证金怎么退"],
)
def test_what_is_supposed_or_said_of_others_is_no_fact(said: str) -> None:
    assert not facts.told(said, SAID)


def test_the_last_word_counts_and_what_was_tried_adds_up() -> None:
    memory = FRESH
    for said in ("我是个体户", "客服打过了", "不对 我是企业店", "营业厅也去过了 问过移动了"):
        memory = facts.learn(memory, said, START, SAID)
    assert memory.facts == {"subject": "company", "tried": "support carrier"}


def test_facts_fall_silent_after_thirty_days_unless_the_case_is_open() -> None:
    memory = facts.learn(FRESH, "我是企业店", START, SAID)
    stored = recall(memory.to_json(), firm()[0], START)
    later = START + timedelta(days=31)
    assert stored.facts_now(later, case_open=False) == {}
    assert stored.facts_now(later, case_open=True) == {"subject": "company"}


def test_no_answer_of_the_bank_shows_the_other_kind_its_branch() -> None:
    """Whoever is known to be a company reads no line of personal cards, and the other way round."""
    bank, _, _ = firm()
    for entry in bank.entries:
        for text in (entry.answer, *entry.steps, *entry.step_help, entry.after, *entry.details):
            shown = facts.fitting(text, {"subject": "company"}, SAID)
            assert "个人银行卡" not in shown, entry.id
            assert "个体" not in shown, entry.id
            assert "企业" not in facts.fitting(text, {"subject": "individual"}, SAID), entry.id
