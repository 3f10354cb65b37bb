"""Greeting, thanks, goodbye, ok, and the rating that is asked once."""

import re
from dataclasses import replace

from faq.bank import Bank, Thing
from faq.moves import numerals
from handlers.dialogue import handoff, position
from handlers.dialogue.memory import Memory
from handlers.dialogue.turn import CONSULTANT, Outcome, Turn, lines, title

OWN_THINGS = 2


def things(talk: Turn) -> str:
    """The three things as numbered lines."""
    return "\n".join(_things(talk))


def _things(talk: Turn) -> tuple[str, ...]:
    labels = (*(thing.label for thing in _firms(talk.bank)), talk.say("label_human"))
    return tuple(f"{number} {text}" for number, text in enumerate(labels, start=1))


def offered(talk: Turn) -> tuple[str, ...]:
    """What the three things lead to, in the same order: entries, and a consultant."""
    return (*(thing.entry for thing in _firms(talk.bank)), CONSULTANT)


def _firms(bank: Bank) -> tuple[Thing, ...]:
    """What the firm says that people come for; else how its first guides begin."""
    if bank.firm.things:
        return bank.firm.things
    firsts = {entry.guide: entry for entry in reversed(bank.entries)}
    begin = [firsts[guide] for guide in bank.guides()] if len(firsts) > 1 else bank.entries
    return tuple(Thing(entry.short or entry.question, entry.id) for entry in begin[:OWN_THINGS])


def social(talk: Turn) -> Outcome | None:
    """Small talk as the matcher knows it, or a face alone: short, and leading back."""
    kind = talk.understanding.social if talk.understanding.outcome == "social" else None
    if talk.meant.move == "face":
        kind = kind or "ack"
    elif kind and talk.heard.share(*_SOCIAL) < _SOCIAL_LEAST:
        kind = None  # 账户有问题 is near to 没问题 only in its characters
    return _by_kind(talk, kind) if kind else None


def polite(talk: Turn) -> Outcome | None:
    """Small talk as the move says it."""
    return _by_kind(talk, talk.meant.move) if talk.meant.move in _KINDS else None


def _by_kind(talk: Turn, kind: str) -> Outcome:
    if talk.waiting:
        text = lines(talk.say(f"waiting_{kind}"), handoff.passive_line(talk))
        return Outcome(text, talk.memory, end="queued")
    act = {"greeting": _greeting, "thanks": _thanks, "goodbye": _goodbye, "ack": _ack}.get(kind)
    return act(talk) if act else Outcome(talk.say(kind), talk.memory)


_SOCIAL = ("greeting", "thanks", "goodbye", "ack", "yes", "hurry", "opener", "wait", "solved")
_SOCIAL_LEAST = 0.1
_KINDS = ("greeting", "thanks", "goodbye", "ack")


def later(talk: Turn) -> Outcome | None:
    """还没弄完, 等一下: nobody hurries."""
    return Outcome(talk.say("ack_walk" if position.reminder(talk, None) else "later"), talk.memory)


def nod(talk: Turn) -> Outcome | None:
    """好, 对 with nothing to agree to."""
    return _ack(talk)


def decline(talk: Turn) -> Outcome | None:
    """不用 with nothing to refuse."""
    memory = replace(talk.memory, question="", numbers="", options=())
    return Outcome(talk.say("declined"), memory)


def machine(talk: Turn) -> Outcome | None:
    """你是机器人吗 gets the truth, and the way to a person."""
    text = lines(talk.say("machine"), position.reminder(talk, None))
    return Outcome(text, talk.memory, end="queued" if talk.waiting else "answered")


def _greeting(talk: Turn) -> Outcome:
    back = position.reminder(talk, None)
    if back:
        return Outcome(lines(talk.say("greeting_back"), back), talk.memory)
    memory = replace(talk.memory, options=offered(talk), numbers="options", question="", form=None)
    ways = talk.say("greeting_things", things="，".join(_things(talk)))
    return Outcome(lines(talk.say("greeting"), ways), memory, thin=True)


def _thanks(talk: Turn) -> Outcome:
    """A mere 谢谢 ends nothing and asks for no rating; 懂了 谢谢 does."""
    if talk.does("solved", "done", "ack") and not talk.memory.options:
        return _closing(talk, "thanks")
    memory = replace(talk.memory, question="", misses=0)
    return Outcome(talk.say("calm_thanks" if memory.calm else "thanks_end"), memory)


def solved(talk: Turn) -> Outcome:
    """解决了: the walk is over, and one may ask how it was."""
    return _closing(talk, "solved")


def _closing(talk: Turn, key: str) -> Outcome:
    memory = replace(
        talk.memory, walk=None, options=(), numbers="", question="", misses=0, times=0, unsure=()
    )
    walk = talk.memory.walk
    memory = replace(memory, ended=walk if key == "thanks" and walk and walk.step else None)
    paused = memory.paused
    entry = talk.entry(paused.entry) if paused else None
    if paused and entry:
        back = talk.say("walk_paused", title=title(entry), step=paused.step)
        return Outcome(
            lines(talk.say("calm_thanks" if memory.calm else key), back),
            replace(memory, walk=paused, paused=None),
        )
    if not may_rate(talk, memory):
        return Outcome(talk.say("calm_thanks" if memory.calm else f"{key}_end"), memory)
    memory = replace(memory, numbers="rating", rated=talk.scene.now.isoformat())
    return Outcome(lines(talk.say(key), talk.say("rate_ask")), memory)


def may_rate(talk: Turn, memory: Memory) -> bool:
    """Once after help was given, never after a complaint, and not again within a month."""
    return memory.helped and not memory.calm and not memory.rated_lately(talk.scene.now)


def _goodbye(talk: Turn) -> Outcome:
    memory = replace(talk.memory, options=(), numbers="", question="", misses=0)
    return Outcome(talk.say("goodbye"), memory)


def _ack(talk: Turn) -> Outcome:
    back = position.reminder(talk, None)
    if back:
        return Outcome(talk.say("ack_walk"), talk.memory)
    if talk.memory.walk:
        return Outcome(talk.say("ack_overview"), talk.memory)
    return Outcome(talk.say("ack"), talk.memory)


def rate(talk: Turn) -> Outcome | None:
    """Stars, a digit, words or a face after the rating was asked; anything else lets it drop."""
    stars = _stars(talk)
    if stars is None:
        return None
    memory = replace(talk.memory, numbers="")
    return Outcome(
        talk.say("rated_well" if stars >= _GOOD else "rated_badly"), memory, rating=stars
    )


def _stars(talk: Turn) -> int | None:
    clauses = talk.heard.clauses
    for clause in (*(one.text for one in talk.heard.parts), ""):
        if (given := numerals.stars(talk.text, clause)) is not None:
            return given
    if clauses and not talk.does("rate"):
        return None
    worded = [stars for pattern, stars in _PRAISE if pattern.search(talk.text)]
    return worded[0] if worded else None


_PRAISE = (
    (re.compile(r"不满意|很差|太差|差评|垃圾|没用|不怎么样|一般般?不行|👎|\[弱\]|/:weak"), 1),
    (re.compile(r"一般|还行|凑合|马马虎虎|中等|及格"), 3),
    (re.compile(r"比较满意|还不错|还可以|挺好|良好"), 4),
    (re.compile(r"满意|好评|满分|很好|非常好|不错|点赞|赞|棒|👍|💯|\[强\]|\[赞\]|/:strong"), 5),
)
"""What words and faces come to, of five; the first that fits."""


_GOOD = 4
