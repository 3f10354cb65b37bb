"""Acting on what was understood: answer, offer options, or say honestly that it is not known."""

import re
from dataclasses import replace
from functools import cache

from faq import language
from faq.bank import Entry
from handlers.dialogue import (
    answer_parts,
    commands,
    explaining,
    facts,
    guesses,
    handoff,
    inquiry,
    phone_numbers,
    render,
    situation,
    small_talk,
    waiting,
    walk,
)
from handlers.dialogue.memory import Numbers
from handlers.dialogue.turn import Outcome, Turn, blocks, lines

INQUIRY = "service-inquiry"
_OFFER_AT, _CALL_AT = 2, 3
_VARY_AT, _OFFER_AGAIN_AT = 2, 3


def act(talk: Turn) -> Outcome:
    """The draft for a message that is a question, understood or not."""
    found = talk.understanding
    entry = talk.entry(found.entry) if found.outcome == "answer" else None
    if entry:
        return _detail_of_topic(talk, entry) or answer(talk, _instead(talk, entry))
    if talk.waiting and not commands.is_question(talk.text):
        return waiting.note(talk)
    return on_topic(talk) or situation.told(talk) or _unanswered(talk)


def _unanswered(talk: Turn) -> Outcome:
    """The draft for a message that nothing known answers."""
    found = talk.understanding
    if found.neighbour:
        return _neighbour(talk, found.neighbour)
    if not commands.content(talk.text) and talk.memory.entry:
        return replace(missed(talk, "unclear"), thin=True)
    return replace(guesses.act(talk), thin=True)


def _detail_of_topic(talk: Turn, other: Entry) -> Outcome | None:
    """这几样要收费吗 about what was just answered is answered there, not with a form."""
    entry = talk.entry(talk.memory.entry)
    if entry is None or not talk.text:
        return None
    known = explaining.of_entry(talk, entry) if other.id == INQUIRY else ""
    known = known or explaining.outweighs(talk, entry)
    return _explained(talk, entry, known) if known else None


def _instead(talk: Turn, entry: Entry) -> Entry:
    """The entry that answers this for what is known of the merchant: no login, no refund yet."""
    if talk.memory.entry == entry.id or not talk.text:
        return entry
    return talk.entry(facts.instead(entry.id, talk.facts, talk.sayings)) or entry


def on_topic(talk: Turn) -> Outcome | None:
    """What the entry talked about says to a message that no other entry answers."""
    entry = talk.entry(talk.memory.entry)
    if entry is None:
        return None
    known = (
        explaining.of_entry(talk, entry)
        if talk.understanding.neighbour
        else explaining.of_topic(talk, entry)
    )
    return _explained(talk, entry, known) if known else None


def _explained(talk: Turn, entry: Entry, known: str) -> Outcome | None:
    """A part of an entry as the whole answer; None when it was just said."""
    if render.plain(known) in render.plain(talk.memory.said):
        return None
    memory = replace(
        talk.memory, entry=entry.id, helped=True, misses=0, question="", neighbour="", refused=()
    )
    footer = "" if "「人工」" in known else talk.say("footer_plain")
    text = blocks(known, walk.reminder(talk, None) or footer)
    return Outcome(waiting.with_tail(talk, text), memory, entry=entry.id)


def act_waiting(talk: Turn) -> Outcome:
    """A safe question is answered while waiting; what tells something is noted as well."""
    draft = act(talk)
    tells = not draft.add and not commands.is_question(talk.text)
    return waiting.noted(talk, draft) if tells else draft


def answer(talk: Turn, entry: Entry, *, keep_options: bool = False) -> Outcome:
    """An entry's answer, varied when it comes again, with the way back to an interrupted walk."""
    if entry.id == INQUIRY:
        return inquiry.start(talk)
    again = talk.memory.entry == entry.id
    if again and talk.text and (draft := _part_asked_for(talk, entry)):
        return draft
    if again and entry.steps and talk.text and (fitting := walk.fitting_step(talk, entry)):
        return replace(fitting, text=waiting.with_tail(talk, fitting.text))
    if at := facts.starts_at(entry.id, talk.facts, talk.sayings):
        return replace(walk.show(talk, entry, at, lead=talk.say("starts_at", step=at)))
    if again and entry.steps and talk.text and not talk.waiting:
        return _step_by_step(talk, entry)
    times = talk.memory.times + 1 if again else 1
    now_walk, paused, back = walk.begin(talk, entry)
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
    return Outcome(waiting.with_tail(talk, text), memory, entry=entry.id)


