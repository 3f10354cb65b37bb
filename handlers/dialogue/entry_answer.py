"""Answering with an entry: the whole of it once, then the part that is asked for."""

import re
from dataclasses import replace

from faq.bank import Entry
from handlers.dialogue import (
    answer_parts,
    explaining,
    facts,
    handoff,
    inquiry,
    position,
    render,
    steps,
)
from handlers.dialogue.memory import Numbers
from handlers.dialogue.turn import CONSULTANT, Outcome, Turn, blocks, lines, with_tail

_VARY_AT, _OFFER_AGAIN_AT = 2, 3


def answer(talk: Turn, entry: Entry, *, keep_options: bool = False) -> Outcome:
    """An entry's answer, varied when it comes again, with the way back to an interrupted walk."""
    if entry.id == inquiry.ENTRY:
        return inquiry.start(talk)
    again = talk.memory.entry == entry.id
    if again and talk.text and (draft := _part_asked_for(talk, entry)):
        return draft
    if again and entry.steps and talk.text and (fitting := steps.fitting_step(talk, entry)):
        return replace(fitting, text=with_tail(talk, fitting.text))
    if at := facts.starts_at(entry.id, talk.facts, talk.sayings):
        return replace(steps.show(talk, entry, at, lead=talk.say("starts_at", step=at)))
    if again and entry.steps and talk.text and not talk.waiting:
        return _step_by_step(talk, entry)
    times = talk.memory.times + 1 if again else 1
    now_walk, paused, back = position.begin(talk, entry)
    text = _worded(talk, entry, times)
    lead = explaining.of_entry(talk, entry) if times == 1 and talk.text else ""
    whole = bool(entry.steps or entry.choices) or not lead
    if lead:
        text = blocks(lead, text) if whole else lines(lead, talk.say("second_rest"))
    text = lines(text, back) if talk.waiting or not back else blocks(text, back)
    options, numbers = _lists(talk, entry, keep_options=keep_options)
    memory = replace(
        talk.memory,
        walk=now_walk,
        paused=paused,
        options=options,
        numbers=numbers,
        question="human" if times >= _OFFER_AGAIN_AT and not talk.waiting else "",
        entry=entry.id,
        times=times,
        helped=True,
        misses=0 if times == 1 else talk.memory.misses,
        unsure=(),
        refused=(),
        neighbour="",
        rest="" if whole else entry.id,
    )
    return Outcome(with_tail(talk, text), memory, entry=entry.id)


def _part_asked_for(talk: Turn, entry: Entry) -> Outcome | None:
    """Asked again: the detail or the sentence that this question is after."""
    known = explaining.of_topic(talk, entry)
    draft = explained(talk, entry, known) if known else None
    return draft and replace(draft, memory=replace(draft.memory, times=talk.memory.times + 1))


def _step_by_step(talk: Turn, entry: Entry) -> Outcome:
    """Asked again without saying what: the way, one step at a time; the third time a person."""
    here = talk.memory.walk
    at = here.step if here and here.entry == entry.id and here.step else 1
    times = talk.memory.times + 1
    draft = steps.show(talk, entry, at, lead=talk.say("repeat_steps"))
    memory = replace(draft.memory, times=times)
    if times < _OFFER_AGAIN_AT:
        return replace(draft, memory=memory)
    text = blocks(draft.text, talk.say("repeat_offer"))
    return replace(draft, text=text, memory=replace(memory, question="human"))


def _worded(talk: Turn, entry: Entry, times: int) -> str:
    """First the whole answer; then the part that was asked for; a third time, a person too."""
    if times < _VARY_AT:
        return render.answer(talk, entry)
    part = answer_parts.part(entry, talk.text, talk.sayings.branches)
    part = part or answer_parts.sentence(entry, talk.text)
    part = part if is_mine(talk, part) else ""
    if part:
        body = part if "「" in part else blocks(part, talk.say("footer_plain"))
    else:
        listed = render.option_lines(talk, render.choices(talk, entry))
        short = render.in_short(talk, entry)
        body = blocks(talk.say("repeat_short", text=short), listed)
    if times >= _OFFER_AGAIN_AT and not talk.waiting:
        return blocks(body, talk.say("repeat_offer"))
    return body if part else blocks(body, talk.say("repeat_footer"))


def _lists(talk: Turn, entry: Entry, *, keep_options: bool) -> tuple[tuple[str, ...], Numbers]:
    """The options open after this answer, and what a bare number means then.

    A list chosen from stays open for its words.
    """
    if offered := render.choices(talk, entry):
        return offered, "options"
    kept = talk.memory.options if keep_options else ()
    if entry.steps:
        return kept, "steps"
    return kept, talk.memory.numbers if keep_options else ""


def take(talk: Turn, option: str) -> Outcome:
    """What an option leads to."""
    if option == CONSULTANT:
        return handoff.call(talk, "asked")
    return answer(talk, talk.bank.by_id[option], keep_options=True)


def rest(talk: Turn) -> Outcome | None:
    """其余: what was left out of the second answer."""
    entry = talk.entry(talk.memory.rest)
    if entry is None:
        return None
    fresh = replace(talk.memory, rest="", entry="", times=0)
    return answer(replace(talk, memory=fresh, text=""), entry)


def explained(talk: Turn, entry: Entry, known: str) -> Outcome | None:
    """A part of an entry as the whole answer; None when it was just said."""
    if render.plain(known) in render.plain(talk.memory.said):
        return None
    memory = replace(
        talk.memory, entry=entry.id, helped=True, misses=0, question="", neighbour="", refused=()
    )
    footer = "" if "「人工」" in known else talk.say("footer_plain")
    text = blocks(known, position.reminder(talk, None) or footer)
    return Outcome(with_tail(talk, text), memory, entry=entry.id)


def is_mine(talk: Turn, part: str) -> bool:
    """Whether a part of an answer is for this merchant: 企业 hears nothing of a personal card."""
    return not facts.excluded(part, talk.facts, talk.sayings) or bool(_SUPPOSES.search(talk.text))


_SUPPOSES = re.compile(r"要是|如果|假如|万一|换成")
