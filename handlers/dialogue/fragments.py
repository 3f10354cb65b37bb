"""Five short messages in a row are one thought.

The passive reply must leave within five seconds, so the bot cannot wait for the end of a thought.
It decides on each message as it comes, and remembers the last ones:

- A message that says too little alone (在吗, 我那个, 店) is held for 2.4 seconds at most, and so
  is a short one within three seconds of the one before. It gets no answer if the next one comes
  meanwhile: that is read with it, as one message.
- A message within ten seconds of pieces that were only listened to is read once more with them.
- A short piece (at most four characters, or nothing but 急 or 在吗) that adds nothing to what was
  answered a moment ago is silently kept: it is a part of the thought that has its answer, sent
  before that could be read. It does add something when it asks, when it says that the answer does
  not help, when it names another branch of the answer (我是公司的), or when it leads to another
  entry; then it is answered.
- A first piece that says too little but points to our subjects (手机号) is met with 您接着说, and
  the pieces after it are silent until the joined text is understood, four at most. That is no miss.
"""

import re
from dataclasses import replace
from datetime import datetime

from handlers.dialogue import answer_parts, commands, explaining, facts, position
from handlers.dialogue.entry_answer import answer
from handlers.dialogue.memory import Memory, Thought, seconds_since
from handlers.dialogue.turn import Outcome, Turn
from handlers.dialogue.types import Incoming

WINDOW = 10.0
_BURST = 3.0
"""Seconds between two messages of one breath."""
MAX_PIECE = 6
"""Characters of content; a longer message never waits for more."""
_MAX_FACT = 10
"""我们是有限公司, with nothing asked."""
_MAX_OPENER = 4
_NO_HELP = ("not_solved", "stuck", "page_differs", "none_of_these", "again")
_POINTS_TO_US = 0.05
"""The weight of the best entry below which a piece is noise, not the beginning of a question."""
_FAINT = 0.3
_MAX_LISTENED = 4
_MAX_JOINED = 120


def join(turn: Turn) -> Outcome | None:
    """The draft for a message that continues a thought; None for one of its own."""
    if turn.waiting or turn.memory.form:
        return None
    before = _before(turn)
    if before.entry:
        return _after_answer(turn, before)
    return _joined(turn, before) if _is_piece(turn) and before.listened else None


def with_what_waited(before: Thought, new: str, incoming: Incoming, now: datetime) -> str:
    """What is read: the new words, after those that waited for them."""
    if not new or not before.waits or seconds_since(before.at, now) > WINDOW:
        return new
    return before.text if incoming.waited else f"{before.text} {new}"[-_MAX_JOINED:]


def listen(turn: Turn) -> Outcome | None:
    """The draft for a message that opens a thought."""
    before = _before(turn)
    here = turn.memory.walk
    if not _is_piece(turn) or before.listened or (here and here.step):
        return None
    if turn.memory.entry:
        return None  # 还能改吗 and 处理好了 after an answer are no beginning
    return _listen(turn, before) if _opens(turn) else None


def _before(turn: Turn) -> Thought:
    """What was said a moment ago."""
    return turn.memory.thought if _recent(turn) else Thought()


def _is_piece(turn: Turn) -> bool:
    """Whether the message may be a part of a thought that has no answer yet."""
    if turn.waiting or turn.memory.form or _before(turn).entry:
        return False
    return turn.understanding.outcome != "answer" or _lone(turn)


def _joined(turn: Turn, before: Thought) -> Outcome | None:
    together = turn.understand(_whole(turn, before))
    entry = turn.entry(together.entry) if together.outcome == "answer" else None
    if entry:
        return answer(turn, entry)
    if before.listened and _still_coming(turn, before) and _points(together.ranking):
        return _silent(turn, before, _whole(turn, before))
    return None


def opener(turn: Turn) -> Outcome | None:
    """我想问一下 says that the question is still to come."""
    if turn.waiting or turn.memory.form:
        return None
    return _listen(turn, _before(turn))


