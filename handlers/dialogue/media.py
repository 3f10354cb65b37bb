"""Pictures, voice, files and whatever else WeChat lets people send."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from handlers.dialogue import inquiry, position
from handlers.dialogue.memory import Memory, seconds_since
from handlers.dialogue.turn import Outcome, Turn, blocks, lines

SPOKEN = ("text", "voice")
"""Kinds whose words are read."""
_KNOWN = ("image", "voice", "video", "shortvideo", "file", "location", "link", "miniprogrampage")
_UNSHOWN = "收到不支持的消息类型"
"""WeChat writes this in place of stickers and other things that it does not pass on."""

_BURST = 10.0
"""Seconds within which further pictures belong to the ones just acknowledged."""

_SAID_TWICE = 2


def wordless(turn: Turn) -> Outcome | None:
    """Anything that is not words; None for a message that can be read."""
    kind = turn.incoming.kind
    if kind == "text" and _UNSHOWN in turn.text:
        return Outcome(turn.say("media_sticker"), turn.memory)
    if kind in SPOKEN and turn.text.strip():
        return None
    if kind == "text":
        return Outcome(turn.say("media_empty"), turn.memory)
    return _picture(turn) if kind == "image" else _other(turn, kind)


def _other(turn: Turn, kind: str) -> Outcome:
    known = kind if kind in _KNOWN else "unknown"
    if not turn.waiting:
        return Outcome(turn.say(f"media_{known}"), turn.memory)
    materials = (*turn.memory.materials, turn.say(f"material_{known}"))[-_MAX_MATERIALS:]
    memory = replace(turn.memory, materials=materials)
    add = {"materials": _counted(materials)}
    said = turn.say("media_voice_waiting" if kind == "voice" else "media_waiting")
    return Outcome(said, memory, end="queued", add=add)


def _counted(materials: Iterable[str]) -> str:
    """文件 3 个、位置, in the order in which the kinds first came."""
    counts = Counter(materials)
    return "、".join(name if times == 1 else f"{name} {times} 个" for name, times in counts.items())


_MAX_MATERIALS = 20


def _picture(turn: Turn) -> Outcome:
    """Kept; the first is acknowledged, the second counted, the rest of a burst is silent."""
    burst = seconds_since(turn.memory.at, turn.context.now) < _BURST and turn.memory.pictures > 0
    pictures = turn.memory.pictures + 1 if burst or turn.waiting else 1
    memory = replace(turn.memory, pictures=pictures)
    add = {"pictures": str(pictures)} if turn.waiting else {}
    if burst and pictures > _SAID_TWICE:
        return Outcome(
            "", memory, end="ignored", add=add, why="one of several pictures just acknowledged"
        )
    waits = "picture_waiting" if pictures == 1 else "picture_waiting_more"
    if turn.waiting:
        return Outcome(turn.say(waits, count=pictures), memory, end="queued", add=add)
    if burst:
        return Outcome(turn.say("picture_more", count=pictures), memory)
    return Outcome(_picture_text(turn), memory)


def _picture_text(turn: Turn) -> str:
    memory: Memory = turn.memory
    if memory.form:
        return blocks(turn.say("picture_form"), inquiry.ask(turn, memory.form))
    here = memory.walk
    if here and here.step:
        return lines(turn.say("picture"), turn.say("picture_walk", step=here.step))
    return lines(turn.say("picture"), position.reminder(turn, None) or turn.say("picture_or_human"))
