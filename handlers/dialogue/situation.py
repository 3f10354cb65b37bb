"""A merchant tells or corrects what their situation is: noted, and answered for it.

What was just answered is not said again as a whole: only the branch that is now theirs, and
nothing where the fact changes nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from faq.bank import Entry
from faq.details import step_help
from handlers.dialogue import (
    answer_parts,
    asking,
    commands,
    explaining,
    facts,
    position,
    render,
    small_talk,
    steps,
)
from handlers.dialogue.entry_answer import answer, explained
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, title, with_tail

_MOSTLY_FACT = 20
"""A longer message tells a story, not a fact."""

_SENTENCE = re.compile(r"[^\n。]+。?")
_MAX_LINES = 3


def told(turn: Turn) -> Outcome | None:
    """What a merchant tells of their situation, asking nothing."""
    if turn.waiting or asking.asks(turn.text) or len(turn.text) > _MOSTLY_FACT:
        return None
    if wish := _wished_instead(turn):
        return wish
    new = facts.told(turn.text, turn.sayings)
    kind = any(value.fact in new for value in turn.sayings.kinds)
    if not (turn.memory.entry or kind) and turn.understanding.outcome == "options":
        return None  # who begins with what is wrong asks for help with it
    if wished := _wished_beside(turn):
        return answer(turn, wished)
    noted = _behind(turn, new) or _noted(turn)
    # What kind of shop it is says too little before anything was asked: the rest may follow.
    return replace(noted, thin=True) if noted and kind and not turn.memory.entry else noted


def _wished_beside(turn: Turn) -> Entry | None:
    """我个体工商户 想退保证金: what is wished for beside a fact, where nothing was answered yet."""
    said = commands.clauses(turn.text)
    rest = [one for one in said if not facts.told(one, turn.sayings)]
    if turn.memory.entry or not 0 < len(rest) < len(said):
        return None
    found = turn.understand("\uff0c".join(rest[-1:]))
    return turn.entry(found.entry) if found.outcome == "answer" else None


_WISHES = re.compile(r"(?:我|俺|咱|就|先|还)(?:想|要)(?!问|说|讲|是|的|么)[\u4e00-\u9fff]{2,}")


def _wished_instead(turn: Turn) -> Outcome | None:
    """另一个还登得上 我想关掉它: the wish is answered, which is more than what the fact tells."""
    wish = next(filter(_WISHES.search, commands.clauses(turn.text)), "")
    beside = turn.memory.entry and wish not in ("", turn.text)
    found = turn.understand(wish) if beside else None
    best, weight = found.likeliest if found else ("", 0.0)
    other = turn.entry(best) if weight >= _MEANT and best != turn.memory.entry else None
    return answer(turn, other) if other else None


_MEANT = 0.35
"""The weight of the entry that a wish is for, beside a fact."""


def _behind(turn: Turn, new: Mapping[str, str]) -> Outcome | None:
    """登得上的 of a way that begins with 登录: the step after it."""
    here = position.place(turn)
    if here is None or here[0].step > 1 or len(here[1].steps) < _TWO:
        return None
    if not facts.can_do(here[1].steps[0], new, turn.sayings):
        return None
    return steps.show(turn, here[1], 2)


def leads(turn: Turn) -> Outcome | None:
    """号停了 登不进去 after 保证金怎么退: what is told now has an entry of its own."""
    entry = turn.entry(turn.memory.entry)
    new = facts.told(turn.text, turn.sayings)
    if entry is None or not new or turn.waiting or turn.memory.form:
        return None
    asks = commands.is_question(turn.text) or asking.is_yes_no(turn.text)
    if asks or len(turn.text) > _STORY:
        return None
    before = {fact: word for fact, word in turn.facts.items() if fact not in new}
    other = turn.entry(facts.instead(entry.id, turn.facts, turn.sayings))
    known = facts.instead(entry.id, before, turn.sayings)
    return answer(turn, other) if other and other.id != known else None


_STORY = 24
_TWO = 2


def _is_fine(text: str) -> bool:
    """号码没换 还在用: every clause denies a trouble or says that something works."""
    parts = commands.clauses(text)
    works = [asking.is_fine(part) for part in parts]
    either = (ok or _DENIED.search(part) for ok, part in zip(works, parts, strict=True))
    return asking.is_fine(text) or (any(works) and all(either))


def fine(turn: Turn) -> Outcome | None:
    """What is as it should be needs no other answer: the way that is talked about goes on."""
    entry = turn.entry(turn.memory.entry)
    if entry is None or not entry.steps or turn.waiting or not _is_fine(turn.text):
        return None
    if explaining.telling(turn, entry):
        return None
    if (behind := _behind(turn, facts.told(turn.text, turn.sayings))) is not None:
        return behind
    walk = turn.memory.walk
    if walk and walk.entry == entry.id and not walk.step:
        about = answer_parts.step(entry, turn.read_as) or 0
        checks = about and _CHECKS.search(entry.steps[about - 1])
        at = about + 1 if checks and about < len(entry.steps) else 1
        return steps.show(turn, entry, at, lead=turn.say("told_fine"))
    if walk and walk.entry == entry.id:
        return steps.show(turn, entry, walk.step, lead=turn.say("told_fine"))
    text = lines(turn.say("told_fine"), position.reminder(turn, None) or turn.say("footer_plain"))
    return Outcome(text, replace(turn.memory, misses=0), entry=entry.id)


_CHECKS = re.compile(r"^(?:[^：:]*[：:])?(?:看|检查|确认|核对)")
"""A step that only looks whether something is as it should be."""

_DENIED = re.compile(
    r"不是.{1,6}(?:问题|原因)|(?:没有?|并没)(?:掉|停|注销|换|丢|忘|欠|改|违|锁|封|坏)|(?:也|都|是|没有?)(?:对的?|错|问题|毛病)$"
)


def denied(turn: Turn) -> Outcome | None:
    """号码没停, 不是号码的问题, 密码也对: whatever entry it names, that is not the trouble."""
    if turn.waiting or not turn.memory.entry or len(turn.text) > asking.MOSTLY_FINE:
        return None
    entry = turn.entry(turn.memory.entry)
    if entry is None or commands.is_question(turn.text) or asking.is_yes_no(turn.text):
        return None
    if not _DENIED.search(turn.text) or explaining.telling(turn, entry):
        return None
    text = blocks(turn.say("told_denied"), position.reminder(turn, None))
    return Outcome(text, replace(turn.memory, question="human"), entry=entry.id)


_INTENDS = re.compile(
    r"^(?:好|行|嗯|哦|那|的|吧|嘞)*我(?:就|先|去|自己|再|试|回去|这就|明天|晚上|马上)(?!想|问|要|说|跟你|请)"
    r"|^(?:好吧?|行|嗯|那)*等.{1,10}(?:再|了|吧)"
    r"|(?:叫|让|等|喊)(?:他|她|伊|(?:我|俺)?(?:家里)?(?:儿子|女儿|闺女|老[公婆]|孩子|家人|朋友|同事|员工|财务|会计|[哥姐弟妹]))(?:来|回来|过来|帮我|晚上|明天|周末)*(?:再)?(?:弄|办|搞|看|登|点|操作|整|填)(?!不)"
    r"|我.{0,4}再来|(?:明天|明早|改天|晚点|回头|下次)再(?:来|说|弄|问|看)"
)


def intends(turn: Turn) -> Outcome | None:
    """那我用旧的登, 我自己再看看: who is about to do something is left to it."""
    if turn.waiting or commands.is_question(turn.text):
        return None
    if not any(map(_INTENDS.search, (turn.text, turn.meant.clause))):
        return None
    return small_talk.later(turn)


def corrected(turn: Turn) -> Outcome | None:
    """不对 我是企业店: what was just answered, for this merchant."""
    found = turn.understanding
    if found.outcome == "answer" and found.entry != turn.memory.entry:
        return None
    return _noted(turn)


def _noted(turn: Turn) -> Outcome | None:
    new = facts.told(turn.text, turn.sayings)
    labels = facts.labels(new, turn.sayings)
    here = position.place(turn)
    entry = here[1] if here and here[0].step else turn.entry(turn.memory.entry)
    if not labels:
        known = explaining.of_entry(turn, entry) if entry and new else ""
        return explained(turn, entry, known) if entry and known else None
    known = ""
    if entry:
        kind = any(value.fact in new for value in turn.sayings.kinds)
        known = _for_them(turn, entry) if kind else explaining.of_entry(turn, entry)
    key = "fact_noted" if known else "fact_kept_here" if entry else "fact_kept"
    about = title(entry) if entry else ""
    text = lines(turn.say(key, fact="、".join(labels), title=about), known)
    text = blocks(text, position.reminder(turn, None))
    memory = replace(turn.memory, question="", misses=0)
    shown = entry.id if known and entry else None
    return Outcome(with_tail(turn, text), memory, entry=shown, rule="told")


def _for_them(turn: Turn, entry: Entry) -> str:
    """The sentences of an entry that are for this kind of merchant alone, or a fitting detail."""
    texts = [entry.answer, *entry.steps, entry.after]
    texts += [step_help(help_).first for help_ in entry.step_help]
    theirs: list[str] = []
    for text in texts:
        for sentence in _SENTENCE.findall(text):
            mine = facts.fitting(sentence, turn.facts, turn.sayings).strip(" ·")
            if mine and mine != sentence.strip(" ·"):
                theirs.append(mine)
            elif facts.is_for(sentence, turn.facts, turn.sayings):
                theirs.append(sentence.strip(" ·"))
    shown = "\n".join(list(dict.fromkeys(theirs))[:_MAX_LINES])
    return render.filled(turn, shown) if shown else explaining.of_entry(turn, entry)
