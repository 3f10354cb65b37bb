"""Firms of trades that no guide of ours has, as folders dropped in: the bot speaks of them, and of
nobody else's."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from faq import language
from faq.bank import Bank, Firm
from faq.guides import folder_files, read_files
from faq.matching.matcher import compile_matcher
from faq.understanding import Matcher
from handlers.dialogue import policy
from handlers.dialogue.memory import Form, recall
from handlers.dialogue.rehearsal import Rehearsal
from handlers.dialogue.texts import Texts, load_texts
from handlers.dialogue.types import DeskStatus, TurnContext
from handlers.knowledge import bank_versions

pytestmark = pytest.mark.timeout(600)  # fitting waits for whatever else the machine does
ROOT = Path(__file__).parents[2]
FIRMS = ROOT / "tests" / "data" / "firms"
THEIRS = re.compile(
    "抖店|抖音|店铺|小店|保证金|押金|关店|退店|店伴|科佑|海口|法人|个体|企业|对公|执照|后台|平台|登录|登不上"
)
"""Words of the shipped firm and its trade."""
SAID_OF_ACCOUNTS = frozenset({"alarm_stolen", "alarm_secret", "secret", "label_stolen"})
"""A stolen account is one in every trade: what the bot says of it may speak of logging in."""
Line = dict[str, str]
AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Other:
    """A firm as its folder gives it, and what its customers say in a day."""

    name: str
    bank: Bank
    matcher: Matcher
    asked: tuple[str, ...]


DAY = tomllib.loads((FIRMS / "day.toml").read_text(encoding="utf-8"))
ASKED = DAY["asked"]


@pytest.fixture(scope="module", params=sorted(ASKED))
def other(request: pytest.FixtureRequest) -> Other:
    folder = FIRMS / request.param
    bank = bank_versions.read(folder)
    return Other(bank.firm.name, bank, compile_matcher(bank), ASKED[request.param])


def play(other: Other, lines: Iterable[Line], **scene: object) -> list[str]:
    context = replace(TurnContext(now=AT, phone="138-0013-8000"), **scene)  # type: ignore[arg-type]
    rehearsal = Rehearsal(context, other.bank, other.matcher, load_texts(), policy)
    return [str(turn["reply"]) for turn in rehearsal.play(lines, explain=False)]


def says(*texts: str) -> list[Line]:
    return [{"say": text} for text in texts]


SMALL_TALK = [language.words("social", kind, "phrasings")[0] for kind in language.kinds("social")]
MEDIA: tuple[Line, ...] = (
    *({"image": "x"}, {"voice": ""}, {"event": "video"}, {"event": "subscribe"}, {"event": "scan"}),
    *({"event": "click", "key": "human"}, {"event": "click", "key": "deposit-refund"}),
)


def a_day(other: Other) -> list[str]:
    """All that the bot says: to small talk, in walks, lists and the inquiry, to those who wait."""
    said: list[str] = []
    waiting = DAY["waiting"]
    closed = DeskStatus(open_now=False, hours="周一至周五 9:00–18:00")
    for first in (*other.asked[:4], "你好"):
        for start in range(0, len(DAY["moves"]), 6):
            said += play(other, says(first, *DAY["moves"][start : start + 6]))
    said += play(other, [{"event": "subscribe"}, *says(*SMALL_TALK)])
    said += play(other, says("我要报价", other.asked[4], *DAY["inquiry"], *waiting))
    said += play(other, says(*waiting, "算了", "解决了", "5"))
    said += play(other, says(other.asked[0], "转人工", *waiting), desk=closed)
    said += play(other, [{"event": "subscribe"}, *MEDIA])
    said += play(other, [*says(other.asked[1], "下一步"), *MEDIA])
    for button in other.bank.firm.menu:
        said += play(other, [{"event": "click", "key": button.key or button.entry}])
    for alarm in DAY["alarms"]:
        said += play(other, says(alarm, "你好"))
    return said


def test_a_whole_day_says_nothing_of_the_shipped_firm(other: Other) -> None:
    said = a_day(other)
    assert len(said) > 250
    words = load_texts().of_firm(other.bank.firm)
    accounts = [text for key in SAID_OF_ACCOUNTS for text in words.wordings[key]]
    general = re.compile("|".join(map(re.escape, accounts)))
    for text in said:
        assert not THEIRS.search(general.sub("", text)), text


def test_every_text_as_this_firm_says_it(other: Other) -> None:
    for key, wordings in load_texts().of_firm(other.bank.firm).wordings.items():
        for text in wordings:
            assert key in SAID_OF_ACCOUNTS or not THEIRS.search(text), key


def test_it_greets_offers_and_asks_in_its_own_words(other: Other) -> None:
    (welcome,) = play(other, [{"event": "subscribe"}])
    assert other.name in welcome
    for number, thing in enumerate(other.bank.firm.things, start=1):
        assert f"{number} {thing.label}\n" in welcome
    assert play(other, says(other.asked[0]))[0].strip()
    tapped = play(other, [{"event": "click", "key": other.bank.firm.menu[0].entry}])
    assert other.bank.by_id[other.bank.firm.menu[0].entry].answer.split("，")[0] in tapped[0]


def test_its_inquiry_asks_for_what_it_wants_to_know() -> None:
    bank = bank_versions.read(FIRMS / "optician")
    other = Other(bank.firm.name, bank, compile_matcher(bank), ())
    lines = says(
        "我要报价", "老李", "四百五十度", "想配一副看电脑的", "度数错了", "五百度", "13800138000"
    )
    said = play(other, lines)
    assert "怎么称呼您" in said[0]
    assert "度数大概多少" in said[1]
    assert "度数大概多少" in said[4]
    assert "称呼：老李\n度数：五百度\n要配什么：想配一副看电脑的\n联系方式：138" in said[-1]


def test_a_firm_without_a_file_offers_how_its_guides_begin() -> None:
    bank = bank_versions.read(FIRMS / "optician")
    bare = Other("", replace(bank, firm=Firm()), compile_matcher(bank), ())
    (welcome,) = play(bare, [{"event": "subscribe"}])
    assert "1 镜架坏了\n2 配眼镜\n3 联系顾问" in welcome


def test_a_form_that_an_earlier_program_left_open_goes_on() -> None:
    bank = bank_versions.read(bank_versions.GUIDES)
    stored = {"form": {"shop": "海风小铺", "asking": "problem"}, "at": AT.isoformat()}
    assert recall(stored, bank, AT).form == Form({"shop": "海风小铺"}, "problem")


def test_the_owners_copy_goes_over_the_firms_file_until_the_desk_edited_it() -> None:
    shipped = load_texts()
    own = Texts({**shipped.wordings, "welcome": ("店主的话",)}, frozenset({"welcome"}))
    files, _ = folder_files(FIRMS / "optician")
    firm = read_files(files)[0].firm
    assert own.of_firm(firm).text("welcome") == "店主的话"
    assert "明视" in own.of_firm(firm).text("greeting")
    edited = {**files, "firm.toml": "edited_at_desk = true\n" + files["firm.toml"]}
    assert "明视" in own.of_firm(read_files(edited)[0].firm).text("welcome")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('colour = "red"', "不认识「colour」"),
        ('name = ["x"]', "name 写成"),
        ('things = [{ label = "配镜", entry = "gone" }]', "「gone」没有这条问答"),
        ('things = [{ label = "配镜", entri = "gone" }]', "things 写成"),
        ('menu = [{ name = "超过五个汉字的", entry = "cleaning" }]', "21 字节"),
        ('menu = [{ name = "洗", key = "gone" }]', "「gone」没有这条问答"),
        ('menu = [{ name = "洗", url = "x.cn" }]', "https://"),
        ('inquiry = [{ name = "notes", label = "附注", ask = "？" }]', "程序自己要用"),
        ('inquiry = [{ name = "a", label = "甲", ask = "？" }]', "少了「problem」"),
        ('inquiry = [{ name = "problem", label = "甲", ask = "？", kind = "name" }]', "冲突"),
        ('[texts]\nno_such_key = "在"', "程序里没有这一条"),
        ('[texts]\nwelcome = "{nobody}"', "不认识的占位符"),
        ('[texts]\nform_ask_age = "几岁？"', "inquiry 里没有这一样"),
        (f'[texts]\nwelcome = "{"长" * 500}"', "1500 字节"),
    ],
)
def test_what_is_wrong_with_a_firms_file_is_said(wrong: str, said: str) -> None:
    files, _ = folder_files(FIRMS / "optician")
    bank, problems = read_files({**files, "firm.toml": wrong})
    told = [str(each) for each in [*problems, *bank_versions.text_problems(bank)]]
    assert any(said in words and "firm.toml" in words for words in told), told


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("[words]\nus = '('", "读不懂"),
        ("[words]\nours = 'x'", "不认识「ours」"),
        ("colour = 1", "不认识「colour」"),
        ("[facts.eye]\nlabel = '眼'\n[facts.eye.left]\nlabel = '左'", "没有写 says"),
        ("[[rules]]\nwhen = { eye = ['left'] }\nasked = 'gone'", "「gone」没有这条问答"),
        ("branches = [", "不是 TOML"),
    ],
)
def test_what_is_wrong_with_how_its_people_speak_is_said(wrong: str, said: str) -> None:
    files, _ = folder_files(FIRMS / "optician")
    bank, _ = read_files({**files, "sayings.toml": wrong})
    told = [str(each) for each in bank_versions.text_problems(bank)]
    assert any(said in words and "sayings.toml" in words for words in told), told


PROGRAM = re.compile("抖店|保证金|店铺|关店|科佑")
QUOTED = re.compile(r'"""(?:.|\n)*?"""|#[^\n]*')
EXAMPLES = frozenset({"language", "moves", "matching", "guides"})
"""What people of many trades say, from which the program learns to listen: it says none of it."""


def test_the_program_itself_speaks_of_no_trade() -> None:
    """Comments and docstrings may give examples."""
    for room in ("handlers", "faq", "wechat", "storage/queries"):
        for path in (ROOT / room).rglob("*"):
            if path.suffix not in (".py", ".toml", ".html", ".js") or EXAMPLES & set(path.parts):
                continue
            text = QUOTED.sub("", path.read_text(encoding="utf-8"))
            found = PROGRAM.search(text)
            legacy = path.name == "compose.js" and text.count("店铺") == 1  # an old reply's place
            assert not found or legacy, f"{path.name}: {found}"


def test_the_shipped_firm_keeps_its_words() -> None:
    firm = tomllib.loads((bank_versions.GUIDES / "firm.toml").read_text(encoding="utf-8"))
    assert firm["name"] == "店伴"
    bank = bank_versions.read(bank_versions.GUIDES)
    assert "抖店" in load_texts().of_firm(bank.firm).text("welcome")


def test_what_the_guide_says_of_hours_and_place_goes_before_the_settings() -> None:
    guide = """---
guide: visit
title: 来店里
---

## 几点开门，在哪里 {#visit}

问法:
- 你们几点开门
- 几点关门
- 店在哪里
- 你们地址在哪
- 周末开门吗

早上九点到晚上八点，周末不休。地址在人民路 88 号。
"""
    bank, _ = read_files({"visit.md": guide})
    firm = Other("", bank, compile_matcher(bank), ())
    for asked in ("店在哪里", "你们几点关门"):
        assert "人民路 88 号" in play(firm, says(asked))[0], asked


def test_the_inquiry_begins_with_its_name_where_no_entry_leads_to_it() -> None:
    bank = bank_versions.read(FIRMS / "piano")
    entries = tuple(each for each in bank.entries if each.id != "service-inquiry")
    bare = Other("", replace(bank, entries=entries), compile_matcher(bank), ())
    assert "怎么称呼您" in play(bare, says("询价"))[0]


def test_the_people_behind_the_bot_are_called_as_the_firm_says() -> None:
    bank = bank_versions.read(FIRMS / "optician")
    words = load_texts().of_firm(bank.firm)
    assert "验光师" in words.text("declined")
    assert not any("顾问" in text for texts in words.wordings.values() for text in texts)