def _part_asked_for(talk: Turn, entry: Entry) -> Outcome | None:
    """Asked again: the detail or the sentence that this question is after."""
    known = explaining.of_topic(talk, entry)
    draft = _explained(talk, entry, known) if known else None
    return draft and replace(draft, memory=replace(draft.memory, times=talk.memory.times + 1))


def _step_by_step(talk: Turn, entry: Entry) -> Outcome:
    """Asked again without saying what: the way, one step at a time; the third time a person."""
    here = talk.memory.walk
    at = here.step if here and here.entry == entry.id and here.step else 1
    times = talk.memory.times + 1
    draft = walk.show(talk, entry, at, lead=talk.say("repeat_steps"))
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
    part = part if _is_mine(talk, part) else ""
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


def offer(talk: Turn, options: tuple[str, ...]) -> Outcome:
    """At most five lines to choose from. The same ones again: nothing new was understood."""
    if options == talk.memory.unsure and not talk.waiting:
        return missed(talk, "options_again")
    text = blocks(
        talk.say("options_intro"), render.option_lines(talk, options), talk.say("options_footer")
    )
    memory = replace(
        talk.memory, options=options, unsure=options, numbers="options", question="", neighbour=""
    )
    return Outcome(waiting.with_tail(talk, text), memory)


def missed(talk: Turn, key: str) -> Outcome:
    """Not understood: honest the first time, a person offered the second, called the third."""
    if talk.waiting:
        return waiting.note(talk)
    misses = talk.memory.misses + 1
    missing = replace(talk, memory=replace(talk.memory, misses=misses, neighbour=""))
    if misses >= _CALL_AT:
        return handoff.call(missing, "not_understood", talk.say("missed_call"))
    if misses >= _OFFER_AT:
        return handoff.offer(missing, talk.say("missed_offer"))
    back = walk.reminder(talk, None)
    return Outcome(blocks(talk.say(f"missed_{key}"), back), replace(missing.memory, question=""))


def unsolved(talk: Turn) -> Outcome:
    """没解决 after an answer counts like a miss."""
    if talk.waiting:
        return waiting.note(talk)
    misses = talk.memory.misses + 1
    trying = replace(talk, memory=replace(talk.memory, misses=misses, numbers="", options=()))
    if misses >= _CALL_AT:
        return handoff.call(trying, "unsolved", talk.say("unsolved_call"))
    if misses >= _OFFER_AT:
        return handoff.offer(trying, talk.say("unsolved_second"))
    return Outcome(talk.say("unsolved_first"), replace(trying.memory, question="human"))


def all_well(talk: Turn) -> Outcome | None:
    """解决了, once something was answered."""
    return small_talk.solved(talk)


def unsolved_here(talk: Turn) -> Outcome | None:
    """没用, 卡住了 after an answer; without one, where that is."""
    if talk.memory.entry:
        return unsolved(talk)
    return Outcome(talk.say("stuck_where"), talk.memory) if _knows_nothing(talk) else None


def _knows_nothing(talk: Turn) -> bool:
    """Whether the bank has no word on the message either."""
    found = talk.understanding
    return found.outcome in ("none", "social") and not found.neighbour and not talk.waiting


def nothing_open(talk: Turn) -> Outcome | None:
    """弄好了 with no walk: told what to do next, or that all is well."""
    if talk.memory.helped:
        return small_talk.solved(talk)
    return Outcome(talk.say("done_what"), talk.memory) if _knows_nothing(talk) else None


def once_more(talk: Turn) -> Outcome | None:
    """不懂 outside a walk: the answer again in another way."""
    entry = talk.entry(talk.memory.entry)
    return answer(talk, entry) if entry else None


def price(talk: Turn) -> Outcome | None:
    """能便宜点吗 with no inquiry open: what a price depends on, and the way to one."""
    return Outcome(talk.say("price_depends"), talk.memory)


