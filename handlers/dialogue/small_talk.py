"""Greeting, thanks, goodbye, ok, and the rating that is asked once."""

from dataclasses import replace
from datetime import timedelta

from handlers.dialogue import commands, handoff
from handlers.dialogue.memory import Memory, seconds_since
from handlers.dialogue.turn import CONSULTANT, Outcome, Turn, blocks, lines, title

THINGS = ("deposit-refund-steps", "login-phone-unusable", CONSULTANT)
"""The three things people come for."""

_RATE_AGAIN = timedelta(days=30)


def things(talk: Turn) -> str:
    """The three things as numbered lines."""
    labels = (talk.say("thing_deposit"), talk.say("thing_login"), talk.say("label_human"))
    return "\n".join(f"{number} {text}" for number, text in enumerate(labels, start=1))


def social(talk: Turn) -> Outcome | None:
    """Small talk: short, and leading back."""
    kind = talk.understanding.social if talk.understanding.outcome == "social" else None
    if commands.only_emoji(talk.text) or commands.first_said(talk.text, ("yes", "ack")):
        kind = "ack"
    if kind is None:
        return None
    if talk.waiting:
        text = lines(talk.say(f"waiting_{kind}"), handoff.passive_line(talk))
        return Outcome(text, talk.memory, end="queued")
    return {"greeting": _greeting, "thanks": _thanks, "goodbye": _goodbye, "ack": _ack}[kind](talk)


def later(talk: Turn) -> Outcome | None:
    """还没弄完, 等一下: nobody hurries."""
    if not commands.says(talk.text, "later"):
        return None
    return Outcome(talk.say("ack_walk" if _back(talk) else "later"), talk.memory)


def machine(talk: Turn) -> Outcome | None:
    """你是机器人吗 gets the truth, and the way to a person."""
    return (
        Outcome(talk.say("machine"), talk.memory) if commands.says(talk.text, "machine") else None
    )


def _greeting(talk: Turn) -> Outcome:
    back = _back(talk)
    if back:
        return Outcome(lines(talk.say("greeting_back"), back), talk.memory)
    memory = replace(talk.memory, options=THINGS, numbers="options", question="", form=None)
    text = blocks(talk.say("greeting"), things(talk), talk.say("things_footer"))
    return Outcome(text, memory, thin=True)


def _back(talk: Turn) -> str:
    walk = talk.memory.walk
    entry = talk.entry(walk.entry) if walk else None
    if walk is None or entry is None or walk.step == 0:
        return ""
    return talk.say("walk_reminder", title=title(entry), step=walk.step)


def _thanks(talk: Turn) -> Outcome:
    return _closing(talk, "thanks")


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
    recent = seconds_since(memory.rated, talk.scene.now) < _RATE_AGAIN.total_seconds()
    return memory.helped and not memory.calm and not recent


def _goodbye(talk: Turn) -> Outcome:
    memory = replace(talk.memory, options=(), numbers="", question="", misses=0)
    return Outcome(talk.say("goodbye"), memory)


def _ack(talk: Turn) -> Outcome:
    back = _back(talk)
    if back:
        return Outcome(talk.say("ack_walk"), talk.memory)
    if talk.memory.walk:
        return Outcome(talk.say("ack_overview"), talk.memory)
    return Outcome(talk.say("ack"), talk.memory)


def rate(talk: Turn) -> Outcome | None:
    """The digit after the rating was asked; anything else lets the question drop."""
    if talk.memory.numbers != "rating":
        return None
    stars = commands.rating(talk.text)
    if stars is None:
        return None
    memory = replace(talk.memory, numbers="")
    return Outcome(
        talk.say("rated_well" if stars >= _GOOD else "rated_badly"), memory, rating=stars
    )


_GOOD = 4
