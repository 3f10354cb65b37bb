"""When the bank is believed against a move: what it surely answers beats a doubtful one.

With something open a move counts for more than in a conversation that is just beginning.
"""

import re

from handlers.dialogue import asking, commands, ellipsis, explaining, facts, inquiry, moves
from handlers.dialogue.turn import Turn

STRUCTURED = frozenset(("pick", "step_n", "face"))
"""Read by their form, not by likeness: no bank answer beats them."""
GOES_ON = frozenset(("next", "back", "step_n", "which_step", "again"))
_SURE = 0.8


def doubtful(turn: Turn) -> bool:
    """Whether the bank knows an answer more surely than this is a move.

    With something open a move counts for more than in a conversation that is just beginning.
    """
    if turn.meant.move in STRUCTURED or (turn.waiting and turn.meant.move == "ask_queue"):
        return False
    return (
        _rather_asks(turn)
        or _only_sounds_like(turn)
        or turn.meant.score < max(_least(turn), _told_here(turn))
    )


def _told_here(turn: Turn) -> float:
    """How surely a line of the last answer is asked for: 从哪天开始数 is no 下一步."""
    share = turn.topic_line.share
    if asking.asks(turn.text) and share >= explaining.LIKELY:
        return share * _ASKED_HERE
    return share if share >= explaining.CERTAINLY else 0.0


_ASKED_HERE = 1.25
"""A question is rather about the last answer than a move: 邮箱行不 does not haggle."""


def _rather_asks(turn: Turn) -> bool:
    """A question, whatever else the words sound like."""
    known, asks = turn.understanding.outcome == "answer", commands.is_question(turn.text)
    if known and turn.meant.asked and _is_polite(turn):
        return True  # 行吧 那说正经的 保证金我要退: thanks beside a question is the question
    if turn.memory.entry and not turn.memory.form and explaining.tells_them(turn):
        return True
    if turn.waiting and asks and turn.meant.move in _TROUBLE:
        return True  # 在哪写这个, while somebody is on the way
    if turn.waiting and asks and known and turn.meant.score < _SURE:
        return True  # 先问你吧 验证码半天不来是啥情况 calls nobody off
    steers = turn.memory.form is not None and turn.meant.move in GOES_ON
    return known and asks and steers and len(turn.meant.clause) > _BRIEF


def _only_sounds_like(turn: Turn) -> bool:
    """硬关行不行 is stuck nowhere, 打我自己卡总可以了吧 refuses nothing: both ask."""
    if _by_its_words(turn):
        return True
    if turn.states[0] not in ("idle", "walk", "list") or turn.meant.move not in _TOLD:
        return False
    clause = turn.meant.clause
    if "他们" in clause and commands.is_question(clause):
        return True  # 在哪里找得到他们 looks for somebody, and for no page
    sure = turn.meant.score >= _SURE and turn.meant.move not in (*_TROUBLE, "wait")
    if not sure and asking.is_fine(clause):
        return True
    if turn.meant.move in _ENDED and explaining.known_here(turn) and not _walks(turn):
        return True  # 处理好了 tells of a condition, and not that all is well
    asks = turn.heard.said.asks and turn.heard.clauses[-1].text == clause
    return asks or (len(clause) >= _BRIEF - 2 and asking.is_yes_no(clause))


def _by_its_words(turn: Turn) -> bool:
    """号是好的 能打电话 tells of one's own phone, 店好像出问题了 of nothing solved."""
    if turn.meant.move == "frustrated":
        return ellipsis.is_bare(turn)
    if turn.meant.move == "wait":
        return turn.is_vague or _tells_kind(turn) or _sees_first(turn)
    if turn.meant.move == "ask_phone":
        return asking.is_fine(turn.text)
    return turn.meant.move in (*_WELL, "goodbye") and turn.is_vague


def _tells_kind(turn: Turn) -> bool:
    """我看了执照 是个体工商户 tells what shop it is, whatever it sounds like."""
    told = facts.told(turn.text, turn.sayings)
    return any(value.fact in told for value in turn.sayings.kinds)


_SEES = re.compile(r"^(?:我|那|就)*先(?:看|问|查)(?:看|一?下)?(?P<what>[\u4e00-\u9fff]{2,6})$")


def _sees_first(turn: Turn) -> bool:
    """先看看条件 wants to see what it names, and no time."""
    found, sees = turn.understanding.ranking, _SEES.search(turn.meant.clause)
    best = turn.entry(found[0][0]) if found else None
    return bool(sees and best and sees["what"] in best.question + best.short)


_ENDED = ("solved", "done")
_WELL = (*_ENDED, "yes", "ack")
_TOLD = frozenset((*_ENDED, *moves.TIERS[3], *moves.TIERS[7], "ack", "cancel"))
"""What tells something; a question whether it can be done does not."""


def _walks(turn: Turn) -> bool:
    return turn.memory.walk is not None and turn.memory.walk.step > 0


_TROUBLE = frozenset(("stuck", "page_differs", "not_solved", "frustrated"))


def _least(turn: Turn) -> float:
    """The score from which a move is believed against what the bank knows."""
    found = turn.understanding
    if found.outcome == "social" and found.social not in moves.POLITE and _is_polite(turn):
        return found.score  # 今天天气真好 is about the weather, and thanks for nothing
    rival = _rival(turn)
    if rival is None:
        return moves.LEAST
    if turn.meant.clause.endswith(_POINTING):
        return 1.0  # 没通过那个 points to a subject, and tells of no trouble
    return moves.LEAST if _outranks(turn, rival) else _least_against_answer(turn)


def _rival(turn: Turn) -> str | None:
    """The entry that the bank would answer with, unless it is the one at hand."""
    found, here = turn.understanding, turn.memory.walk
    at_hand = (turn.memory.entry, here and here.entry)
    return None if found.outcome != "answer" or found.entry in at_hand else found.entry


def _outranks(turn: Turn, rival: str) -> bool:
    """Whether the move counts before any entry, because of what is open."""
    asked_already = turn.memory.form is not None and rival == inquiry.ENTRY
    off = turn.waiting and turn.meant.move in _CALLS_OFF
    short = turn.states[0] != "idle" and len(turn.meant.clause) <= _WORD
    more = len(turn.heard.clauses) > 1 and turn.understanding.score >= _CERTAIN
    return asked_already or off or (short and not more)  # 号已经被别人用了 补不了 says more


def _least_against_answer(turn: Turn) -> float:
    """The score that the move needs where the bank knows an answer to another question."""
    here, score, move = turn.memory.walk, turn.understanding.score, turn.meant.move
    alone = len(turn.meant.clause) <= _BRIEF and len(turn.heard.clauses) == 1
    if here and move == "stuck" and alone:
        return _SURE
    overview = here is not None and not here.step and turn.states[0] == "walk"
    untried = overview and move == "not_solved"
    return score / _IDLE if untried or turn.states[0] == "idle" else score


def _is_polite(turn: Turn) -> bool:
    return turn.meant.move in moves.POLITE


_IDLE, _CERTAIN = 0.8, 0.9
_CALLS_OFF = frozenset(("cancel", "call_off_human", "solved"))
"""In the queue these count before any entry: 我自己弄好了 不用了 asks for nothing."""
_POINTING = ("那个", "那条", "那种", "那项")
_BRIEF, _WORD = 6, 3
