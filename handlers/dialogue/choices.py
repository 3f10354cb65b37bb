"""Open options: a number, an ordinal, the words themselves, or 都不是."""

import re
from dataclasses import replace

from faq.moves import numerals
from handlers.dialogue import commands, entry_answer, moves, render, steps
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


def pick(talk: Turn) -> Outcome | None:
    """1, 第二个, 最后一个, 下面那个, or words that point to one, while options are open."""
    options = talk.memory.options
    if not options:
        return None
    if talk.meant.number is not None and _numbered(talk):
        return _by_number(talk, options, talk.meant.number)
    if step := moves.next_to(talk.meant.clause):
        return _relative(talk, options, step)
    return by_words(talk)


def _numbered(talk: Turn) -> bool:
    """Whether a number means an option: a bare one means a step while steps are in sight."""
    return talk.memory.numbers != "steps" or numerals.bare_number(talk.meant.clause) is None


def by_words(talk: Turn) -> Outcome | None:
    """The text of an option, or words that point to one."""
    picked = _by_words(talk, talk.memory.options) if talk.memory.options else ""
    return take(talk, picked) if picked else None


def _relative(talk: Turn, options: tuple[str, ...], step: int) -> Outcome:
    """下面那个: next to the one taken last; of a list not chosen from, the last or the first."""
    taken = options.index(talk.memory.entry) if talk.memory.entry in options else None
    if taken is None:
        return take(talk, options[-1] if step > 0 else options[0])
    return take(talk, options[min(max(taken + step, 0), len(options) - 1)])


def rest(talk: Turn) -> Outcome | None:
    """还有别的吗: what was left out of an answer, else the list again."""
    return entry_answer.rest(talk) or show_again(talk)


def step_of_list(talk: Turn) -> Outcome | None:
    """第二步 while a list is open: a choice, unless a walk has steps."""
    return None if talk.memory.walk else pick(talk)


def show_again(talk: Turn) -> Outcome | None:
    """不懂, 返回, 继续说 while options are open: the same list, and how to choose.

    Who goes on after a question that told two entries apart means the likelier one.
    """
    if talk.meant.move == "next" and talk.memory.options and _guessed(talk):
        return steps.begun(take(talk, talk.memory.options[0]), talk)
    options = render.known(talk, talk.memory.options)
    here = talk.memory.walk
    if not options or (here and here.step):
        return None
    key = "options_back" if talk.meant.move in _GOES_BACK else "options_help"
    memory = replace(talk.memory, numbers="options")
    text = blocks(talk.say(key), render.option_lines(talk, options))
    return Outcome(text, memory, entry=_overview(talk, options))


_GOES_BACK = ("back", "next", "which_step", "rest")


def _overview(talk: Turn, options: tuple[str, ...]) -> str | None:
    """The entry whose own choices these are: then they are its answer, and no guesses."""
    return next((one.id for one in talk.bank.entries if set(options) <= set(one.choices)), None)


def _guessed(talk: Turn) -> bool:
    return talk.memory.options == talk.memory.unsure


def which(talk: Turn) -> Outcome | None:
    """对, 嗯 while several options are open: which one, without the list again."""
    if taken := agreed(talk):
        return taken
    if not talk.memory.options:
        return None
    count = len(talk.memory.options)
    return Outcome(talk.say("options_which", count=count), replace(talk.memory, numbers="options"))


def agreed(talk: Turn) -> Outcome | None:
    """是 to a question that named one entry."""
    options = talk.memory.options
    asked = len(options) == 1 and options == talk.memory.unsure
    return take(talk, options[0]) if asked else None


def refuse(talk: Turn) -> Outcome | None:
    """都不是: what was offered is not offered again."""
    return none_of_these(talk) if talk.memory.options else None


def _refused(talk: Turn) -> Memory:
    """The memory after a list or a question was refused."""
    shown = talk.memory.unsure or talk.memory.options
    kept = tuple(dict.fromkeys((*talk.memory.refused, *shown)))
    return replace(talk.memory, options=(), numbers="", unsure=(), refused=kept)


