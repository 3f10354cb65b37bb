"""A merchant waits for a consultant: honest about the place, useful meanwhile."""

import re
from dataclasses import replace

from handlers.dialogue import commands, form_fields, handoff, phone_numbers, position
from handlers.dialogue.memory import Memory
from handlers.dialogue.turn import Outcome, Turn, blocks
from handlers.dialogue.types import CancelCase

_LONG_MINUTES = 20
"""Without an estimate, a wait past this is long; with one, what is past its end."""

_MAX_NOTES = 10
_MAX_NOTE = 300


def cancel(talk: Turn) -> Outcome | None:
    """算了, 不用人工了, 弄好了: the case is called off and the bot is back."""
    solved = talk.does("solved", "done")
    key = "cancelled_solved" if solved else "cancelled"
    back = position.reminder(talk, None)
    return Outcome(blocks(talk.say(key), back), called_off(talk.memory), case=CancelCase())


def called_off(memory: Memory) -> Memory:
    """Nothing of the case is left once it is called off."""
    return replace(
        memory,
        question="",
        options=(),
        numbers="",
        misses=0,
        urged=0,
        notes=(),
        pictures=0,
        materials=(),
        form=None,
    )


def place(talk: Turn) -> Outcome | None:
    """Asking again, in any wording, asks for the place in the queue, never for a second case."""
    urged = talk.memory.urged + 1
    memory = replace(talk.memory, urged=urged)
    long = _waits_long(talk)
    lead = talk.say("waited_long", minutes=_waited(talk)) if long else ""
    asks = long and not memory.contact
    if asks:
        memory = replace(memory, question="contact")
    tail = talk.say("receipt_contact" if asks else "position_footer")
    text = blocks(lead, handoff.position_line(talk, estimate=not long), tail)
    return Outcome(text, memory, end="queued", add={"urged": str(urged)})


def asked_place(talk: Turn) -> Outcome | None:
    """What asks for our people or for the quote, in the words that the examples may miss."""
    if _ASKS_FOR_PEOPLE.search(talk.text) or talk.understanding.outcome == "human":
        return place(talk)
    about_price = "价" in talk.text or "费" in talk.text
    if about_price and _ASKS_WHEN.search(talk.text):
        return place(talk)
    return None


_ASKS_WHEN = re.compile(r"啥时|什么时候|多久|几时|何时|快点|急|等|报|给")
_WHEN = r"(?:什么时候|啥时候|啥时|多久|几时|几点|还要|还得)"
_WHO = r"(?:顾问|客服|人工|老师|专员|你们的?人)"
_ASKS_FOR_PEOPLE = re.compile(
    rf"^.{{0,6}}{_WHO}.{{0,6}}(?:{_WHEN}|来|回我|在吗|在不在|呢|没)"
    rf"|{_WHEN}.{{0,8}}(?:{_WHO}|有人|来人|接入|轮到|到我|排到|理我|回我|回复我|联系我)"
    r"|排.{0,4}(?:几|多久|到)|前面.{0,6}(?:几|多少)"
)


def not_needed(talk: Turn) -> Outcome | None:
    """不用了 calls it off; 还没 does not."""
    return cancel(talk) if _NEEDLESS.search(talk.meant.clause) else nod(talk)


_NEEDLESS = re.compile(r"不用|不要|不需要|别[转叫找]|算")


def nod(talk: Turn) -> Outcome | None:
    """要, 好 or 是 while waiting: nothing to note down."""
    return Outcome(talk.say("waiting_ack"), talk.memory, end="queued")


def _waited(talk: Turn) -> int:
    since = talk.scene.waiting_since
    return int((talk.scene.now - since).total_seconds() // 60) if since else 0


def _waits_long(talk: Turn) -> bool:
    span = talk.scene.desk.wait_minutes
    limit = span[1] if span else _LONG_MINUTES
    return not handoff.is_closed(talk) and _waited(talk) >= limit


def contact(talk: Turn) -> Outcome | None:
    """A phone number while waiting is a way to reach the merchant."""
    found = phone_numbers.find(talk.text)
    if found.number:
        memory = replace(talk.memory, question="", contact=True)
        text = talk.say("contact_kept", contact=found.number)
        named, _ = form_fields.named_fields(talk, talk.text)
        return Outcome(text, memory, end="queued", add=named)
    if talk.memory.question == "contact" and found.problem:
        return Outcome(
            talk.say(f"phone_{found.problem}", said=found.said), talk.memory, end="queued"
        )
    return None


def note(talk: Turn) -> Outcome:
    """What is no question goes to the consultant."""
    return noted(talk, Outcome(talk.say("note_kept"), talk.memory, end="queued"))


def told(talk: Turn) -> Outcome | None:
    """What asks nothing, and is no answer of the bank's, is noted."""
    return note(talk) if talk.waiting and not commands.is_question(talk.text) else None


def answered(talk: Turn, draft: Outcome) -> Outcome:
    """A safe question is answered while waiting; what tells something is noted as well."""
    tells = not draft.add and not commands.is_question(talk.text)
    return noted(talk, draft) if tells else draft


def noted(talk: Turn, draft: Outcome) -> Outcome:
    """The draft, with the message among the case's notes."""
    notes = (*talk.memory.notes, talk.text[:_MAX_NOTE])[-_MAX_NOTES:]
    memory = replace(draft.memory, notes=notes)
    named, _ = form_fields.named_fields(talk, talk.text)
    return replace(draft, memory=memory, add=named | {"notes": "\n".join(notes)})
