"""Greeting, thanks, goodbye, ok, and the rating that is asked once."""

import re
from dataclasses import replace

from faq.bank import Bank, Entry, Thing
from faq.moves import numerals
from handlers.dialogue import facts, handoff, position
from handlers.dialogue.memory import Memory, seconds_since
from handlers.dialogue.turn import CONSULTANT, Outcome, Turn, lines, title

OWN_THINGS = 2


def things(turn: Turn) -> str:
    """The three things as numbered lines."""
    return "\n".join(_things(turn))


def _things(turn: Turn) -> tuple[str, ...]:
    labels = (*(thing.label for thing in _firms(turn.bank)), turn.say("label_human"))
    return tuple(f"{number} {text}" for number, text in enumerate(labels, start=1))


def offered(turn: Turn) -> tuple[str, ...]:
    """What the three things lead to, in the same order: entries, and a consultant."""
    return (*(thing.entry for thing in _firms(turn.bank)), CONSULTANT)


def main_of_topic(turn: Turn) -> Entry | None:
    """Of the things that are offered, the one that was spoken of last."""
    topic = turn.entry(turn.memory.entry)
    things_offered = filter(None, map(turn.entry, offered(turn)))
    return next((one for one in things_offered if topic and one.guide == topic.guide), None)


def _firms(bank: Bank) -> tuple[Thing, ...]:
    """What the firm says that people come for; else how its first guides begin."""
    if bank.firm.things:
        return bank.firm.things
    firsts = {entry.guide: entry for entry in reversed(bank.entries)}
    begin = [firsts[guide] for guide in bank.guides()] if len(firsts) > 1 else bank.entries
    return tuple(Thing(entry.short or entry.question, entry.id) for entry in begin[:OWN_THINGS])


def social(turn: Turn) -> Outcome | None:
    """Small talk as the matcher knows it, or a face alone: short, and leading back."""
    kind = turn.understanding.social if turn.understanding.outcome == "social" else None
    if turn.meant.move == "face":
        kind = kind or "ack"
    elif kind and turn.heard.share(*_SOCIAL) < _SOCIAL_LEAST:
        kind = None  # 账户有问题 is near to 没问题 only in its characters
    return _by_kind(turn, kind) if kind else None


def polite(turn: Turn) -> Outcome | None:
    """Small talk as the move says it."""
    return _by_kind(turn, turn.meant.move) if turn.meant.move in _KINDS else None


def _by_kind(turn: Turn, kind: str) -> Outcome:
    if turn.waiting:
        text = lines(turn.say(f"waiting_{kind}"), handoff.passive_line(turn))
        return Outcome(text, turn.memory, end="queued")
    act = {"greeting": _greeting, "thanks": _thanks, "goodbye": _goodbye, "ack": _ack}.get(kind)
    return act(turn) if act else Outcome(turn.say(kind), turn.memory)


_SOCIAL = ("greeting", "thanks", "goodbye", "ack", "yes", "hurry", "opener", "wait", "solved")
_SOCIAL_LEAST = 0.1
_KINDS = ("greeting", "thanks", "goodbye", "ack")


def later(turn: Turn) -> Outcome | None:
    """还没弄完, 等一下: nobody hurries."""
    return Outcome(turn.say("ack_walk" if position.reminder(turn, None) else "later"), turn.memory)


def hurried(turn: Turn) -> Outcome | None:
    """很急, by itself, and not within the thought that was just answered."""
    alone = len(turn.heard.clauses) == 1 and not turn.waiting and not turn.memory.thought.text
    known = turn.memory.helped and not turn.memory.thought.waits
    just = seconds_since(turn.memory.thought.at, turn.context.now) <= _ONE_THOUGHT
    return Outcome(turn.say("hurried"), turn.memory) if (alone or known) and not just else None


_ONE_THOUGHT = 10.0


def nod(turn: Turn) -> Outcome | None:
    """好, 对 with nothing to agree to; 法人不是我 tells something."""
    return None if facts.told(turn.text, turn.sayings) else _ack(turn)


def decline(turn: Turn) -> Outcome | None:
    """不用 with nothing to refuse."""
    memory = replace(turn.memory, question="", numbers="", options=())
    return Outcome(turn.say("declined"), memory)


def machine(turn: Turn) -> Outcome | None:
    """你是机器人吗 gets the truth, and the way to a person."""
    if turn.memory.upset and turn.does("insult", "frustrated", "not_solved"):
        return handoff.upset(turn)  # 你这啥破机器人 一点用没有 asks nothing any more
    text = lines(turn.say("machine"), position.reminder(turn, None))
    return Outcome(text, turn.memory, end="queued" if turn.waiting else "answered")


def _greeting(turn: Turn) -> Outcome:
    back = position.reminder(turn, None)
    if back:
        return Outcome(lines(turn.say("greeting_back"), back), turn.memory)
    memory = replace(turn.memory, options=offered(turn), numbers="options", question="", form=None)
    ways = turn.say("greeting_things", things="，".join(_things(turn)))
    return Outcome(lines(turn.say("greeting"), ways), memory, thin=True)