def just_told(turn: Turn) -> Outcome | None:
    """密码 / 记不得了 / 咋弄, pushed together: the answer to the first has said it already.

    Nobody can have read it meanwhile, so 记不得了 is no reaction to it.
    """
    before = _before(turn)
    if turn.waiting or turn.memory.form or turn.incoming.waited or not before.entry:
        return None
    just = seconds_since(before.at, turn.context.now) <= _SAME_BREATH
    particle = commands.content(turn.text) in _PARTICLES
    if not just or not (particle or _is_scrap(turn) or _ends_a_question(turn)):
        return None
    known = particle
    if not known:
        together = turn.understand(f"{before.text} {turn.text}")
        known = together.outcome == "answer" and together.entry == before.entry
    why = "part of a thought that was just answered"
    return Outcome("", turn.memory, end="ignored", why=why) if known else None


def _ends_a_question(turn: Turn) -> bool:
    """条件不, the end of 关店 / 有啥 / 条件不, of which the answer has no word more to say."""
    short = len(commands.content(turn.text)) <= _MAX_OPENER
    new = turn.heard.said.asks or explaining.told_here(turn)
    return short and commands.is_question(turn.text) and not new and _same_or_none(turn)


def _same_or_none(turn: Turn) -> bool:
    found = turn.understanding
    return found.outcome != "answer" or found.entry == turn.memory.thought.entry


_PARTICLES = frozenset("啊呀哦喔呢吧嘛哈噢诶")


def _is_scrap(turn: Turn) -> bool:
    """Few characters that ask nothing but how, choose nothing and report no trouble."""
    plain = commands.content(turn.text)
    if _HOW.search(plain):
        return True
    if not 0 < len(plain) <= _MAX_OPENER or commands.is_question(turn.text):
        return False
    named = answer_parts.facet(turn.text, turn.sayings.branches)
    return not (named or plain.isdecimal() or turn.does(*_NO_HELP, *_REACTIONS))


_REACTIONS = frozenset(
    (
        "pick",
        "step_n",
        "human",
        "call_off_human",
        "next",
        "done",
        "back",
        "solved",
        "thanks",
        "goodbye",
    )
)
_SAME_BREATH = 2.0
"""Sent before the answer can have been seen."""
_HOW = re.compile(r"^(?:那|该|要|我)*(?:怎么|咋个?|如何|点样)[\u4e00-\u9fff]{1,2}[啊呀呢哦嘛]*$")


def _after_answer(turn: Turn, before: Thought) -> Outcome | None:
    just = position.was_just_answered(turn) and not turn.incoming.waited
    if just and _adds_nothing(turn, before):
        why = "part of a thought that was just answered"
        return Outcome("", turn.memory, end="ignored", why=why)
    return None


def _recent(turn: Turn) -> bool:
    return seconds_since(turn.memory.thought.at, turn.context.now) <= WINDOW


def too_little(turn: Turn, draft: Outcome) -> bool:
    """Whether more may follow that makes this message understood: then it is worth the wait."""
    if turn.incoming.kind != "text" or turn.incoming.waited or not draft.text:
        return False
    if draft.case or draft.rating is not None:
        return False  # 要 to the offer of a person says all of it
    piece = turn.incoming.text
    longest = _MAX_FACT if facts.told(piece, turn.sayings) else MAX_PIECE
    if turn.waiting or turn.memory.form or len(commands.content(piece)) > longest:
        return False
    if turn.understanding.outcome != "social" and commands.is_question(piece):
        return False
    lone = len(commands.content(piece)) == 1 and turn.meant.move in _MAY_WAIT
    return draft.thin or lone or _in_one_breath(turn)


def _in_one_breath(turn: Turn) -> bool:
    """Whether it came right after the one before, as a piece of a thought."""
    before = turn.memory.thought
    if turn.meant.move not in _MAY_WAIT:
        return False
    return seconds_since(before.at, turn.context.now) <= _BURST


