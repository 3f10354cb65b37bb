"""Whether a message calls a person: an alarm, or a wish for one, and what only sounds like it."""

import re

from handlers.dialogue import (
    asking,
    commands,
    doubts,
    explaining,
    firm_answers,
    handoff,
    moves,
    waiting,
)
from handlers.dialogue.turn import Outcome, Turn


def person(turn: Turn) -> Outcome | None:
    """Alarms and wishes for a person, as the bank's matcher hears them or the clause says them."""
    if turn.meant.move in doubts.STRUCTURED or _is_off(turn):
        return None
    if _steers(turn):
        return None
    found = turn.understanding.outcome
    if found == "escalate":
        return None if _is_quiet(turn) else handoff.asked(turn)
    return _wished(turn, found)


def _is_quiet(turn: Turn) -> bool:
    """An alarm in the matcher's ear alone."""
    heard = (_plainly_none, _is_of_topic, _sounds_calm, _is_follow_up)
    return any(one(turn) for one in heard)


def _plainly_none(turn: Turn) -> bool:
    """一百五做不做, 弄不好你们赔不赔, 我讲错了: as a whole a move that raises no alarm."""
    parts = turn.heard.parts
    whole = turn.heard.whole or (parts[0] if len(parts) == 1 else None)
    sure = whole is not None and whole.move in _HARMLESS and whole.score >= _SURELY_NONE
    return sure and turn.heard.share("alarm", "insult", "frustrated") < _FAINT


_HARMLESS = frozenset(("haggle", "doubt", "correct", "none_of_these", "is_bot", "ask_price"))
_SURELY_NONE = 0.85


def _is_follow_up(turn: Turn) -> bool:
    """我只退一部分可以吗 after an answer: a faint alarm, and a line that surely is asked for."""
    sides = turn.understanding.explain.get("sides")
    alarm = sides.get("escalate", 1.0) if isinstance(sides, dict) else 1.0
    return turn.topic_line.share >= explaining.SURELY and alarm < _LOUD


_LOUD = 0.8


def _is_off(turn: Turn) -> bool:
    """别叫人, 不用; 不对头啊 有个生人登了我的店 denies nothing."""
    alarm = turn.understanding.outcome == "escalate"
    loud = alarm and turn.heard.share("alarm", "insult") >= _FAINT
    off = _sure_move(turn, ("call_off_human", "no", "wait"))
    return off and not loud and not _wants_one(turn)


_DENIES = re.compile(r"不|别|甭|莫|免|没|算|取消|撤|唔|冇|等|再|才|时候")


def _wants_one(turn: Turn) -> bool:
    """还是叫人吧 sounds like 别叫人 and denies nothing."""
    if turn.meant.move != "call_off_human" or turn.understanding.outcome != "human":
        return False
    return not _DENIES.search(turn.text)


def _wished(turn: Turn, found: str) -> Outcome | None:
    """A wish for a person; who waits for one hears the place in the queue."""
    if turn.waiting and (phone := firm_answers.phone(turn)):
        return phone
    if turn.meant.move == "human" and turn.meant.score >= _VERY_SURE and not turn.memory.form:
        return waiting.place(turn) if turn.waiting else handoff.person(turn)
    if found == "human" and turn.waiting:
        return waiting.place(turn)
    wishes = asking.pattern("firm", "wants_person").search(turn.text) or turn.does("human")
    asks = commands.is_question(turn.text)
    if _only_asks(turn) or (
        not wishes and (explaining.known_here(turn) or (asks and explaining.told_here(turn)))
    ):
        return None
    return handoff.asked(turn)


def _sounds_calm(turn: Turn) -> bool:
    """都交上去了, 我是合作社: said to what is open, in a few words with no sound of an alarm.

    Of the labelled alarms one in six sounds calm: so little counts only beside a move or a form.
    """
    state, move = turn.states[0], turn.meant
    if state not in ("walk", "list", "form") or len(commands.content(turn.text)) > _SENTENCE:
        return False
    answers = state == "form" or (move.move in _CALM and move.score >= _HALF)
    return answers and turn.heard.share("alarm", "insult") < _NO_ALARM


_CALM = frozenset((*moves.TIERS[4], *moves.TIERS[7], "done", "correct", "ack"))
_HALF, _NO_ALARM = 0.5, 0.08
_MAY_BE_TOPIC = frozenset(("stolen", "scammed", "wrong_payout", "blocked", "licence"))


def _is_of_topic(turn: Turn) -> bool:
    """号已经是别人的了 under a number that is gone: what is talked about knows it, and no alarm."""
    return turn.understanding.alarm in _MAY_BE_TOPIC and explaining.known_here(turn)


def _only_asks(turn: Turn) -> bool:
    """你是真人吗, and moves that only sound like calling somebody."""
    asks = turn.meant.move == "is_bot" and commands.is_question(turn.text)
    return asks or _sure_move(turn, _NO_PERSON)


def _steers(turn: Turn) -> bool:
    """下一步, 都不是, 接着刚才: a few words in which no clause sounds like calling for anybody."""
    if _wants_one(turn):
        return False
    long = sum(len(one.text) for one in turn.heard.clauses) > _SENTENCE
    if long or turn.meant.move in _CALLS or turn.meant.move == "human":
        return False
    if turn.meant.score >= _VERY_SURE:
        return turn.heard.share("human", "insult") < _FAINT
    return turn.heard.share(*_CALLS) < _FAINT and turn.meant.score >= moves.LEAST


_CALLS = (*moves.TIERS[0][1:], "question", "alarm", "frustrated", "doubt", "haggle")
_FAINT = 0.3
_VERY_SURE = 0.9
_SENTENCE = 14
_NO_PERSON = ("rest", "back", "again", "ask_hours", "ask_queue")
_SURE = 0.8


def _sure_move(turn: Turn, names: tuple[str, ...]) -> bool:
    return turn.meant.move in names and turn.meant.score >= _SURE
