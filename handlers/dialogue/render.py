"""Entries and lists as a phone screen shows them."""

import re

from faq import details
from faq.bank import Entry
from handlers.dialogue import facts
from handlers.dialogue.turn import CONSULTANT, Turn, blocks, lines, title
from wechat.text import LIMIT

MAX_OPTIONS = 5
_SENTENCE_ENDS = "。\n;；"
_SENTENCE_END = re.compile(r"[。；;]")
_BULLET = "·"


def answer(turn: Turn, entry: Entry) -> str:
    """An entry's whole answer: what is so, the way at a glance, and what to reply next."""
    return blocks(
        filled(turn, entry.answer),
        numbered(steps(turn, entry)),
        filled(turn, entry.after),
        _choices(turn, entry),
        footer(turn, entry),
    )


def body(turn: Turn, entry: Entry) -> str:
    """The answer without what to reply."""
    return blocks(
        filled(turn, entry.answer),
        numbered(steps(turn, entry)),
        filled(turn, entry.after),
    )


def filled(turn: Turn, text: str) -> str:
    """A guide's text for this merchant: without other kinds' branches, with the phone number.

    Without a number, the way to a person here stands in its place.
    """
    text = facts.fitting(text, turn.facts, turn.sayings)
    return text.replace("{phone}", turn.context.phone or turn.say("phone_missing"))


def steps(turn: Turn, entry: Entry) -> tuple[str, ...]:
    """An entry's steps as this merchant reads them."""
    return tuple(filled(turn, step) for step in entry.steps)


def choices(turn: Turn, entry: Entry) -> tuple[str, ...]:
    """The entries that an overview offers, those that the bank has."""
    shut = facts.shut(turn.facts, turn.sayings)
    open_ = (choice for choice in entry.choices if turn.entry(choice) and choice not in shut)
    return tuple(open_)[:MAX_OPTIONS]


def footer(turn: Turn, entry: Entry) -> str:
    """What the merchant can reply to an answer, where the answer does not say it itself."""
    offered = choices(turn, entry)
    if entry.steps and offered:
        return turn.say("footer_steps_side", side=title(turn.bank.by_id[offered[0]]))
    if entry.steps:
        return turn.say("footer_steps_short" if _HUMAN in entry.after else "footer_steps")
    if offered:
        return turn.say("footer_choices")
    last = (entry.after or entry.answer).rstrip().rpartition("\n")[2]
    return "" if _SAYS_WHAT in last else turn.say("footer_plain")


_HUMAN = "「人工」"
_SAYS_WHAT = "「"
"""A guide quotes in these what the merchant may reply."""


def option_lines(turn: Turn, options: tuple[str, ...]) -> str:
    """Numbered lines in the merchant's words."""
    return numbered(tuple(label(turn, option) for option in options))


def label(turn: Turn, option: str) -> str:
    entry = turn.entry(option)
    return title(entry) if entry else turn.say("label_human")


def known(turn: Turn, options: tuple[str, ...]) -> tuple[str, ...]:
    """At most five options that can be chosen."""
    shut = facts.shut(turn.facts, turn.sayings)
    usable = (
        option
        for option in options
        if option == CONSULTANT or (turn.entry(option) and option not in shut)
    )
    return tuple(dict.fromkeys(usable))[:MAX_OPTIONS]


def numbered(items: tuple[str, ...]) -> str:
    return "\n".join(f"{number} {item}" for number, item in enumerate(items, start=1))


def fit(text: str, limit: int = LIMIT) -> str:
    """The text within the limit, cut after a whole sentence where there is one."""
    if len(text.encode()) <= limit:
        return text
    cut = text.encode()[:limit].decode(errors="ignore")
    end = max(cut.rfind(mark) for mark in _SENTENCE_ENDS)
    return cut[: end + 1].rstrip() if end > 0 else cut


def step_help(turn: Turn, entry: Entry, number: int) -> str:
    """The help that most people need at a step, where it is short enough to stand there."""
    known = entry.step_help[number - 1 : number]
    first = details.step_help(known[0]).first if known else ""
    return filled(turn, first) if len(first) <= details.SHORT else ""


_WHEN_STUCK = ("where", "error", "phone")


_YES = re.compile(r"^(?:可以|能)，")


def more_help(turn: Turn, entry: Entry, number: int) -> str:
    """What the guide knows for somebody who is stuck at a step."""
    known = entry.step_help[number - 1 : number]
    help_ = details.step_help(known[0] if known else "")
    first = help_.first if len(help_.first) > details.SHORT or not help_.aspects else ""
    more = (_YES.sub("", help_.about(aspect)) for aspect in _WHEN_STUCK)  # nobody asked 能吗
    return filled(turn, lines(first, *dict.fromkeys(more)))


def _choices(turn: Turn, entry: Entry) -> str:
    if entry.steps:
        return ""
    return option_lines(turn, choices(turn, entry))


def in_short(turn: Turn, entry: Entry) -> str:
    """The first sentence of an answer; a way of steps is only said to exist."""
    whole = filled(turn, entry.answer)
    first = first_sentence(whole)
    if len(first) < _SAYS_LITTLE:
        first += first_sentence(whole[len(first) :])
    if not entry.steps:
        return first
    return first.rstrip("：:，,") + ("" if first.endswith("。") else "。")


_SAYS_LITTLE = 8
"""可以。 says too little by itself."""


def first_sentence(text: str) -> str:
    """The first sentence of an answer; one that ends in a colon comes with its list."""
    kept: list[str] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        starts_item = line.startswith(_BULLET) or line[:1].isdecimal()
        if kept and not starts_item:
            break
        if not kept and not line.endswith(("：", ":")):
            end = _SENTENCE_END.search(line)
            return line[: end.end()] if end else line
        kept.append(line)
    return "\n".join(kept)


def plain(text: str) -> str:
    """A text without the ways it may be laid out, to tell whether it was said before."""
    return "".join(filter(str.isalnum, text))


def step(turn: Turn, entry: Entry, number: int, key: str = "step_place") -> str:
    """One step: where it stands in the way, and what to do."""
    place = turn.say(key, title=title(entry), step=number, steps=len(entry.steps))
    return lines(place, filled(turn, entry.steps[number - 1]))
