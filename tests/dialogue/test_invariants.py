"""What holds in every conversation, whatever people write: a state machine drives random turns."""

import json
import sys
from collections import Counter

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from faq import details
from faq.moves.recogniser import recogniser
from handlers.dialogue import facts, sayings
from handlers.dialogue.memory import Memory, recall
from handlers.dialogue.policy import decide
from handlers.dialogue.render import answer
from handlers.dialogue.turn import Turn
from handlers.dialogue.types import Decision, DeskStatus, Incoming, TurnContext
from tests.dialogue.driver import START, Conversation, firm
from tests.dialogue.tables import offers_guesses

MAX_BYTES = 2000
MAX_LINES = 20
SECRETS = ("482913", "Lin@8866", "11010519491231002X", "6222020000000000000")

REFUSALS = ("都不是", "都不对", "不是这些", "没有我要的")
COMMANDS = (
    *REFUSALS,
    "下一步",
    "好了",
    "然后呢",
    "上一步",
    "再说一遍",
    "第三步",
    "第九步",
    "最后一步",
    "从头来",
    "卡住了",
    "页面不一样",
    "没找到",
    "接着刚才",
    "到哪了",
    "1",
    "2",
    "5",
    "7",
    "99",
    "第二个",
    "都不是",
    "是",
    "不用",
    "要",
    "好的",
    "没解决",
    "没用",
    "解决了",
    "算了",
    "不用人工了",
    "不填了",
    "人呢",
    "还要多久",
    "什么时候报价",
    "在吗",
    "谢谢",
    "拜拜",
    "👍",
    "。。。",
    "急急急",
    "怎么办",
    "那个",
    "我是公司的",
    "我是企业店",
    "说错了 是个体户",
    "不对 我是个体户",
    "我这是企业店",
    "退到我私卡行不行",
    "第三步要填什么",
    "为什么要这样",
    "手机上能弄吗",
    "都不对",
)
SAYINGS = (
    " ",
    "保证金怎么退",
    "怎么关店",
    "收不到验证码",
    "手机号用不了，进不去店",
    "退到哪张卡",
    "审核要多久",
    "怎么收费",
    "询价",
    "转人工",
    "我要投诉",
    "店铺被盗",
    "拼多多保证金怎么退",
    "海风小铺",
    "登不上去",
    "13800138000",
    "1380013800",
    "0898-66668888",
    "店名叫阿明水果",
    "不对，是阿明海鲜",
    "店名：阿明 电话13800138000 问题：登不上",
    "asdfghjk",
    "红烧肉怎么做",
    "验证码 482913",
    "密码是Lin@8866",
    "身份证11010519491231002X",
    "卡号6222020000000000000",
    "{phone}",
    "{}",
)
LONG = "换了手机" * 60
KINDS = ("image", "voice", "video", "file", "location", "link", "miniprogrampage", "hologram")
EVENTS = ("subscribe", "scan", "unsubscribe", "view", "location_event", "brand_new")
KEYS = ("deposit-refund", "login", "human", "gone", "")


class Dialogue(RuleBasedStateMachine):
    """Random merchants, consultants and waits; the checks after each turn are `_check`."""

    def __init__(self) -> None:
        super().__init__()
        self.conversation = Conversation()
        self.last = ""
        self.listed = False

    @rule(text=st.one_of(st.sampled_from((*COMMANDS, *SAYINGS, LONG)), st.text(max_size=12)))
    def says(self, text: str) -> None:
        self.conversation.message("text", text)
        self._check()

    @rule(number=st.integers(0, 10_000))
    def asks_from_the_bank(self, number: int) -> None:
        phrasings = [p for entry in firm()[0].entries for p in entry.phrasings]
        self.conversation.message("text", phrasings[number % len(phrasings)])
        self._check()

    @rule(kind=st.sampled_from(KINDS), words=st.sampled_from(("", "保证金怎么退")))
    def sends(self, kind: str, words: str) -> None:
        self.conversation.message(kind, words)
        self._check()

    @rule(name=st.sampled_from(EVENTS))
    def happens(self, name: str) -> None:
        self.conversation.event(name, "")
        self._check()

    @rule(key=st.sampled_from(KEYS))
    def taps(self, key: str) -> None:
        self.conversation.event("click", key)
        self._check()

    @rule(seconds=st.sampled_from((0.0, 2.0, 9.0, 700.0, 90_000.0)))
    def waits(self, seconds: float) -> None:
        self.conversation.wait(seconds)

    @rule(on_duty=st.integers(0, 2), open_now=st.booleans(), position=st.integers(1, 4))
    def duty_changes(self, on_duty: int, position: int, *, open_now: bool) -> None:
        opens = None if open_now else START
        self.conversation.desk = DeskStatus(
            on_duty, open_now, position, None, opens, "每天 9:00–18:00"
        )

    @precondition(lambda self: self.conversation.state == "waiting")
    @rule()
    def is_accepted(self) -> None:
        self.conversation.event("consultant_accept", "")

    @precondition(lambda self: self.conversation.state == "consultant")
    @rule()
    def is_released(self) -> None:
        self.conversation.event("consultant_release", "")

    @rule()
    def memory_comes_back_as_json(self) -> None:
        self.conversation.memory = json.loads(json.dumps(self.conversation.memory))

    def _check(self) -> None:
        state_before = self.before_turn
        incoming, turn = self.conversation.turns[-1]
        texts = [reply.text for reply in turn.replies]
        assert turn.end in ("answered", "queued", "ignored")
        if state_before == "consultant":
            assert (turn.end, texts, turn.case) == ("queued", [], None)
        elif turn.end == "ignored":
            assert turn.why
            assert not texts
        else:
            assert texts
        for text in texts:
            assert text.strip()
            assert len(text.encode()) <= MAX_BYTES
            assert text.count("\n") < MAX_LINES
            assert text != self.last, f"said twice: {incoming}"
            assert not any(secret in text for secret in SECRETS)
            self.last = text
        self._check_what_was_told(incoming.text, turn)
        kept = json.dumps([dict(turn.memory), turn.stored_text, dict(turn.add_to_case)])
        if incoming.kind in ("text", "voice") and turn.stored_text is not None:
            assert not any(secret in kept for secret in SECRETS)
        self.before_turn = self.conversation.state

    def _check_what_was_told(self, said: str, turn: Decision) -> None:
        """No second list after one was refused, and no branch that the facts exclude."""
        conversation = self.conversation
        text = "\n\n".join(reply.text for reply in turn.replies)
        memory = recall(conversation.memory, firm()[0], conversation.now)
        entry = next((reply.entry for reply in turn.replies if reply.entry), None)
        listed = offers_guesses(text, entry, conversation.memory)
        if said in REFUSALS and self.listed:
            assert not listed, text
        self.listed = listed
        known = memory.facts_now(conversation.now, case_open=conversation.state != "bot")
        sayings_here = sayings.read(firm()[0].firm.sayings)
        assert not facts.excluded(text, known, sayings_here), (text, known)

    before_turn = "bot"

    @invariant()
    def the_walks_step_exists(self) -> None:
        memory = recall(self.conversation.memory, firm()[0], self.conversation.now)
        for walk in (memory.walk, memory.paused):
            if walk is not None:
                assert 0 <= walk.step <= len(firm()[0].by_id[walk.entry].steps)
        self.before_turn = self.conversation.state


