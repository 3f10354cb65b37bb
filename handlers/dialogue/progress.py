"""Which step of a way is behind a merchant, by what they tell to have done or tried."""

import re

from faq.bank import Entry
from faq.details import step_help
from faq.moves.heard import Clause
from handlers.dialogue import answer_parts, commands, moves
from handlers.dialogue.memory import Walk
from handlers.dialogue.turn import Turn


def told_done(turn: Turn, walk: Walk, entry: Entry) -> list[int]:
    """The steps that the clauses of a message tell to be done, 0 where that names none."""
    clauses = turn.heard.clauses
    told = (one.text for one in clauses if tells(one))
    parts = (part for text in told for part in _AND.split(text) if part)
    return [done_step(entry, part, walk.step) for part in parts]


def tells(clause: Clause) -> bool:
    """我都登进去了也点开保证金管理了 is long for 登好了, and near to nothing else."""
    if clause.move in _DONE or moves.tells_done(clause.text):
        return True
    return clause.share("done") >= _FAINTLY_DONE and not commands.is_question(clause.text)


def is_beside(turn: Turn, walk: Walk, entry: Entry) -> bool:
    """充好了 接着刚才的: what is told done names nothing of the way, and only ends a pause."""
    told = [one.text for one in turn.heard.clauses if tells(one)]
    named = (_names(one) and not done_step(entry, one, walk.step) for one in told)
    return bool(told) and all(named)


def _names(clause: str) -> str:
    return _DONE_WORDS.sub("", _POINTS.sub("", clause))


_POINTS = re.compile(r"刚才|刚刚|之前|上面|前面|上次|[这那]|[个一第]?步|个|的|全")
_DONE = ("done", "solved")
_FAINTLY_DONE = 0.3
_AND = re.compile(r"(?<=[了过])(?:也|又|还|并且?|然后)")


def is_inside(entry: Entry, clause: str) -> bool:
    """登进去了 of a way that ends with the login."""
    return "登录" in entry.steps[-1] and bool(_LOGGED_IN.search(clause))


_LOGGED_IN = re.compile(
    r"登录?得?(?:(?:上|进)(?:去|来)?|成功|起)[\u4e00-\u9fff]{0,2}[了啦咯]$|进得?(?:去|来)[\u4e00-\u9fff]{0,2}[了啦咯]$"
)


_DONE_WORDS = re.compile(
    r"已经|我|都|也|刚刚?|弄|做|搞|整|点|填|好|完|成|了|过|啦|咯|起|来|咗|嘞|上去?|进去?|[oO][kK]"
)


_INSIDE = re.compile(
    r"^(?:我|都|已经|现在|刚)*(?:(?:进得?(?:去|来)|上得?去)[\u4e00-\u9fff]{0,2}[了啦咯]|进(?:到|了|去)*(?:后台|系统|里面|里头|店[^\s]?)(?:里|去|来)?[了啦咯])"
)
"""进去了, 进到店里了 says that the login is done."""


def done_step(entry: Entry, clause: str, step: int) -> int:
    """The step that 登录弄好了 tells of: not before this one, and not far behind it."""
    core = _DONE_WORDS.sub("", _INSIDE.sub("登", clause))
    pairs = answer_parts.pairs(core)
    if core and not pairs and step == 0:  # 登好了, 改好了 of an overview
        return int(core in entry.steps[0]) or answer_parts.by_verb(entry, core) or 0
    near = list(enumerate(entry.steps, start=1))[max(step - 1, 0) : step + _AHEAD]
    shares = [(len(pairs & answer_parts.known_pairs(line)), -number) for number, line in near]
    best, number = max(shares, default=(0, 0))
    told = -number if best else answer_parts.by_verb(entry, core) or 0
    return told if told <= step + _AHEAD else 0


_AHEAD = 2


_WANTS = re.compile(
    r"(?:(?:让|叫|要|喊|请|提示|弹出来?)(?:我|你|您)(?:去|来|先|再)*|就只?[差剩]了?(?:点|下|最后)?)"
    r"(?P<what>[\u4e00-\u9fff]{2,12})$"
)


def wanted_step(entry: Entry, text: str, step: int) -> int:
    """The step that names what the page asks for, or what is left to do: 就差提交; 0 for none."""
    wants = _WANTS.search(_LOOSE.sub("", text))
    asked = answer_parts.pairs(wants["what"]) if wants else frozenset()
    near = enumerate(entry.steps[max(step - 1, 0) :], start=max(step, 1))
    shares = [(len(asked & answer_parts.known_pairs(line)), -number) for number, line in near]
    shared, number = max(shares, default=(0, 0))
    return -number if shared else 0


_STILL = re.compile(
    r"还是|还(?=.{0,3}[不没])|照样|依然|依旧|仍|照旧|没用|不行|不管用|没好|也没|都没|也不|都不|没变"
)
_LOOSE = re.compile(r"[,，。\s]+")


def tried_step(entry: Entry, text: str, step: int) -> int:
    """The step whose advice was tried in vain: 流量也换了 还是没有; 0 where none was."""
    still = _STILL.search(text)
    did = _LOOSE.sub("", text[: still.start()]) if still else ""
    if "了" not in did and "过" not in did:
        return 0
    return done_step(entry, did, step) or _advised(entry, did, step)


def _advised(entry: Entry, did: str, step: int) -> int:
    """The step whose help names what was done: 飞行模式 is no word of the step's own line."""
    pairs = answer_parts.pairs(_DONE_WORDS.sub("", did))
    helps = enumerate(map(step_help, entry.step_help), start=1)
    shares = [(len(pairs & answer_parts.known_pairs(known.first)), -at) for at, known in helps]
    shared, number = max(shares, default=(0, 0))
    return -number if shared and step <= -number <= step + _AHEAD else 0
