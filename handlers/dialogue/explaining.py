"""A question about what is being talked about: this step first, then its entry.

What the guides know of a step (why, where, what to fill in, errors, on the phone, whose card)
stands in its help, what they know of an entry in its details and sentences (`faq.details`).
"""

import re
from dataclasses import replace

from faq.bank import Entry
from faq.details import StepHelp, detail, step_help
from faq.moves.reading import step_number
from faq.understanding import TopicLine
from handlers.dialogue import answer_parts, asking, commands, ellipsis, render
from handlers.dialogue.memory import Walk
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, with_tail

_SURE = 0.6
"""From here on the matcher's word for another entry counts more than the step at hand."""

YES_NO = "能否"
"""In a detail: any question whether it can be done at all."""

_LONGEST = 40
"""Longer messages tell a story of their own."""


def in_walk(turn: Turn) -> Outcome | None:
    """What is asked about the step at hand, or about the one that the message names."""
    here = turn.memory.walk
    entry = turn.entry(here.entry) if here else None
    if here is None or entry is None or len(turn.text) > _LONGEST:
        return None
    named = step_number(turn.text)
    number = named or answer_parts.quoted(entry, turn.read_as) or here.step
    if not 1 <= number <= len(entry.steps) or not _asks(turn.text, named=named is not None):
        return None
    if _leaves_walk(turn, entry, number, named=named is not None):
        return None
    return _about(turn, entry, number, named=named is not None)


def _about(turn: Turn, entry: Entry, number: int, *, named: bool) -> Outcome | None:
    """What the step says of it; else another step, or the entry as a whole."""
    other = "" if named else _of_other_step(turn, entry, number)
    if not named and "选" not in entry.steps[number - 1]:
        other = _to_choose(turn, entry) or other
    if not named and _MUST.search(turn.text) and not telling(turn, entry):
        other = other or of_siblings(turn, entry)  # 必须关店才给退吗 at a step of closing
    text = "" if other else about_step(turn, entry, number)
    if text or named:
        return _step(turn, entry, number, text)
    told = other or of_topic(turn, entry)
    return _of_walk(turn, entry, told) if told else None


_MUST = re.compile(r"(?:必须|必需|一定[要得]|非[得要]).*才")


def _leaves_walk(turn: Turn, entry: Entry, number: int, *, named: bool) -> bool:
    """Whether a person is called, or another entry asked for; one who names a step stays."""
    if turn.understanding.outcome in ("human", "escalate"):
        return True
    return not named and _elsewhere(turn, entry, number)


def _of_other_step(turn: Turn, entry: Entry, number: int) -> str:
    """收款填个人还是公户 a step too early: what another step says of it, in the same words."""
    asked = answer_parts.pairs(turn.readings[0])
    ways = [line + help_ for line, help_ in zip(entry.steps, entry.step_help, strict=False)]
    shares = [len(asked & answer_parts.known_pairs(way)) for way in ways]
    best = max(range(len(ways)), key=lambda at: shares[at], default=0)
    if not turn.aspects or number > len(ways) or shares[best] < shares[number - 1] + _MORE:
        return ""
    helps = step_help(entry.step_help[best])
    told = next(filter(None, map(helps.about, turn.aspects)), "") or helps.first
    return depending(turn, told) if told else ""


_MORE = 2
"""Pairs of characters that another step must share more than the one at hand."""


def _of_walk(turn: Turn, entry: Entry, told: str) -> Outcome:
    """What concerns the whole way and not one step; the walk stays where it is."""
    memory = replace(turn.memory, options=(), numbers="steps", entry=entry.id, misses=0, refused=())
    text = blocks(told, turn.say("step_about_footer"))
    return Outcome(with_tail(turn, text), memory, entry=entry.id)


def _asks(text: str, *, named: bool) -> bool:
    """Whether something is asked; 找不到 and 点不了 alone only tell of being stuck."""
    if named or commands.is_question(text):
        return asking.asks(text)
    return bool(set(asking.aspects(text)) - {"where", "error", "what"})


def _step(turn: Turn, entry: Entry, number: int, text: str) -> Outcome:
    shown, known = text, ""
    if not text:
        shown = render.filled(turn, entry.steps[number - 1])
        known = render.step_help(turn, entry, number)
    said = lines(turn.say("step_about", step=number, text=shown), known)
    memory = replace(
        turn.memory,
        walk=Walk(entry.id, number),
        options=(),
        numbers="steps",
        entry=entry.id,
        helped=True,
        misses=0,
        refused=(),
    )
    text = blocks(said, turn.say("step_about_footer"))
    return Outcome(with_tail(turn, text), memory, entry=entry.id)


