"""What shows only when the matcher is unsure: a tiny bank, and a matcher by table."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from faq.bank import Bank, Entry
from faq.understanding import Topic, TopicLine, Understanding
from handlers.dialogue.handoff import moment
from handlers.dialogue.policy import decide
from handlers.dialogue.render import fit
from handlers.dialogue.texts import load_texts
from handlers.dialogue.types import Decision, DeskStatus, Incoming, TurnContext

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
REFUND = Entry("refund", "保证金怎么退", "在后台申请。", steps=("登录", "申请"), guide="deposit")
REJECTED = Entry("rejected", "审核没通过", "改好再交。", guide="deposit", short="审核没通过")
LATE = Entry("late", "退了还没到账", "问官方客服。", guide="deposit", short="退了还没到账")
PHONE = Entry("phone", "电话多少", "电话 {phone}，微信同号。", guide="service")
BANK = Bank((REFUND, REJECTED, LATE, PHONE))
TEXTS = load_texts()


@dataclass
class Table:
    """A matcher that knows what is in its table, and nothing else."""

    known: dict[str, Understanding] = field(default_factory=dict)

    def understand(self, text: str, context: Topic | None = None) -> Understanding:
        del context
        return self.known.get(text, Understanding(text, "none"))

    def within(self, entry: str, text: str) -> tuple[TopicLine, ...]:
        del entry, text
        return ()


def answer(entry: str) -> Understanding:
    return Understanding("", "answer", entry=entry, score=0.9, ranking=((entry, 0.9),))


def options(*entries: str) -> Understanding:
    ranking = tuple((entry, 0.4) for entry in entries)
    return Understanding("", "options", score=0.4, options=entries, ranking=ranking)


def hint(entry: str, weight: float) -> Understanding:
    return Understanding("", "none", ranking=((entry, weight),))


class Merchant:
    """Says one thing after another, some seconds apart."""

    def __init__(self, known: dict[str, Understanding], desk: DeskStatus | None = None) -> None:
        self.matcher = Table(known)
        self.desk = desk or DeskStatus(on_duty=1)
        self.now = NOW
        self.memory: dict[str, object] = {}

    def says(self, text: str, seconds: float = 3) -> Decision:
        self.now += timedelta(seconds=seconds)
        context = TurnContext(now=self.now, memory=self.memory, desk=self.desk)
        turn = decide(context, Incoming("text", text), BANK, self.matcher, TEXTS)
        self.memory = dict(turn.memory)
        return turn


def text(turn: Decision) -> str:
    return "\n".join(reply.text for reply in turn.replies)


def test_pieces_are_answered_once_their_joined_text_is_understood() -> None:
    merchant = Merchant(
        {
            "押的钱": hint("refund", 0.2),
            "押的钱 店里": hint("refund", 0.3),
            "押的钱 店里 要回来": answer("refund"),
            "押的钱 店里 要回来 着急用": answer("refund"),
        }
    )
    assert "接着说" in text(merchant.says("押的钱"))
    assert merchant.says("店里").end == "ignored"
    assert merchant.says("要回来").replies[0].entry == "refund"
    assert merchant.says("急急急").end == "ignored"


def test_noise_is_a_miss_and_no_piece() -> None:
    merchant = Merchant({"啦啦啦": hint("refund", 0.01)})
    assert "接着说" not in text(merchant.says("啦啦啦"))


def test_pieces_that_lead_nowhere_end_in_a_reply() -> None:
    near = {("店里" + " 店里" * n): hint("refund", 0.2) for n in range(9)}
    merchant = Merchant(near)
    ends = [merchant.says("店里").end for _ in range(6)]
    assert ends == ["answered", "ignored", "ignored", "ignored", "answered", "answered"]


def test_a_minute_later_a_piece_stands_alone() -> None:
    merchant = Merchant({"押的钱": hint("refund", 0.2), "押的钱 要回来": answer("refund")})
    merchant.says("押的钱")
    assert merchant.says("要回来", seconds=60).replies[0].entry is None


@pytest.fixture
def choosing() -> Merchant:
    merchant = Merchant(
        {
            "卡住": options("rejected", "late"),
            "钱的事": Understanding("", "none", ranking=(("late", 0.3), ("rejected", 0.05))),
            "都行": Understanding("", "none", ranking=(("late", 0.3), ("rejected", 0.3))),
        }
    )
    merchant.says("卡住")
    return merchant


@pytest.mark.parametrize(
    ("said", "entry"),
    [
        ("没通过那个", "rejected"),
        ("审核没通过", "rejected"),
        ("到账那条呢", "late"),
        ("选没到账的", "late"),
        ("钱的事", "late"),
        ("都行", None),
        ("今天天气真不错呀想出去玩", None),
    ],
)
def test_words_of_an_option_choose_it(choosing: Merchant, said: str, entry: str | None) -> None:
    assert choosing.says(said).replies[0].entry == entry


def test_the_same_options_again_are_a_miss(choosing: Merchant) -> None:
    assert "分不清" in text(choosing.says("卡住"))


def test_a_single_option_is_asked_back_and_a_yes_answers_it() -> None:
    merchant = Merchant({"退": options("refund")})
    shown = text(merchant.says("退"))
    assert "「保证金怎么退」" in shown
    assert REFUND.answer.rstrip("：") in shown, "it often answers already"
    assert "1 " not in shown
    assert merchant.says("是的").replies[0].entry == "refund"


def test_a_step_without_help_of_its_own_still_gets_some() -> None:
    merchant = Merchant({"退": answer("refund")})
    merchant.says("退")
    merchant.says("第一步")
    assert "把您看到的、做到哪里了说给我" in text(merchant.says("卡住了"))


def test_without_a_phone_in_the_settings_the_answer_points_here() -> None:
    shown = text(Merchant({"电话": answer("phone")}).says("电话"))
    assert "{phone}" not in shown
    assert "人工" in shown


def test_closed_without_a_known_opening_promises_no_time() -> None:
    merchant = Merchant({"人": Understanding("", "human")}, DeskStatus(open_now=False))
    shown = text(merchant.says("人"))
    assert "不在线" in shown
    assert "None" not in shown


@pytest.mark.parametrize(
    ("days", "hour", "said"),
    [
        (0, 1, "今天 9:00"),
        (1, 1, "明天 9:00"),
        (2, 1, "后天 9:00"),
        (4, 1, "周日 9:00"),
        (9, 1, "3 月 13 日 9:00"),
    ],
)
def test_a_moment_is_said_as_people_say_it(days: int, hour: int, said: str) -> None:
    at = datetime(2026, 3, 4 + days, hour, 0, tzinfo=UTC)
    assert moment(at, NOW) == said


def test_a_text_too_long_ends_with_a_whole_sentence() -> None:
    cut = fit("这是一句话。" * 200)
    assert len(cut.encode()) <= 2000
    assert cut.endswith("。")
    assert fit("字" * 1000).encode()
