"""Open options: a number, an ordinal, the words themselves, or 都不是."""

import re
from dataclasses import replace

from faq.moves import numerals
from handlers.dialogue import commands, entry_answer, moves, position, render, steps
from handlers.dialogue.answer_parts import known_content
from handlers.dialogue.entry_answer import take
from handlers.dialogue.memory import Memory
from handlers.dialogue.misses import missed
from handlers.dialogue.render import label, option_lines
from handlers.dialogue.turn import Outcome, Turn, blocks

_SURE_SHARE = 0.6
"""How much of the matcher's weight on the open options the best one must hold."""

_NEAR_TOP = 0.5
_LEAST = 0.1
"""The best option must be near the matcher's best entry, and be something at all."""

_ENOUGH_OVERLAP = 0.7
_MAX_WORDS = 14
_POINTING = re.compile(
    r"(?:那|这|哪)?(?:个|条|种|项|一条|一个|一种)(?:呢|吧|啊|呀|的)*$|^(?:选|要|看|是|我?问的?是?)"
)


def pick(turn: Turn) -> Outcome | None:
    """1, 第二个, 最后一个, 下面那个, or words that point to one, while options are open."""
    options = turn.memory.options or (turn.memory.listed if points_back(turn) else ())
    if not options:
        return None
    if turn.meant.number is not None and (_numbered(turn) or position.beyond_steps(turn)):
        return _by_number(turn, options, turn.meant.number)
    if step := moves.next_to(turn.meant.clause):
        return _relative(turn, options, step)
    return by_words(turn)


def _numbered(turn: Turn) -> bool:
    """Whether a number means an option: a bare one means a step while steps are in sight."""
    return turn.memory.numbers != "steps" or numerals.bare_number(turn.meant.clause) is None


def points_back(turn: Turn) -> bool:
    """你刚才列的里头第四个: a list that was shown before, though it is open no more."""
    return turn.meant.move == "pick" and numerals.of_list(turn.meant.clause)


def listed(turn: Turn) -> Outcome | None:
    """What of a list that was shown before is pointed at, whatever is open now."""
    return pick(turn) if points_back(turn) and turn.memory.listed else None


def by_words(turn: Turn) -> Outcome | None:
    """The text of an option, or words that point to one."""
    picked = _by_words(turn, turn.memory.options) if turn.memory.options else ""
    return take(turn, picked) if picked else None


def _relative(turn: Turn, options: tuple[str, ...], step: int) -> Outcome:
    """下面那个: next to the one taken last; of a list not chosen from, the last or the first."""
    taken = options.index(turn.memory.entry) if turn.memory.entry in options else None
    if taken is None:
        return take(turn, options[-1] if step > 0 else options[0])
    return take(turn, options[min(max(taken + step, 0), len(options) - 1)])


def rest(turn: Turn) -> Outcome | None:
    """还有别的吗: what was left out of an answer, else the list again."""
    return entry_answer.rest(turn) or show_again(turn)


def step_of_list(turn: Turn) -> Outcome | None:
    """第二步 while a list is open: a choice, unless a walk has steps."""
    return None if turn.memory.walk else pick(turn)


def show_again(turn: Turn) -> Outcome | None:
    """不懂, 返回, 继续说 while options are open: the same list, and how to choose.

    Who goes on after a question that told two entries apart means the likelier one.
    """
    here = turn.memory.walk
    if here and here.step and turn.does("done"):
        return None  # 进去咯 下头咋弄 is about the step, whatever was guessed meanwhile
    if turn.meant.move == "next" and turn.memory.options and _guessed(turn):
        return steps.begun(take(turn, turn.memory.options[0]), turn)
    options = render.known(turn, turn.memory.options)
    if not options or (here and here.step):
        return None
    key = "options_back" if turn.meant.move in _GOES_BACK else "options_help"
    memory = replace(turn.memory, numbers="options")
    text = blocks(turn.say(key), render.option_lines(turn, options))
    return Outcome(text, memory, entry=_overview(turn, options))


_GOES_BACK = ("back", "next", "which_step", "rest")


def _overview(turn: Turn, options: tuple[str, ...]) -> str | None:
    """The entry whose own choices these are: then they are its answer, and no guesses."""
    return next((one.id for one in turn.bank.entries if set(options) <= set(one.choices)), None)


def _guessed(turn: Turn) -> bool:
    return turn.memory.options == turn.memory.unsure


def which(turn: Turn) -> Outcome | None:
    """对, 嗯 while several options are open: which one, without the list again."""
    if taken := agreed(turn):
        return taken
    if not turn.memory.options:
        return None
    count = len(turn.memory.options)
    return Outcome(turn.say("options_which", count=count), replace(turn.memory, numbers="options"))


