"""Pictures, voice, files and whatever else WeChat lets people send."""

from dataclasses import replace

from handlers.dialogue import inquiry, position
from handlers.dialogue.memory import Memory, seconds_since
from handlers.dialogue.turn import Outcome, Turn, blocks, lines

SPOKEN = ("text", "voice")
_KNOWN = ("image", "voice", "video", "shortvideo", "file", "location", "link", "miniprogrampage")
_UNSHOWN = "收到不支持的消息类型"
"""WeChat writes this in place of stickers and other things that it does not pass on."""

_BURST = 10.0
"""Seconds within which further pictures belong to the ones just acknowledged."""

_SAID_TWICE = 2


def wordless(talk: Turn) -> Outcome | None:
    """Anything that is not words; None for a message that can be read."""
    kind = talk.incoming.kind
    if kind == "text" and _UNSHOWN in talk.text:
        return Outcome(talk.say("media_sticker"), talk.memory)
    if kind in SPOKEN and talk.text.strip():
        return None
    if kind == "text":
        return Outcome(talk.say("media_empty"), talk.memory)
    return _picture(talk) if kind == "image" else _other(talk, kind)


def _other(talk: Turn, kind: str) -> Outcome:
    known = kind if kind in _KNOWN else "unknown"
    if not talk.waiting:
        return Outcome(talk.say(f"media_{known}"), talk.memory)
    if kind == "voice":
        return Outcome(talk.say("media_voice"), talk.memory, end="queued")
    materials = (*talk.memory.materials, talk.say(f"material_{known}"))[-_MAX_MATERIALS:]
    memory = replace(talk.memory, materials=materials)
    add = {"materials": "、".join(materials)}
    return Outcome(talk.say("media_waiting"), memory, end="queued", add=add)


_MAX_MATERIALS = 20


def _picture(talk: Turn) -> Outcome:
    """Kept; the first is acknowledged, the second counted, the rest of a burst is silent."""
    burst = seconds_since(talk.memory.at, talk.scene.now) < _BURST and talk.memory.pictures > 0
    pictures = talk.memory.pictures + 1 if burst or talk.waiting else 1
    memory = replace(talk.memory, pictures=pictures)
    add = {"pictures": str(pictures)} if talk.waiting else {}
    if burst and pictures > _SAID_TWICE:
        return Outcome(
            "", memory, end="ignored", add=add, why="one of several pictures just acknowledged"
        )
    waits = "picture_waiting" if pictures == 1 else "picture_waiting_more"
    if talk.waiting:
        return Outcome(talk.say(waits, count=pictures), memory, end="queued", add=add)
    if burst:
        return Outcome(talk.say("picture_more", count=pictures), memory)
    return Outcome(_picture_text(talk), memory)


def _picture_text(talk: Turn) -> str:
    memory: Memory = talk.memory
    if memory.form:
        return blocks(talk.say("picture_form"), inquiry.ask(talk, memory.form))
    here = memory.walk
    if here and here.step:
        return lines(talk.say("picture"), talk.say("picture_walk", step=here.step))
    return lines(talk.say("picture"), position.reminder(talk, None) or talk.say("picture_or_human"))