def _elsewhere(turn: Turn, entry: Entry, number: int) -> bool:
    """Whether a question leaves the step for another entry, or for what we do not cover."""
    found = turn.understanding
    if ellipsis.means(turn, entry, turn.entry(found.entry)):
        return False
    if found.outcome == "answer":
        return found.entry != entry.id and found.score >= _SURE
    if not found.neighbour:
        return False
    words = answer_parts.pairs(asking.without_aspects(turn.read_as))
    known = answer_parts.known_pairs(entry.steps[number - 1] + "".join(entry.step_help))
    return not words or not words & known


def about_step(turn: Turn, entry: Entry, number: int) -> str:
    """What the guide says to a question about one step; "" when an entry's detail says more."""
    known = entry.step_help[number - 1 : number]
    helps = step_help(known[0] if known else "")
    told, weight = _detail(turn, entry)
    here = ellipsis.is_bare(turn) or step_number(turn.text) is not None
    if weight >= _TELLING and not here:
        return ""
    for aspect in turn.aspects:
        if text := helps.about(aspect):
            return depending(turn, text)
        if told and not here:
            return ""
        if aspect == "where" and helps.first:
            return render.filled(turn, lines(entry.steps[number - 1], helps.first))
    return ""


_TELLING = 4
"""A detail whose words a question holds this much of is meant, whatever the step says."""


def of_entry(turn: Turn, entry: Entry) -> str:
    """The detail of an entry that a question names, the most telling one."""
    told, weight = _detail(turn, entry)
    if weight <= 1 and ellipsis.means(turn, entry) and (known := _of_steps(turn, entry)):
        return known  # 手机上弄可以吗 asks more than whether it can be done
    return told


def _of_steps(turn: Turn, entry: Entry) -> str:
    """What a step says about it: the one whose line has most of the words, else that at hand."""
    named = frozenset("".join(ellipsis.subject(turn)))
    pairs = answer_parts.pairs(turn.read_as)
    walk = turn.memory.walk
    here = walk.step - 1 if walk and walk.entry == entry.id else -1
    ways = enumerate(zip(entry.steps, map(step_help, entry.step_help), strict=False))

    def nearest(way: tuple[int, tuple[str, StepHelp]]) -> tuple[int, int, bool]:
        at, (line, _) = way
        words = len(pairs & answer_parts.known_pairs(line))
        return (-words, -len(named & frozenset(line)), at != here)

    order = [way for _, way in sorted(ways, key=nearest)]
    if chosen := _to_choose(turn, entry):
        return chosen
    for aspect in turn.aspects:
        for line, helps in order:
            if text := helps.about(aspect):
                return depending(turn, text)
            if aspect in _IN_LINE and len(named) > 1 and named <= frozenset(line):
                return render.filled(turn, line)
    return ""


_TO_THEM = re.compile(r"他们|客服|人家|对方|平台")


def tells_them(turn: Turn) -> bool:
    """Whether it is asked what to tell those whom an answer sends the merchant to."""
    return bool(_TO_THEM.search(turn.text)) and "fill" in turn.aspects


def of_them(turn: Turn, entry: Entry) -> str:
    """What to tell those whom the one step names that sends the merchant to somebody."""
    steps = zip(entry.steps, map(step_help, entry.step_help), strict=False)
    told = [helps.about("fill") for line, helps in steps if _SENDS.search(line)]
    return depending(turn, told[0]) if len(told) == 1 else ""


_SENDS = re.compile(r"联系|转人工")
_CHOOSE = re.compile(r"选(?:什么|啥|哪|的?是)|(?:哪|什么|啥)[\u4e00-\u9fff]{0,3}选")


def _to_choose(turn: Turn, entry: Entry) -> str:
    """里面选哪个 asks for the one step where something is chosen, and not for what to fill in."""
    steps = [at for at, line in enumerate(entry.steps) if "选" in line]
    if len(steps) != 1 or not any(map(_CHOOSE.search, turn.readings)):
        return ""
    help_ = entry.step_help[steps[0] : steps[0] + 1]
    first = step_help(help_[0]).first if help_ else ""
    return render.filled(turn, lines(entry.steps[steps[0]], first))