def agreed(turn: Turn) -> Outcome | None:
    """是 to a question that named one entry."""
    options = turn.memory.options
    asked = len(options) == 1 and options == turn.memory.unsure
    return take(turn, options[0]) if asked else None


def refuse(turn: Turn) -> Outcome | None:
    """都不是: what was offered is not offered again."""
    return none_of_these(turn) if turn.memory.options else None


def _refused(turn: Turn) -> Memory:
    """The memory after a list or a question was refused."""
    shown = turn.memory.unsure or turn.memory.options
    kept = tuple(dict.fromkeys((*turn.memory.refused, *shown)))
    return replace(turn.memory, options=(), numbers="", unsure=(), refused=kept)


def none_of_these(turn: Turn) -> Outcome:
    closed = replace(turn, memory=_refused(turn))
    return missed(closed, "none_of_these")


def stray_number(turn: Turn) -> Outcome | None:
    """A number while nothing is open is no choice, and no miss either."""
    bare = len(turn.heard.clauses) == 1 and numerals.bare_number(turn.meant.clause) is not None
    if not bare or turn.understanding.outcome == "social":
        return None
    return Outcome(turn.say("stray_number"), turn.memory)


def _by_number(turn: Turn, options: tuple[str, ...], number: int) -> Outcome | None:
    if -len(options) <= number < 0:
        return take(turn, options[number])
    if 1 <= number <= len(options):
        return take(turn, options[number - 1])
    if turn.understanding.outcome == "social":  # 88 is a goodbye
        return None
    text = blocks(turn.say("option_out_of_range", count=len(options)), option_lines(turn, options))
    return Outcome(text, turn.memory)


def _by_words(turn: Turn, options: tuple[str, ...]) -> str:
    """The option whose line, or whose words, the message repeats; "" when that is not clear."""
    said = commands.content(turn.text)
    exact = [option for option in options if known_content(label(turn, option)) == said]
    if exact:
        return exact[0]
    found = turn.understanding
    if found.outcome == "answer":  # a clear question wins; it may be one of the options
        return found.entry if found.entry in options else ""
    if found.outcome not in ("options", "none"):
        return ""
    core = _pointed_at(turn, said)
    return core and (_by_label(turn, options, core) or _by_phrasing(turn, options, core))


def _pointed_at(turn: Turn, said: str) -> str:
    """The words that point to an option; "" for a message that points to none, or says more."""
    last = (commands.clauses(turn.meant.clause or turn.text) or ("",))[-1]
    if not _POINTING.search(last) and len(said) > _MAX_WORDS // 2:
        return ""
    core = commands.content(_POINTING.sub("", _POINTING.sub("", last)))
    return core if len(core) <= _MAX_WORDS else ""


def by_label(turn: Turn) -> Outcome | None:
    """材料那个, 客服那条吧: an option's line pointed at by its own words."""
    last = turn.heard.clauses[-1].text if turn.heard.clauses else ""
    if len(last) > _MAX_WORDS or not _POINTED.search(last):
        return None
    core = _POINTED_START.sub("", _POINTED.sub("", last))
    options = turn.memory.options
    picked = _by_label(turn, options, core) if core else ""
    if not picked and len(core) >= _SUBJECT:
        picked = _by_phrasing(turn, options, core)
    return take(turn, picked) if picked else None


_SUBJECT = 4
"""Characters that name a subject: 准备材料那条; fewer point with the list's own words."""


_POINTED = re.compile(
    r"(?:那|这)(?:个|条|种|项|一条|一个|一种)(?:呢|吧|啊|呀|的|路)*$|的(?:那个|吧|呗)?$"
)
_POINTED_START = re.compile(r"^(?:就?(?:选|要|看|是|走|用)|我问?的?是?)*(?:那|这)?(?:个|条|种|项)?")


def _by_label(turn: Turn, options: tuple[str, ...], core: str) -> str:
    """The one option whose line holds nearly all characters of the words."""
    if len(core) < 2:  # noqa: PLR2004  one character picks nothing
        return ""
    shares = sorted(
        ((_share(core, known_content(label(turn, option))), option) for option in options),
        reverse=True,
    )
    best, picked = shares[0]
    second = shares[1][0] if len(shares) > 1 else 0.0
    return picked if best >= _ENOUGH_OVERLAP and best > second else ""


def _share(core: str, line: str) -> float:
    return sum(character in line for character in core) / len(core)


def _by_phrasing(turn: Turn, options: tuple[str, ...], core: str) -> str:
    """The one option that the matcher holds far likelier than the others."""
    ranking = turn.understand(core).ranking
    weights = {entry: weight for entry, weight in ranking if entry in options}
    if not weights:
        return ""
    best = max(weights, key=lambda entry: weights[entry])
    clear = weights[best] >= max(_SURE_SHARE * sum(weights.values()), _NEAR_TOP * ranking[0][1])
    return best if clear and weights[best] >= _LEAST else ""
