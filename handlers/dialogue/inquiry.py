"""The inquiry (询价): what the firm asks for, in any order, in one message or several.

It may be corrected, left for a question and taken up again, or called off. Its end is a case with
the filled form. While a case is open already, the form goes into that one.
"""

from dataclasses import replace

from faq.bank import CONTACT, PROBLEM
from handlers.dialogue import commands, form_fields, handoff, phone_numbers
from handlers.dialogue.inquiry_fields import MAX_FIELD, MAX_NAME
from handlers.dialogue.memory import Form
from handlers.dialogue.turn import Outcome, Turn, blocks, lines
from handlers.dialogue.types import OpenCase

ENTRY = "service-inquiry"


def start(talk: Turn) -> Outcome:
    """Open the form with what the message, or the form left open, already tells."""
    form = form_fields.read(talk, talk.memory.form or Form())
    entry = talk.entry(ENTRY)
    intro = entry.answer if entry and not form.values else ""
    return _go_on(talk, form, intro, entry_id=ENTRY if entry else None)


def fill(talk: Turn) -> Outcome | None:
    """A message that fills the form, or mends what it holds; None for talk and questions."""
    form = talk.memory.form
    if form is None:
        return None
    if form.doubt:
        return _doubted(talk, form)
    read = form_fields.read(talk, form)
    if read != form:
        return _go_on(talk, read, changed=_changed(form, read))
    found = phone_numbers.find(talk.text)
    if found.problem and form.asking == CONTACT:
        return Outcome(talk.say(f"phone_{found.problem}", said=found.said), talk.memory)
    return None


def plain(talk: Turn) -> Outcome | None:
    """What no move claims is the answer to the field that was asked for."""
    form = talk.memory.form
    if form is None:
        return None
    if _is_question(talk, form):
        return None
    if not is_value(talk) and (answered := talks(talk)):
        return answered
    return _take_plain(talk, form) if talk.heard.clauses else ask_again(talk)


def drop(talk: Turn) -> Outcome | None:
    """算了 and 不问价了."""
    text = talk.say("form_cancelled_waiting" if talk.waiting else "form_cancelled")
    return Outcome(text, replace(talk.memory, form=None, question=""))


def is_value(talk: Turn) -> bool:
    """Whether a message is what the form asks for, whatever move it may sound like.

    The problem is told in the words of being stuck; others look like what the firm says.
    """
    form = talk.memory.form
    if form is None or form.doubt:
        return False
    if form.asking == PROBLEM:
        return talk.meant.move in _TELLS_A_PROBLEM
    if form.asking == CONTACT:
        return form_fields.means_here(talk.text)
    field = talk.inquiry.by_name.get(form.asking)
    return bool(field and form_fields.looks_like(field, talk.text))


_TELLS_A_PROBLEM = frozenset(
    ("stuck", "page_differs", "not_solved", "done", "correct", "no", "alarm", "question")
)


def talks(talk: Turn) -> Outcome | None:
    """Haggling, doubt, a greeting: an answer in kind, then what the form still lacks."""
    likely = {move: talk.heard.share(move) for move in _TALK}
    move = talk.meant.move if talk.meant.move in _TALK else max(likely, key=lambda one: likely[one])
    if likely[move] < _SURE_TALK:
        return None
    return Outcome(lines(talk.say(_TALK[move]), reminder(talk)), talk.memory)


_SURE_TALK = 0.4
_TALK = {
    "haggle": "form_haggle",
    "ask_price": "form_haggle",
    "doubt": "form_trust",
    "wait": "form_wait",
    "thanks": "form_thanks",
    "greeting": "form_here",
    "is_bot": "machine",
    "frustrated": "form_sorry",
}


def no_person(talk: Turn) -> Outcome | None:
    """不用人工 就在这填: nobody is called, and the form goes on; 算了不用人工了 drops it."""
    if talk.does("cancel") or "算" in talk.text:
        return drop(talk)
    return Outcome(lines(talk.say("no_person"), reminder(talk)), talk.memory)


def left(talk: Turn) -> Outcome | None:
    """拜拜 with the form half full."""
    missing = _missing(talk, talk.memory.form or Form())
    return Outcome(talk.say("form_goodbye", missing=missing), talk.memory)


def back(talk: Turn) -> Outcome | None:
    """上一个: the field given last is asked for again."""
    form = talk.memory.form
    last = form_fields.given_last(talk, form) if form else ""
    if form is None or not last:
        return ask_again(talk)
    again = replace(form.having({last: ""}), asking=last, doubt="")
    return Outcome(ask(talk, again), replace(talk.memory, form=again))