def _thanks(turn: Turn) -> Outcome:
    """A mere 谢谢 ends nothing and asks for no rating; 懂了 谢谢 does."""
    if turn.does("solved", "done", "ack") and not turn.memory.options:
        return _closing(turn, "thanks")
    memory = replace(turn.memory, question="", misses=0)
    return Outcome(turn.say("calm_thanks" if memory.calm else "thanks_end"), memory)


def solved(turn: Turn) -> Outcome:
    """解决了: the walk is over, and one may ask how it was."""
    return _closing(turn, "solved")


def _to_paused(turn: Turn, memory: Memory) -> str:
    """The line that leads back to the walk that waits; "" without one."""
    paused = memory.paused
    entry = turn.entry(paused.entry) if paused else None
    return turn.say("walk_paused", title=title(entry), step=paused.step) if paused and entry else ""


def _closing(turn: Turn, key: str) -> Outcome:
    memory = replace(
        turn.memory, walk=None, options=(), numbers="", question="", misses=0, times=0, unsure=()
    )
    walk = turn.memory.walk
    memory = replace(memory, ended=walk if key == "thanks" and walk and walk.step else None)
    if back := _to_paused(turn, memory):
        text = turn.say("calm_thanks" if memory.calm else key)
        return Outcome(lines(text, back), replace(memory, walk=memory.paused, paused=None))
    if not may_rate(turn, memory):
        return Outcome(turn.say("calm_thanks" if memory.calm else f"{key}_end"), memory)
    memory = replace(memory, numbers="rating", rated=turn.context.now.isoformat())
    return Outcome(lines(turn.say(key), turn.say("rate_ask")), memory)


def may_rate(turn: Turn, memory: Memory) -> bool:
    """Once after help was given, never after a complaint, and not again within a month."""
    return memory.helped and not memory.calm and not memory.rated_lately(turn.context.now)


def _goodbye(turn: Turn) -> Outcome:
    memory = replace(turn.memory, options=(), numbers="", question="", misses=0)
    return Outcome(turn.say("goodbye"), memory)


def _ack(turn: Turn) -> Outcome:
    back = position.reminder(turn, None)
    if back:
        return Outcome(turn.say("ack_walk"), turn.memory)
    if turn.memory.walk:
        return Outcome(turn.say("ack_overview"), turn.memory)
    return Outcome(turn.say("ack"), turn.memory, thin=True)


def rate(turn: Turn) -> Outcome | None:
    """Stars, a digit, words or a face after the rating was asked; anything else lets it drop."""
    stars = _stars(turn)
    if stars is None:
        return None
    memory = replace(turn.memory, numbers="")
    return Outcome(
        turn.say("rated_well" if stars >= _GOOD else "rated_badly"), memory, rating=stars
    )


def rated_unasked(turn: Turn) -> Outcome | None:
    """刚才那位顾问挺好 五星, with no rating asked for; a bad one may be an alarm."""
    if turn.waiting or turn.memory.form or turn.memory.numbers or turn.memory.options:
        return None
    if not _OF_SERVICE.search(turn.text):
        return None
    given = (numerals.stars(turn.text, one.text) for one in turn.heard.clauses)
    stars = next(filter(None, given), 0)
    if stars < _FAIR and turn.understanding.outcome == "escalate":
        return None
    return rate(turn) if stars else None


_FAIR = 3
_OF_SERVICE = re.compile(
    r"(?:刚才?|刚刚|上午|昨天|那|这)(?:的|那|这|一)?(?:位|个)(?:顾问|老师|客服|人工|小姐姐|小哥|专员|同事)?"
    r"|(?:顾问|老师|客服|人工|专员)(?:的)?(?:态度|服务|水平|讲得|说得|挺|很|不错|可以)"
)


def _stars(turn: Turn) -> int | None:
    clauses = turn.heard.clauses
    for clause in (*(one.text for one in turn.heard.parts), ""):
        if (given := numerals.stars(turn.text, clause)) is not None:
            return given
    if clauses and not turn.does("rate"):
        return None
    worded = [stars for pattern, stars in _PRAISE if pattern.search(turn.text)]
    return worded[0] if worded else None


_PRAISE = (
    (re.compile(r"不满意|很差|太差|差评|垃圾|没用|不怎么样|一般般?不行|👎|\[弱\]|/:weak"), 1),
    (re.compile(r"一般|还行|凑合|马马虎虎|中等|及格"), 3),
    (re.compile(r"比较满意|还不错|还可以|挺好|良好"), 4),
    (re.compile(r"满意|好评|满分|很好|非常好|不错|点赞|赞|棒|👍|💯|\[强\]|\[赞\]|/:strong"), 5),
)
"""What words and faces come to, of five; the first that fits."""


_GOOD = 4