_IN_LINE = ("where", "fill", "what")
"""What a step's line itself may answer."""


def telling(turn: Turn, entry: Entry) -> str:
    """The detail of an entry whose words a question holds much of; "" when none does."""
    told, weight = _detail(turn, entry)
    return told if weight >= _TELLING else ""


def of_siblings(turn: Turn, entry: Entry) -> str:
    """A telling detail of another entry of the same guide."""
    if turn.understanding.neighbour:
        return ""
    others = (one for one in turn.bank.entries if one.guide == entry.guide and one is not entry)
    return next(filter(None, (telling(turn, one) for one in others)), "")


def known_here(turn: Turn) -> bool:
    """Whether the entry talked about has a detail for the message, in so many words."""
    entry = turn.entry(turn.memory.entry)
    return entry is not None and bool(telling(turn, entry))


def told_here(turn: Turn) -> bool:
    """Whether the entry talked about has any detail for the message."""
    entry = turn.entry(turn.memory.entry)
    return entry is not None and bool(of_entry(turn, entry))


def only_whether(turn: Turn, entry: Entry, known: str) -> bool:
    """Whether it is only known that the entry's own thing can be done, and another is asked for."""
    name = entry.question + entry.short
    others = (part for part in ellipsis.subject(turn) if part not in name)
    return _detail(turn, entry) == (known, 1) and any(others)


def outweighs(turn: Turn, entry: Entry) -> str:
    """A detail of what is talked about that a doubtful answer of another entry gives way to."""
    found = turn.understanding
    told, weight = _detail(turn, entry)
    doubtful = found.score < _CLEAR or _is_all_of(turn, weight)
    if found.entry == entry.id or not doubtful:
        return ""
    if weight >= _TELLING:
        return told
    return likeliest(turn, entry, max(CERTAINLY, found.score))


def _is_all_of(turn: Turn, weight: int) -> bool:
    """A few words that are nearly all of a detail's: 打电话行吗 of the support just spoken of."""
    said = len(commands.content(turn.text))
    return (weight >= _NAMES_IT and len(turn.text) <= _NAMES_IT) or 3 * (weight - 1) >= 2 * said


_NAMES_IT = 6
"""So much of a detail's words, in a message that is hardly longer, is all of it."""


_CLEAR = 0.85


def _detail(turn: Turn, entry: Entry) -> tuple[str, int]:
    """By the words of what is asked; what was told before counts where it asks for a yes or no."""
    if entry.id not in turn.details:
        found = (_detail_of(turn, entry, one) for one in turn.readings)
        turn.details[entry.id] = max(found, key=lambda one: one[1])
    return turn.details[entry.id]


def _detail_of(turn: Turn, entry: Entry, whole: str) -> tuple[str, int]:
    part = asking.last_question(whole)
    found = _detail_by(turn, entry, part)
    if found[1] > 1 or part == whole or not asking.is_yes_no(part):
        return found
    return _detail_by(turn, entry, whole)


def _detail_by(turn: Turn, entry: Entry, words_said: str) -> tuple[str, int]:
    asked = re.sub(r"\s", "", _NOT_IT.sub("", words_said) or words_said)
    bare = _ADVERBS.sub("", asked)
    best, told = 0, ""
    for line in entry.details:
        words, text = detail(line)
        words = (*words, *_kin_too(words, asked))
        weight = sum(_weight(word, asked) for word in words)
        if bare != asked:
            weight = max(weight, sum(_weight(word, bare) for word in words))
        if weight > best:
            best, told = weight, text
    return (depending(turn, told) if told else "", best)


def _kin_too(words: tuple[str, ...], asked: str) -> tuple[str, ...]:
    """What is told of a wife and of friends holds for the daughter of whom a message speaks."""
    several = sum(map(asking.is_kin, words)) > 1
    return tuple(asking.kin(asked)) if several else ()


_NOT_IT = re.compile(r"(?:^|(?<=[\s,，]))不是[\u4e00-\u9fff]{1,5}(?:[\s,，]|$)")
"""不是我的卡 是我老婆的 is about the second."""
_ADVERBS = re.compile(r"早就?|已经|一直|老是|还是|都|也|就|又|才|再|真的?|根本|压根")
"""邮箱早没了 is 邮箱没了."""