def _take_plain(talk: Turn, form: Form) -> Outcome:
    """The message is the answer to the field that was asked for."""
    text = talk.text.strip()[:MAX_FIELD]
    if form.asking == CONTACT:
        if form_fields.means_here(text):
            return _go_on(talk, form.having({CONTACT: talk.say("contact_here")}))
        if len(commands.content(text)) > 1 and not commands.is_question(text):
            problem = f"{form.told(PROBLEM)}\uff0c{text}"[:MAX_FIELD]
            added = replace(talk.memory, form=form.having({PROBLEM: problem}))
            return Outcome(lines(talk.say("form_added"), talk.say("form_contact_again")), added)
        return Outcome(talk.say("form_contact_again"), talk.memory)
    called = talk.inquiry.caller
    if called and form.asking == called.name:
        if commands.is_question(text) or len(text) > MAX_NAME:
            doubtful = replace(form, doubt=text[:MAX_NAME])
            asked = talk.say("form_name_doubt", value=doubtful.doubt, field=_missing(talk, form))
            return Outcome(asked, replace(talk.memory, form=doubtful))
        if len(text) > form_fields.MAX_NAME_PART and not form.told(PROBLEM):
            return _go_on(talk, form.having({PROBLEM: text}))
    return _go_on(talk, form.having({form.asking: text}))


def _doubted(talk: Turn, form: Form) -> Outcome | None:
    cleared = replace(form, doubt="")
    if talk.meant.move in ("yes", "ack"):
        return _go_on(talk, cleared.having({form.asking: form.doubt}))
    if answered := talks(talk):
        return answered
    without = replace(talk, memory=replace(talk.memory, form=cleared))
    if talk.meant.move in ("no", "none_of_these"):
        return Outcome(ask(talk, cleared), without.memory)
    return fill(without) or plain(without)


def _is_question(talk: Turn, form: Form) -> bool:
    """A question in between, which gets its answer; the problem itself may well sound like one."""
    found = talk.understanding
    asks = any(commands.is_question(one.text) for one in talk.heard.clauses)
    if found.outcome != "answer" or not (asks or talk.heard.said.asks):
        return False
    entry = talk.entry(found.entry)
    if entry is None or entry.id == ENTRY:
        return False
    return form.asking != PROBLEM or entry.guide == "service" or entry.id.startswith("service-")


def _go_on(
    talk: Turn, form: Form, intro: str = "", *, entry_id: str | None = None, changed: str = ""
) -> Outcome:
    """Ask for the next missing field, or finish."""
    missing = [name for name in talk.inquiry.names if not form.told(name)]
    if not missing:
        return _finish(talk, form)
    form = replace(form, asking=missing[0], doubt="")
    memory = replace(talk.memory, form=form, options=(), numbers="", question="", misses=0)
    if entry_id:
        memory = replace(memory, entry=entry_id)
    question = ask(talk, form)
    text = blocks(intro, question) if intro else lines(_noted(talk, form, changed), question)
    return Outcome(text, memory, entry=entry_id)


def _changed(before: Form, after: Form) -> str:
    """The value that took the place of another one, "" when there is none."""
    old, new = before.values, after.values
    return next((new[name] for name in old if name in new and new[name] != old[name]), "")


def ask(talk: Turn, form: Form) -> str:
    """The question for the field that is missing."""
    return talk.say(f"form_ask_{form.asking or talk.inquiry.names[0]}")


def _missing(talk: Turn, form: Form) -> str:
    """What the field that is asked for is called."""
    return talk.say(f"field_{form.asking or talk.inquiry.names[0]}")


def ask_again(talk: Turn) -> Outcome:
    """The missing field once more; asked what to send, all three."""
    form = talk.memory.form or Form()
    if talk.meant.move in ("again", "which_step", "step_n"):
        names = "、".join(talk.say(f"field_{name}") for name in talk.inquiry.names)
        needs = talk.say("form_needs", fields=names, missing=_missing(talk, form))
        return Outcome(lines(needs, ask(talk, form)), talk.memory)
    return Outcome(
        lines(talk.say("form_still"), ask(talk, talk.memory.form or Form())), talk.memory
    )


def reminder(talk: Turn) -> str:
    """After a question in between: what the inquiry still lacks."""
    form = talk.memory.form
    return talk.say("form_reminder", missing=_missing(talk, form)) if form else ""


def _noted(talk: Turn, form: Form, changed: str) -> str:
    if changed:
        return talk.say("form_changed", value=changed)
    noted = "、".join(talk.say(f"field_{name}") for name in talk.inquiry.ordered(form.values))
    return talk.say("form_noted", noted=noted) if noted else ""


def _finish(talk: Turn, form: Form) -> Outcome:
    told = talk.inquiry.ordered(form.values)
    called = talk.inquiry.called(told)
    # An owner's copy may say {shop} from when every firm asked for one.
    filled = {"shop": called, **told}
    lead = talk.say("form_done", fields=talk.inquiry.in_lines(told), **filled)
    if talk.waiting:
        memory = replace(talk.memory, form=None, question="")
        return Outcome(blocks(lead, handoff.position_line(talk)), memory, end="queued", add=told)
    memory = replace(handoff.after_call(talk), question="", helped=True)
    summary = handoff.summary(talk)
    case = OpenCase(reason="inquiry", summary=summary, form=told, called=called)
    return Outcome(
        blocks(lead, handoff.receipt(talk, after_inquiry=True)), memory, end="queued", case=case
    )
