"""Drafts and proposed phrasings: a person reads them first; what is unfounded is marked."""

from collections.abc import Iterator

import pytest

from handlers.model import phrasings, reporting
from handlers.model.drafts import doubtful
from handlers.model.masking import Mask
from handlers.model.prompts import read_choice, read_phrasings
from storage.queries.model_calls import JudgedChoice
from tests.desk.fixtures import Office, refusal
from tests.model.provider import Provider, provider
from tests.model.test_second_opinion import asking, with_model


@pytest.fixture
def played() -> Iterator[Provider]:
    with provider() as found:
        yield found


def test_a_draft_needs_an_edit_or_an_explicit_yes(office: Office, played: Provider) -> None:
    with_model(office.house, played, use="off", drafts=True)
    office.app.extensions["dianban"] = office.house.context
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    played.play = "draft"
    draft = owner.post(f"/desk/c/{conversation}/draft", script=True).get_json()
    assert "保证" in draft["doubtful"]
    assert draft["sources"]
    reply = f"/desk/c/{conversation}/messages"
    assert "一个字没改" in refusal(owner, reply, text=draft["text"], key="a" * 12)
    assert "一个字没改" in refusal(owner, reply, text=draft["text"] + " \n", key="b" * 12)
    edited = draft["text"].replace("保证全额", "一般")
    assert owner.post(reply, text=edited, key="c" * 12).status_code == 303
    sent = owner.post(reply, text=draft["text"], key="d" * 12, as_it_is="1")
    assert sent.status_code == 303


def test_only_the_owner_of_the_case_drafts_and_only_where_it_is_on(
    office: Office, played: Provider
) -> None:
    owner, other = office.browser("小林"), office.browser("李雪")
    conversation = office.claimed(owner)
    assert "没有打开起草" in refusal(owner, f"/desk/c/{conversation}/draft")
    with_model(office.house, played, use="off", drafts=True)
    office.app.extensions["dianban"] = office.house.context
    assert "由 小林 负责" in refusal(other, f"/desk/c/{conversation}/draft")
    played.play = 402
    assert "余额不足" in refusal(owner, f"/desk/c/{conversation}/draft")


def test_numbers_and_promises_without_a_source_are_marked() -> None:
    text = "审核 3–7 个工作日，保证 2 天到账，手续费 50 元。"
    assert doubtful(text, "审核一般 3–7 个工作日") == ("保证", "2 天", "50 元")


def test_a_mask_gives_the_values_back_in_drafts_only() -> None:
    mask = Mask(["老王五金"])
    out = mask.out("老王五金的押金 2000 块，我叫李四")
    assert "老王五金" not in out
    assert "2000" not in out
    assert "李四" not in out
    assert mask.back(out) == "老王五金的押金 2000 块，我叫李四"


def test_what_comes_back_is_read_strictly() -> None:
    from handlers.model.prompts import Candidate  # noqa: PLC0415

    known = [Candidate("a", "", ""), Candidate("b", "", "")]
    assert read_choice('{"id": "b"}', known) == "b"
    for odd in ('{"id": "c"}', '{"id": ["a"]}', '["a"]', '"a"', "a", "", '{"id": "a", "x": 1}'):
        assert read_choice(odd, known) == "none"
    assert read_phrasings('{"phrasings": ["一", "一", 3, ""]}', 12, 60) == ["一"]
    assert read_phrasings("好的，下面是…", 12, 60) == []


def test_proposed_phrasings_say_whether_they_are_known(office: Office, played: Provider) -> None:
    bank, matcher = (
        office.house.context.published_bank.bank(),
        office.house.context.published_bank.matcher(),
    )
    played.play = "phrasings"
    entry = bank.by_id["deposit-refund-steps"]
    found = phrasings.propose(asking(office.house, played), bank, matcher, entry, bank.entries[:2])
    assert [each.text for each in found] == ["保证金咋退", "怎么关店", "押金啥时候回来"]
    assert found[0].standing == "known"
    assert found[1].standing == "other"


def test_verdicts_judge_what_it_would_have_said() -> None:
    rows = [
        JudgedChoice("shadow", "a", "none", ("a",), 300, 200),
        JudgedChoice("shadow", "b", "a", ("a",), 500, 200),
        JudgedChoice("shadow", "disagree", "none", None, 700, 200),
    ]
    found = reporting.summary(rows)
    assert (found.asked, found.silent, found.judged, found.helped, found.harmed) == (3, 1, 2, 1, 1)


def test_the_check_says_in_words_what_is_wrong(office: Office, played: Provider) -> None:
    model = asking(office.house, played)
    for play, words in ((401, "密钥"), (402, "余额"), (404, "没有这个模型"), ("cut", "连不上")):
        played.play = play
        found = reporting.check(model)
        assert not found.ok
        assert words in found.words[0]
    example = reporting.example()
    assert "张三" not in example
    assert "13800138000" not in example
