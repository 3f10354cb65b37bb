"""Five short messages in a row are one thought.

The passive reply must leave within five seconds, so the bot cannot wait for the end of a thought.
It decides on each message as it comes, and remembers the last ones:

- A message within ten seconds of the one before that is not understood alone is read once more
  joined to what was said before; the joined meaning is answered.
- A short piece (at most six characters, or nothing but 急 or 在吗) that adds nothing to what was
  answered within these ten seconds is silently kept: it is a part of the thought that has its
  answer. It does add something when it asks, when it names another branch of the answer
  (我是公司的), or when it leads to another entry; then it is answered.
- A first piece that says too little but points to our subjects (手机号) is met with 您接着说, and
  the pieces after it are silent until the joined text is understood, four at most. That is no miss.
"""

from dataclasses import replace

from handlers.dialogue import answer_parts, answering, commands
from handlers.dialogue.memory import Thought, seconds_since
from handlers.dialogue.turn import Outcome, Turn

WINDOW = 10.0
_MAX_PIECE = 6
_MAX_OPENER = 4
_POINTS_TO_US = 0.05
"""The weight of the best entry below which a piece is noise, not the beginning of a question."""
_MAX_LISTENED = 4
_MAX_JOINED = 120


def join(talk: Turn) -> Outcome | None:
    """The draft for a message that continues or opens a thought; None for one of its own."""
    if talk.waiting or talk.memory.form:
        return None
    before = talk.memory.thought if _recent(talk) else Thought()
    if before.entry:
        return _after_answer(talk, before)
    if talk.understanding.outcome == "answer":
        return None
    if before.listened:
        return _joined(talk, before)
    return _listen(talk, before) if _opens(talk) else None


def opener(talk: Turn) -> Outcome | None:
    """我想问一下 says that the question is still to come."""
    if talk.waiting or talk.memory.form or not commands.says(talk.text, "opener"):
        return None
    return _listen(talk, talk.memory.thought if _recent(talk) else Thought())


def _after_answer(talk: Turn, before: Thought) -> Outcome | None:
    if _adds_nothing(talk, before):
        why = "part of a thought that was just answered"
        return Outcome("", talk.memory, end="ignored", why=why)
    return None


def _recent(talk: Turn) -> bool:
    return seconds_since(talk.memory.thought.at, talk.scene.now) <= WINDOW


def _adds_nothing(talk: Turn, before: Thought) -> bool:
    if answer_parts.facet(talk.text):
        return False
    plain = commands.content(talk.text)
    if commands.says(talk.text, "hurry"):
        return talk.understanding.outcome != "social"
    if len(plain) > _MAX_PIECE or not plain:
        return False
    found = talk.understanding
    if commands.is_question(talk.text) or (found.neighbour and len(plain) > _MAX_OPENER):
        return False
    if found.outcome == "answer" and not _same_guide(talk, before, found.entry):
        return False
    together = talk.understand(before.text + " " + talk.text)
    return together.outcome == "answer" and together.entry == before.entry and not plain.isdecimal()


def _same_guide(talk: Turn, before: Thought, entry_id: str | None) -> bool:
    """登不上 after 手机号停了: a piece of at most four characters from the same guide."""
    one, other = talk.entry(before.entry), talk.entry(entry_id)
    near = one is not None and other is not None and one.guide == other.guide
    return near and len(commands.content(talk.text)) <= _MAX_OPENER


def _joined(talk: Turn, before: Thought) -> Outcome | None:
    whole = f"{before.text} {talk.text}"[-_MAX_JOINED:]
    together = talk.understand(whole)
    entry = talk.entry(together.entry) if together.outcome == "answer" else None
    if entry:
        return answering.answer(talk, entry)
    if (
        len(commands.content(talk.text)) <= _MAX_PIECE
        and before.listened < _MAX_LISTENED
        and _points(together.ranking)
    ):
        return _silent(talk, before, whole)
    return None


def _opens(talk: Turn) -> bool:
    plain = commands.content(talk.text)
    found = talk.understanding
    too_little = 0 < len(plain) <= _MAX_OPENER and found.outcome in ("none", "options")
    return too_little and found.outcome == "none" and not found.neighbour and _points(found.ranking)


def _points(ranking: tuple[tuple[str, float], ...]) -> bool:
    return bool(ranking) and ranking[0][1] >= _POINTS_TO_US


def _listen(talk: Turn, before: Thought) -> Outcome:
    if before.listened:
        return _silent(talk, before, f"{before.text} {talk.text}"[-_MAX_JOINED:])
    thought = Thought(text=talk.text, listened=1)
    return Outcome(talk.say("listening"), replace(talk.memory, thought=thought))


def _silent(talk: Turn, before: Thought, whole: str) -> Outcome:
    thought = replace(before, text=whole, listened=before.listened + 1)
    return Outcome(
        "",
        replace(talk.memory, thought=thought),
        end="ignored",
        why="a piece of a thought still being said",
    )


def remember(before: Thought, talk: Turn, draft: Outcome) -> Thought:
    """The thought after this turn: grown by the message when it belongs to it."""
    if talk.incoming.kind not in ("text", "voice"):
        return before
    now = talk.scene.now.isoformat()
    after = draft.memory.thought
    if draft.end == "ignored" or after != before:
        return replace(after, at=now)
    return Thought(text=talk.text[-_MAX_JOINED:], at=now, entry=draft.entry or "")