def none_of_these(talk: Turn) -> Outcome:
    closed = replace(talk, memory=_refused(talk))
    return missed(closed, "none_of_these")


def stray_number(talk: Turn) -> Outcome | None:
    """A number while nothing is open is no choice, and no miss either."""
    bare = len(talk.heard.clauses) == 1 and numerals.bare_number(talk.meant.clause) is not None
    if not bare or talk.understanding.outcome == "social":
        return None
    return Outcome(talk.say("stray_number"), talk.memory)


def _by_number(talk: Turn, options: tuple[str, ...], number: int) -> Outcome | None:
    if -len(options) <= number < 0:
        return take(talk, options[number])
    if 1 <= number <= len(options):
        return take(talk, options[number - 1])
    if talk.understanding.outcome == "social":  # 88 is a goodbye
        return None
    text = blocks(talk.say("option_out_of_range", count=len(options)), option_lines(talk, options))
    return Outcome(text, talk.memory)


def _by_words(talk: Turn, options: tuple[str, ...]) -> str:
    """The option whose line, or whose words, the message repeats; "" when that is not clear."""
    said = commands.content(talk.text)
    exact = [option for option in options if known_content(label(talk, option)) == said]
    if exact:
        return exact[0]
    found = talk.understanding
    if found.outcome == "answer":  # a clear question wins; it may be one of the options
        return found.entry if found.entry in options else ""
    if found.outcome not in ("options", "none"):
        return ""
    last = (commands.clauses(talk.meant.clause or talk.text) or ("",))[-1]
    if not _POINTING.search(last) and len(said) > _MAX_WORDS // 2:
        return ""
    core = commands.content(_POINTING.sub("", _POINTING.sub("", last)))
    if not core or len(core) > _MAX_WORDS:
        return ""
    return _by_label(talk, options, core) or _by_phrasing(talk, options, core)


def by_label(talk: Turn) -> Outcome | None:
    """材料那个, 客服那条吧: an option's line pointed at by its own words."""
    last = talk.heard.clauses[-1].text if talk.heard.clauses else ""
    if len(last) > _MAX_WORDS or not _POINTED.search(last):
        return None
    core = _POINTED_START.sub("", _POINTED.sub("", last))
    options = talk.memory.options
    picked = _by_label(talk, options, core) if core else ""
    if not picked and len(core) >= _SUBJECT:
        picked = _by_phrasing(talk, options, core)
    return take(talk, picked) if picked else None


_SUBJECT = 4
"""Characters that name a subject: 准备材料那条; fewer point with the list's own words."""


_POINTED = re.compile(
    r"(?:那|这)(?:个|条|种|项|一条|一个|一种)(?:呢|吧|啊|呀|的|路)*$|的(?:那个|吧|呗)?$"
)
_POINTED_START = re.compile(r"^(?:就?(?:选|要|看|是|走|用)|我问?的?是?)*(?:那|这)?(?:个|条|种|项)?")


def _by_label(talk: Turn, options: tuple[str, ...], core: str) -> str:
    """The one option whose line holds nearly all characters of the words."""
    if len(core) < 2:  # noqa: PLR2004  one character picks nothing
        return ""
    shares = sorted(
        ((_share(core, known_content(label(talk, option))), option) for option in options),
        reverse=True,
    )
    best, picked = shares[0]
    second = shares[1][0] if len(shares) > 1 else 0.0
    return picked if best >= _ENOUGH_OVERLAP and best > second else ""


def _share(core: str, line: str) -> float:
    return sum(character in line for character in core) / len(core)


def _by_phrasing(talk: Turn, options: tuple[str, ...], core: str) -> str:
    """The one option that the matcher holds far likelier than the others."""
    ranking = talk.understand(core).ranking
    weights = {entry: weight for entry, weight in ranking if entry in options}
    if not weights:
        return ""
    best = max(weights, key=lambda entry: weights[entry])
    clear = weights[best] >= max(_SURE_SHARE * sum(weights.values()), _NEAR_TOP * ranking[0][1])
    return best if clear and weights[best] >= _LEAST else ""
