"""Calling a consultant: the offer, the case and its honest receipt."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from faq.understanding import Alarm
from handlers.china_time import local
from handlers.dialogue.memory import Form, Memory
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, title
from handlers.dialogue.types import CaseReason, OpenCase

_WEEKDAYS = "一二三四五六日"
_DAYS = {0: "今天", 1: "明天", 2: "后天"}


def asked(talk: Turn) -> Outcome | None:
    """The merchant wants a person, or must have one."""
    found = talk.understanding
    if found.outcome == "human":
        return call(talk, "asked")
    if found.outcome == "escalate":
        return alarm(talk, found.alarm or "complaint")
    return None


def alarm(talk: Turn, kind: Alarm) -> Outcome:
    """Anger, law, loss, grief, distress: a calm word that fits, and a person at once."""
    calm = replace(talk, memory=replace(talk.memory, calm=True, alarm=kind))
    again = talk.waiting and talk.memory.alarm and kind in (talk.memory.alarm, "complaint")
    lead = talk.say("alarm_again" if again else f"alarm_{kind}")
    form = {"alarm": talk.say(f"label_{kind}")}
    if talk.waiting:
        return Outcome(blocks(lead, position_line(talk)), calm.memory, end="queued", add=form)
    return call(calm, kind, lead, form)


def offer(talk: Turn, lead: str) -> Outcome:
    """Ask whether a person should look."""
    memory = replace(talk.memory, question="human", numbers="", options=())
    return Outcome(blocks(lead, talk.say("offer_human")), memory)


def accept(talk: Turn) -> Outcome | None:
    """要, 好, 转吧 after the offer."""
    return call(talk, "unsolved" if talk.memory.helped else "not_understood")


def decline(talk: Turn) -> Outcome | None:
    """不用 after the offer."""
    memory = replace(talk.memory, question="", misses=0)
    return Outcome(talk.say("offer_declined"), memory)


def person(talk: Turn) -> Outcome | None:
    """A wish for a person that a clause of the message holds."""
    return call(talk, "asked")


def upset(talk: Turn) -> Outcome | None:
    """烦死了: taken seriously, and a person offered; the second time, one is called."""
    annoyed = talk.memory.upset + 1
    known = replace(talk, memory=replace(talk.memory, upset=annoyed, calm=True))
    if talk.waiting:
        text = blocks(talk.say("upset_waiting"), position_line(talk))
        return Outcome(text, known.memory, end="queued")
    if annoyed > 1:
        return alarm(known, "complaint")
    memory = replace(known.memory, question="human", numbers="", options=())
    return Outcome(blocks(talk.say("upset"), talk.say("offer_human")), memory)


def insulted(talk: Turn) -> Outcome | None:
    """An insult or a threat."""
    return alarm(talk, "complaint")


def call(
    talk: Turn, reason: CaseReason, lead: str = "", form: Mapping[str, str] | None = None
) -> Outcome:
    """Open the case; when one is open already, say where the merchant stands in the queue."""
    if talk.waiting:
        return Outcome(blocks(lead, position_line(talk)), talk.memory, end="queued")
    told = talk.inquiry.ordered((talk.memory.form or Form()).values)
    filled = dict(form or {}) | told
    called = talk.inquiry.called(told)
    case = OpenCase(reason=reason, summary=summary(talk), form=filled, called=called)
    return Outcome(blocks(lead, receipt(talk)), after_call(talk), end="queued", case=case)


def after_call(talk: Turn) -> Memory:
    """Nothing asked before the handoff is still open after it; the walk is."""
    return replace(
        talk.memory,
        options=(),
        numbers="",
        question="contact" if is_closed(talk) else "",
        form=None,
        misses=0,
        times=0,
        entry="",
        unsure=(),
        alarm=talk.memory.alarm if talk.memory.calm else "",
        urged=0,
        contact=bool(talk.memory.form and talk.memory.form.told("contact")),
        notes=(),
        pictures=0,
        materials=(),
    )


def summary(talk: Turn) -> str:
    """One line for the consultant: what it was about and where the walk stands."""
    entry = talk.entry(talk.memory.entry)
    walk = talk.memory.walk
    walked = talk.entry(walk.entry) if walk else None
    wants = talk.say("summary_wants", title=title(entry)) if entry else ""
    at = ""
    if walk and walked and walk.step:
        at = talk.say("summary_walk", title=title(walked), step=walk.step, steps=len(walked.steps))
    return "；".join(part for part in (wants, at) if part)


def is_closed(talk: Turn) -> bool:
    return not talk.scene.desk.open_now or talk.scene.desk.on_duty == 0


def receipt(talk: Turn, *, after_inquiry: bool = False) -> str:
    """Place, hours and what to prepare; nobody on duty has its own words."""
    if is_closed(talk):
        contact = "" if after_inquiry else talk.say("receipt_contact")
        body = lines(_closed_line(talk), contact, talk.say("receipt_safe"))
    else:
        prepare = "receipt_prepare_inquiry" if after_inquiry else "receipt_prepare"
        place = talk.say("receipt_open", place=_place(talk), wait=_wait(talk), hours=_hours(talk))
        body = lines(place, talk.say(prepare), talk.say("receipt_safe"))
    if talk.memory.alarm == "distress":
        body = lines(talk.say("receipt_distress"), _closed_line(talk) if is_closed(talk) else "")
    return lines(body, passive_line(talk))


def passive_line(talk: Turn) -> str:
    """A passive account cannot write first: the merchant must know how to fetch the answer."""
    return talk.say("receipt_passive") if talk.scene.account == "passive" else ""


def position_line(talk: Turn, *, estimate: bool = True) -> str:
    """Where the merchant stands now, for one who waits."""
    if is_closed(talk):
        return lines(_closed_position(talk), passive_line(talk))
    wait = _wait(talk) if estimate else ""
    return lines(talk.say("position_open", place=_place(talk), wait=wait), passive_line(talk))


def _closed_line(talk: Turn) -> str:
    desk = talk.scene.desk
    if desk.opens_at:
        return talk.say(
            "receipt_closed", opens=moment(desk.opens_at, talk.scene.now), hours=_hours(talk)
        )
    return talk.say("receipt_nobody", hours=_hours(talk))


def _closed_position(talk: Turn) -> str:
    desk = talk.scene.desk
    if desk.opens_at:
        return talk.say(
            "position_closed", opens=moment(desk.opens_at, talk.scene.now), place=_place(talk)
        )
    return talk.say("position_nobody", place=_place(talk), hours=_hours(talk))


def _place(talk: Turn) -> str:
    ahead = max(talk.scene.desk.position - 1, 0)
    return talk.say("place_ahead", ahead=ahead) if ahead else talk.say("place_first")


def _wait(talk: Turn) -> str:
    span = talk.scene.desk.wait_minutes
    return talk.say("wait_minutes", minutes=f"{span[0]}–{span[1]}") if span else ""


def _hours(talk: Turn) -> str:
    return talk.say("hours", hours=talk.scene.desk.hours) if talk.scene.desk.hours else ""


def moment(at: datetime, now: datetime) -> str:
    """明天 9:00, 周一 9:00 or 10月8日 9:00, in Beijing time."""
    there, here = local(at), local(now)
    days = (there.date() - here.date()).days
    clock = f"{there.hour}:{there.minute:02d}"
    if days in _DAYS:
        return f"{_DAYS[days]} {clock}"
    if 0 < days < 7:  # noqa: PLR2004  a weekday names a day within the week
        return f"周{_WEEKDAYS[there.weekday()]} {clock}"
    return f"{there.month} 月 {there.day} 日 {clock}"