def _weight(word: str, asked: str) -> int:
    """How much of a question one of a detail's words names; all its parts must be there."""
    if word == YES_NO:
        return int(asking.is_whether(asked))
    parts = word.split("+")
    return 1 + sum(map(len, parts)) if all(_is_said(part, asked) for part in parts) else 0


def _is_said(part: str, asked: str) -> bool:
    """Whether it is said, and not denied: 没处理好 is no 处理好."""
    at = asked.find(part)
    while at >= 0:
        if not at or part[0] in _NOT or asked[at - 1] not in _NOT:
            return True
        at = asked.find(part, at + 1)
    return False


_NOT = "没未不先"


def depending(turn: Turn, text: str) -> str:
    """A detail for this merchant: where it depends on the shop's kind, that is said first."""
    kinds = turn.sayings.names
    fitting = render.filled(turn, text)
    label = next((kind for kind in kinds if fitting.startswith((f"{kind}：", f"{kind}:"))), "")
    if not label:
        return fitting
    if fitting != render.filled(replace_facts(turn), text):
        return fitting[len(label) + 1 :]
    return turn.say("depends_subject") + fitting


def replace_facts(turn: Turn) -> Turn:
    """The same turn of somebody of whom nothing is known."""
    return replace(turn, memory=replace(turn.memory, facts={}))


def of_topic(turn: Turn, entry: Entry) -> str:
    """What the entry that is talked about says to a follow-up; "" when no line of it answers."""
    if len(turn.text) > _LONGEST:
        return ""
    told, weight = _detail(turn, entry)
    if weight >= _TELLING:
        return told
    ours = ellipsis.means(turn, entry)
    told = of_entry(turn, entry) if turn.aspects and ours else ""
    told = told or likeliest(turn, entry, LIKELY)
    named = any(len(part) >= _NAMES for part in ellipsis.subject(turn))
    whether = weight <= 1 and named and not ours  # 卡号填错了还能改吗 asks of more than this
    return told or ("" if whether else of_entry(turn, entry))


_NAMES = 3
"""Characters of a subject that surely is one: 改完就能退了吧 has none of its own."""
LIKELY, SURELY, CERTAINLY = 0.35, 0.6, 0.8
"""Shares of `Turn.topic_line`. Of follow-ups to entries of the firm's that the training left out,
the first tells 43 in 100 rightly and 3 wrongly, and one in seven of those that no line answers;
the second 34, 1 and one in twelve; the last 26, none and one in sixteen (`bench.train_within`)."""


def unsaid(turn: Turn, told: str) -> str:
    """A part of an entry, or "" when the last message said it already."""
    part, said = render.plain(told), render.plain(turn.memory.said)
    just = said.startswith(part) or len(part) > _MOSTLY * len(said)
    return "" if part in said and just else told


_MOSTLY = 0.4
"""How much of the last message a part is that is not said again: of an overview it may be."""


def likelier_than_others(turn: Turn, entry: Entry) -> str:
    """The line that a message about this entry most likely asks for, if no other comes near."""
    best, second = (*turn.topic_lines, TopicLine("", 0.0), TopicLine("", 0.0))[:2]
    if entry.id != turn.memory.entry or best.share < max(FAINTLY, AHEAD * second.share):
        return ""
    return depending(turn, best.text)


FAINTLY, AHEAD = 0.1, 2.0
"""Where the message surely is about the entry, a line is worth a guess from this share on, so far
ahead of the next one."""


RIVAL = 1.6
"""How much likelier than another entry a line must be: 密码又忘了 leaves the subject."""


def _elsewhere_score(turn: Turn) -> float:
    """How likely another entry than the one talked about is meant."""
    found = turn.understanding
    best = found.ranking[0][0] if found.ranking else None
    sure = found.score >= _CLEAR  # left to `outweighs`
    return 0.0 if sure or best in (None, turn.memory.entry) else found.score


def likeliest(turn: Turn, entry: Entry, least: float) -> str:
    """The line of the entry talked about that answers the message, if it gets this share."""
    line = turn.topic_line
    if entry.id != turn.memory.entry or line.share < max(least, RIVAL * _elsewhere_score(turn)):
        return ""
    item = not line.text.endswith("。") and len(commands.content(line.text)) < _SAYS_LITTLE
    return "" if item else depending(turn, line.text)


_SAYS_LITTLE = 10
"""Characters of an item of a list (法人身份证) that answers nothing by itself."""