TestDialogue = Dialogue.TestCase
TestDialogue.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
FIELDS = tuple(Memory.__dataclass_fields__)


@settings(deadline=None, max_examples=150)
@given(
    memory=st.dictionaries(st.sampled_from((*FIELDS, "unknown", "step")), JSON, max_size=6),
    text=st.sampled_from((*COMMANDS, "保证金怎么退")),
    state=st.sampled_from(("bot", "waiting")),
)
@example(memory={"handed": "0"}, text="都不是", state="bot")
def test_any_memory_is_tolerated(memory: dict[str, object], text: str, state: str) -> None:
    bank, matcher, texts = firm()
    context = TurnContext(
        now=START, state="waiting" if state == "waiting" else "bot", memory=memory
    )
    turn = decide(context, Incoming("text", text), bank, matcher, texts)
    assert turn.replies
    assert json.dumps(dict(turn.memory))


def test_every_step_of_every_entry_is_reached(capsys: pytest.CaptureFixture[str]) -> None:
    """Forth through every entry's steps, stuck once at each; the coverage is printed."""
    bank, _, _ = firm()
    walked: Counter[str] = Counter()
    helped = 0
    for entry in (entry for entry in bank.entries if entry.steps):
        merchant = Conversation()
        merchant.event("click", entry.id)
        for number, step in enumerate(entry.steps, start=1):
            assert step in merchant.message("text", "下一步").text
            stuck = merchant.message("text", "卡住了")
            assert f"第 {number} 步 / 共 {len(entry.steps)} 步" in stuck.text
            assert merchant.state == "bot"
            walked[entry.id] += 1
            helped += entry.step_help[number - 1] in stuck.text if entry.step_help else 0
        assert "办成了吗" in merchant.message("text", "好了").text
    total = sum(len(entry.steps) for entry in bank.entries)
    with capsys.disabled():
        sys.stdout.write(
            f"\nsteps reached: {sum(walked.values())} of {total} in {len(walked)} entries, "
            f"{helped} with help of their own\n"
        )
    assert sum(walked.values()) == total


def test_every_step_has_help_for_what_is_asked_about_it() -> None:
    """Why, where, what an error means and whether it can be done on the phone, at every step."""
    bank, _, _ = firm()
    for entry in (entry for entry in bank.entries if entry.steps):
        for number, help_ in enumerate(entry.step_help, start=1):
            known = details.step_help(help_)
            assert known.first, (entry.id, number)
            for aspect in ("why", "where", "error", "phone"):
                assert known.about(aspect), (entry.id, number, aspect)


def test_every_answer_fits_a_phone() -> None:
    """A message is at most 2000 bytes; the lines are those of the guide and two of ours."""
    bank, matcher, texts = firm()
    context = TurnContext(now=START, phone="0898-66668888")
    turn = Turn(context, Incoming("text", ""), bank, matcher, texts, Memory(), recogniser())
    for entry in bank.entries:
        text = answer(turn, entry)
        assert len(text.encode()) <= MAX_BYTES, entry.id
        assert text.count("\n") < MAX_LINES, entry.id
        assert "{" not in text, entry.id


def test_the_same_turn_is_decided_the_same() -> None:
    bank, matcher, texts = firm()
    context = TurnContext(now=START, desk=DeskStatus(on_duty=1))
    for text in (*COMMANDS, *SAYINGS):
        turns = [decide(context, Incoming("text", text), bank, matcher, texts) for _ in range(2)]
        assert turns[0] == turns[1]