_MAY_WAIT = frozenset(
    ("", "question", "ack", "greeting", "opener", "yes", "no", "wait", "correct", "noise", "hurry")
)
"""Pieces of a thought; a move that steers, tells or thanks has its answer at once."""


def held(turn: Turn) -> Memory:
    """What is remembered while it waits: the words, in case that more follow."""
    before = _before(turn)
    now = turn.context.now.isoformat()
    thought = replace(before, text=turn.text[-_MAX_JOINED:], at=now, waits=True)
    return replace(turn.memory, thought=thought, at=now)


def _whole(turn: Turn, before: Thought) -> str:
    """The thought with this message; what has waited is in the message already."""
    if before.waits:
        return turn.text
    return f"{before.text} {turn.text}".strip()[-_MAX_JOINED:]


def _adds_nothing(turn: Turn, before: Thought) -> bool:
    if answer_parts.facet(turn.text, turn.sayings.branches) or turn.does(*_NO_HELP):
        return False
    plain = commands.content(turn.text)
    if turn.meant.move == "hurry":
        return turn.understanding.outcome != "social"
    if not 0 < len(commands.content(turn.incoming.text)) <= _MAX_OPENER:
        return False  # more clauses than the one that is looked at here are no piece
    found = turn.understanding
    if commands.is_question(turn.text):
        return False
    if found.outcome == "answer" and not _same_guide(turn, before, found.entry):
        return False
    together = turn.understand(before.text + " " + turn.text)
    return together.outcome == "answer" and together.entry == before.entry and not plain.isdecimal()


def _same_guide(turn: Turn, before: Thought, entry_id: str | None) -> bool:
    """登不上 after 手机号停了."""
    one, other = turn.entry(before.entry), turn.entry(entry_id)
    return one is not None and other is not None and one.guide == other.guide


def _still_coming(turn: Turn, before: Thought) -> bool:
    short = len(commands.content(turn.text)) <= MAX_PIECE
    asks = commands.is_question(turn.text) or turn.does(*_NO_HELP)
    return short and not asks and before.listened < _MAX_LISTENED


def _lone(turn: Turn) -> bool:
    """One character asks nothing, whatever entry it reminds of a little."""
    ranking = turn.understanding.ranking
    faint = not ranking or ranking[0][1] < _FAINT
    return faint and len(commands.content(turn.incoming.text)) == 1


def _opens(turn: Turn) -> bool:
    if _lone(turn):
        return not commands.is_question(turn.text) and _points(turn.understanding.ranking)
    plain = commands.content(turn.text)
    found = turn.understanding
    too_little = 0 < len(plain) <= _MAX_OPENER and found.outcome in ("none", "options")
    return too_little and found.outcome == "none" and not found.neighbour and _points(found.ranking)


def _points(ranking: tuple[tuple[str, float], ...]) -> bool:
    return bool(ranking) and ranking[0][1] >= _POINTS_TO_US


def _listen(turn: Turn, before: Thought) -> Outcome:
    if before.listened:
        return _silent(turn, before, _whole(turn, before))
    thought = Thought(text=_whole(turn, before), listened=1)
    return Outcome(turn.say("listening"), replace(turn.memory, thought=thought), thin=True)


def _silent(turn: Turn, before: Thought, whole: str) -> Outcome:
    thought = replace(before, text=whole, listened=before.listened + 1, waits=False)
    why = "a piece of a thought still being said"
    return Outcome("", replace(turn.memory, thought=thought), end="ignored", why=why)


def remember(before: Thought, turn: Turn, draft: Outcome) -> Thought:
    """The thought after this turn: grown by the message when it belongs to it."""
    if turn.incoming.kind not in ("text", "voice"):
        return before
    now = turn.context.now.isoformat()
    after = draft.memory.thought
    if draft.end == "ignored" or after != before:
        return replace(after, at=now, waits=False)
    return Thought(text=turn.text[-_MAX_JOINED:], at=now, entry=draft.entry or "")
