"""Open options: a number, an ordinal, the words themselves, or 都不是."""

import re
from dataclasses import replace

from handlers.dialogue import answering, commands, guesses, handoff
from handlers.dialogue.answer_parts import known_content
from handlers.dialogue.render import label, option_lines
from handlers.dialogue.turn import CONSULTANT, Outcome, Turn, blocks

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


def by_number(talk: Turn) -> Outcome | None:
    """1, 二, 第二个, 选2, 最后一个, or 都不是, while options are open."""
    options = talk.memory.options
    if not options:
        return None
    if commands.says(talk.text, "none_of_these"):
        return none_of_these(talk)
    number = commands.choice_number(talk.text) if talk.memory.numbers == "options" else None
    return _by_number(talk, options, number) if number is not None else None


def by_words(talk: Turn) -> Outcome | None:
    """The text of an option, or words that point to one."""
    picked = _by_words(talk, talk.memory.options) if talk.memory.options else ""
    return take(talk, picked) if picked else None


def take(talk: Turn, option: str) -> Outcome:
    """What an option leads to."""
    if option == CONSULTANT:
        return handoff.call(talk, "asked")
    return answering.answer(talk, talk.bank.by_id[option], keep_options=True)


def none_of_these(talk: Turn) -> Outcome:
    closed = replace(talk, memory=guesses.refused(talk))
    return answering.missed(closed, "none_of_these")


def stray_number(talk: Turn) -> Outcome | None:
    """A number while nothing is open is no choice, and no miss either."""
    if not commands.is_bare_number(talk.text) or talk.understanding.outcome == "social":
        return None
    return Outcome(talk.say("stray_number"), talk.memory)


def _by_number(talk: Turn, options: tuple[str, ...], number: int) -> Outcome | None:
    if number == -1:
        return take(talk, options[-1])
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
    last = (commands.clauses(talk.text) or ("",))[-1]
    if not _POINTING.search(last) and len(said) > _MAX_WORDS // 2:
        return ""
    core = commands.content(_POINTING.sub("", _POINTING.sub("", last)))
    if not core or len(core) > _MAX_WORDS:
        return ""
    return _by_label(talk, options, core) or _by_phrasing(talk, options, core)


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