def price_asked(talk: Turn) -> Outcome | None:
    """服务费怎么算, where the bank is not sure itself: the inquiry."""
    sure = talk.meant.score >= _PRICE and not talk.understanding.neighbour
    return inquiry.start(talk) if sure and talk.entry(INQUIRY) else None


_PRICE = 0.75


def follow_up(talk: Turn) -> Outcome | None:
    """我是公司的 after 退到哪张卡: a branch of the answer that was just given."""
    found = talk.understanding
    if found.outcome == "answer" and found.entry != talk.memory.entry and found.score >= _CERTAIN:
        return None  # 手机号停了 after 登不上 has an entry of its own
    entry = talk.entry(talk.memory.entry)
    part = answer_parts.part(entry, talk.text, talk.sayings.branches) if entry else ""
    return answer(talk, entry) if entry and part and _is_mine(talk, part) else None


_CERTAIN = 0.9


def _is_mine(talk: Turn, part: str) -> bool:
    """Whether a part of an answer is for this merchant: 企业 hears nothing of a personal card."""
    return not facts.excluded(part, talk.facts, talk.sayings) or bool(_SUPPOSES.search(talk.text))


_SUPPOSES = re.compile(r"要是|如果|假如|万一|换成")


def same_for_us(talk: Turn) -> Outcome | None:
    """那抖店的呢 after a question about another platform: the same question, about ours."""
    ours, before = _AND_OURS.search(talk.meant.clause), talk.memory.thought.text
    if not talk.memory.neighbour or not before or ours is None:
        return None
    other = next((name for name in _platforms() if name in before), "")
    found = talk.understand(before.replace(other, ours.group(1))) if other else None
    entry = talk.entry(found.entry) if found and found.outcome == "answer" else None
    return answer(talk, entry) if entry else None


_AND_OURS = re.compile(
    r"^那?([\u4e00-\u9fff]{2,6}?)(?:的|这边|上面|店)?(?:呢|怎么[弄办退]|咋[弄办退])$"
)


@cache
def _platforms() -> tuple[str, ...]:
    """The names of other platforms, long ones first."""
    return tuple(sorted(language.words("platforms", "names"), key=len, reverse=True))


def aside(talk: Turn) -> Outcome:
    """A question while the inquiry is open: its answer, then what the inquiry still lacks."""
    entry = talk.entry(talk.understanding.entry)
    if entry is None or entry.id == INQUIRY:
        return inquiry.ask_again(talk)
    text = blocks(render.body(talk, entry), inquiry.reminder(talk))
    return Outcome(text, replace(talk.memory, helped=True), entry=entry.id)


def stray_phone(talk: Turn) -> Outcome | None:
    """A phone number that nobody asked for."""
    if (
        len(commands.content(talk.text)) > _MOSTLY_NUMBER
        or not phone_numbers.find(talk.text).number
    ):
        return None
    return Outcome(talk.say("phone_seen"), talk.memory)


_MOSTLY_NUMBER = 18


def _with_human(talk: Turn, reply: str) -> str:
    """The way to a person, where the guide's reply does not say it."""
    return reply if "「人工」" in reply else lines(reply, talk.say("neighbour_footer"))


def _neighbour(talk: Turn, neighbour_id: str) -> Outcome:
    """An honest reply about a subject that the firm does not cover; it is no miss."""
    reply = next((n.reply for n in talk.bank.neighbours if n.id == neighbour_id), "")
    again = talk.memory.neighbour == neighbour_id
    text = talk.say("neighbour_again") if again or not reply else _with_human(talk, reply)
    memory = replace(talk.memory, neighbour=neighbour_id, options=(), numbers="", question="")
    return Outcome(waiting.with_tail(talk, blocks(text, walk.reminder(talk, None))), memory)


def worked_well(talk: Turn) -> Outcome | None:
    """Yes to 办成了吗 at the end of a walk."""
    return small_talk.solved(talk)


def worked_badly(talk: Turn) -> Outcome | None:
    """No to it."""
    memory = replace(talk.memory, numbers="", misses=max(talk.memory.misses, 1))
    return unsolved(replace(talk, memory=memory))


def worked_number(talk: Turn) -> Outcome | None:
    """1 and 2 as an answer to it."""
    answers = {1: worked_well, 2: worked_badly}
    rule = answers.get(talk.meant.number or 0)
    return rule(talk) if rule else None
