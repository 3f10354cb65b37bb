"""Questions, and what follows an answer: told more, solved or not, asked again, about a price."""

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
    inquiry,
    phone_numbers,
    position,
    render,
    small_talk,
)
from handlers.dialogue.entry_answer import answer, explained, is_mine
from handlers.dialogue.misses import missed, unsolved
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, with_tail


def known(talk: Turn) -> Outcome | None:
    """What the bank surely answers."""
    found = talk.understanding
    entry = talk.entry(found.entry) if found.outcome == "answer" else None
    if entry is None:
        return None
    return _detail_of_topic(talk, entry) or answer(talk, _instead(talk, entry))


def _detail_of_topic(talk: Turn, other: Entry) -> Outcome | None:
    """这几样要收费吗 about what was just answered is answered there, not with a form."""
    entry = talk.entry(talk.memory.entry)
    if entry is None or not talk.text:
        return None
    known = explaining.of_entry(talk, entry) if other.id == inquiry.ENTRY else ""
    known = known or explaining.outweighs(talk, entry)
    return explained(talk, entry, known) if known else None


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
    return explained(talk, entry, known) if known else None


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
    return inquiry.start(talk) if sure and talk.entry(inquiry.ENTRY) else None


_PRICE = 0.75


def follow_up(talk: Turn) -> Outcome | None:
    """我是公司的 after 退到哪张卡: a branch of the answer that was just given."""
    found = talk.understanding
    if found.outcome == "answer" and found.entry != talk.memory.entry and found.score >= _CERTAIN:
        return None  # 手机号停了 after 登不上 has an entry of its own
    entry = talk.entry(talk.memory.entry)
    part = answer_parts.part(entry, talk.text, talk.sayings.branches) if entry else ""
    return answer(talk, entry) if entry and part and is_mine(talk, part) else None


_CERTAIN = 0.9


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
    if entry is None or entry.id == inquiry.ENTRY:
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


def outside(talk: Turn) -> Outcome | None:
    """An honest reply about a subject that the firm does not cover; it is no miss."""
    neighbour_id = talk.understanding.neighbour
    if not neighbour_id:
        return None
    reply = next((n.reply for n in talk.bank.neighbours if n.id == neighbour_id), "")
    again = talk.memory.neighbour == neighbour_id
    text = talk.say("neighbour_again") if again or not reply else _with_human(talk, reply)
    memory = replace(talk.memory, neighbour=neighbour_id, options=(), numbers="", question="")
    return Outcome(with_tail(talk, blocks(text, position.reminder(talk, None))), memory)


def wordless(talk: Turn) -> Outcome | None:
    """Nothing but punctuation after an answer: what is not clear about it?"""
    if commands.content(talk.text) or not talk.memory.entry:
        return None
    return replace(missed(talk, "unclear"), thin=True)


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
