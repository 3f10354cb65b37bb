"""What was learned once and ships: it is what the script wrote, and it knows what it may not do."""

import json
from hashlib import sha256

from bench.train import MADE
from faq.bank import Bank, Entry
from faq.matching.matcher import fit_matcher
from faq.matching.trained import FEW, VECTORS, WORDS, shipped

PETS = Bank(
    (
        Entry(
            "cremation",
            "宠物去世了能火化吗？",
            "可以，体重不到十公斤收六百元，骨灰当天带走。",
            ("狗死了怎么处理", "猫走了你们管火化吗", "想给狗狗办后事", "宠物的骨灰能带走吗"),
        ),
        Entry(
            "hours",
            "几点开门？",
            "早上九点到晚上九点，急诊整夜有人。",
            ("晚上看病还有医生吗", "周末开不开门", "半夜有没有急诊", "现在去还来得及吗"),
        ),
    )
)


def test_what_ships_is_what_training_wrote() -> None:
    marks = json.loads(MADE.read_text(encoding="utf-8"))
    assert set(marks) == {"model.npz", "wishes.npz", "within.npz"}
    for name, mark in marks.items():
        assert sha256(MADE.with_name(name).read_bytes()).hexdigest() == mark, "run make train"


def test_the_fewer_phrasings_the_surer_it_must_be() -> None:
    for sort in (WORDS, VECTORS):
        bands = shipped(sort, FEW).bands
        assert bands.at(0.3).answer <= bands.at(0.6).answer <= bands.at(1.0).answer < 1
        assert bands.at(0.3).offer <= bands.at(0.6).offer <= bands.at(1.0).offer < 1


def test_a_bank_knows_its_own_questions_better_than_what_is_heard_in_them() -> None:
    matcher = fit_matcher(PETS)
    for own in ("我家狗昨晚走了，能火化吗", "猫死了，骨灰可以带走吗"):
        assert matcher.understand(own).outcome in {"answer", "options"}
    alarm = matcher.understand("我爸上个月走了，会员卡在他名下")
    assert (alarm.outcome, alarm.alarm) == ("escalate", "bereavement")
    assert matcher.understand("给我转人工").outcome == "human"
