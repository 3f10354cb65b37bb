"""Calling a consultant: the offer, the case and its honest receipt."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from faq.understanding import Alarm
from handlers.china_time import local
from handlers.dialogue import commands
from handlers.dialogue.memory import Memory
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, title
from handlers.dialogue.types import CaseReason, OpenCase

_WEEKDAYS = "一二三四五六日"
_DAYS = {0: "今天", 1: "明天", 2: "后天"}


def asked(turn: Turn) -> Outcome | None:
    """The merchant wants a person, or must have one."""
    found = turn.understanding
    if found.outcome == "human":
        return call(turn, "asked")
    if found.outcome == "escalate":
        return alarm(turn, found.alarm or "complaint")
    return None


def alarm(turn: Turn, kind: Alarm) -> Outcome:
    """Anger, law, loss, grief, distress: a calm word that fits, and a person at once."""
    calm = replace(turn, memory=replace(turn.memory, calm=True, alarm=kind))
    again = turn.waiting and turn.memory.alarm and kind in (turn.memory.alarm, "complaint")
    lead = turn.say("alarm_again" if again else f"alarm_{kind}")
    form = {"alarm": turn.say(f"label_{kind}")}
    if turn.waiting:
        return Outcome(blocks(lead, position_line(turn)), calm.memory, end="queued", add=form)
    return call(calm, kind, lead, form)


def offer(turn: Turn, lead: str) -> Outcome:
    """Ask whether a person should look."""
    memory = replace(turn.memory, question="human", numbers="", options=())
    return Outcome(blocks(lead, turn.say("offer_human")), memory)


def accept(turn: Turn) -> Outcome | None:
    """要, 好, 转吧 after the offer; 哦 那收到码就能登了？ asks on, and accepts nothing."""
    asks = any(commands.is_question(one.text) for one in turn.heard.clauses)
    if turn.meant.move == "ack" and (asks or turn.heard.said.asks):
        return None
    return call(turn, "unsolved" if turn.memory.helped else "not_understood")


def decline(turn: Turn) -> Outcome | None:
    """不用 after the offer."""
    memory = replace(turn.memory, question="", misses=0)
    return Outcome(turn.say("offer_declined"), memory)


def person(turn: Turn) -> Outcome | None:
    """A wish for a person that a clause of the message holds."""
    return call(turn, "asked")


def upset(turn: Turn) -> Outcome:
    """烦死了: taken seriously, and a person offered; the second time, one is called."""
    annoyed = turn.memory.upset + 1
    known = replace(turn, memory=replace(turn.memory, upset=annoyed, calm=True))
    if turn.waiting:
        text = blocks(turn.say("upset_waiting"), position_line(turn))
        return Outcome(text, known.memory, end="queued")
    if annoyed > 1:
        return alarm(known, "complaint")
    memory = replace(known.memory, question="human", numbers="", options=())
    return Outcome(blocks(turn.say("upset"), turn.say("offer_human")), memory)


def insulted(turn: Turn) -> Outcome | None:
    """An insult or a threat; 皖北老母鸡 is near to one and speaks to nobody."""
    addressed = turn.meant.score >= _INSULTS or _TO_US.search(turn.text)
    heard = addressed or turn.understanding.outcome == "escalate"
    return alarm(turn, "complaint") if heard else None


_INSULTS = 0.75
"""The score from which words are an insult whoever hears them."""
_TO_US = re.compile(r"你|您|[！!]$")


def call(
    turn: Turn, reason: CaseReason, lead: str = "", form: Mapping[str, str] | None = None
) -> Outcome:
    """Open the case; when one is open already, say where the merchant stands in the queue."""
    if turn.waiting:
        return Outcome(blocks(lead, position_line(turn)), turn.memory, end="queued")
    told = turn.inquiry.ordered(turn.form.values)
    filled = dict(form or {}) | told
    called = turn.inquiry.called(told)
    case = OpenCase(reason=reason, summary=summary(turn), form=filled, called=called)
    return Outcome(blocks(lead, receipt(turn)), after_call(turn), end="queued", case=case)


def after_call(turn: Turn) -> Memory:
    """Nothing asked before the handoff is still open after it; the walk and the subject are."""
    return replace(
        turn.memory,
        options=(),
        numbers="",
        question="contact" if is_closed(turn) else "",
        form=None,
        misses=0,
        times=0,
        unsure=(),
        alarm=turn.memory.alarm if turn.memory.calm else "",
        urged=0,
        contact=bool(turn.memory.form and turn.memory.form.told("contact")),
        notes=(),
        pictures=0,
        materials=(),
    )


def summary(turn: Turn) -> str:
    """One line for the consultant: what it was about and where the walk stands."""
    entry = turn.entry(turn.memory.entry)
    walk = turn.memory.walk
    walked = turn.entry(walk.entry) if walk else None
    wants = turn.say("summary_wants", title=title(entry)) if entry else ""
    at = ""
    if walk and walked and walk.step:
        at = turn.say("summary_walk", title=title(walked), step=walk.step, steps=len(walked.steps))
    return "；".join(part for part in (wants, at) if part)


def is_closed(turn: Turn) -> bool:
    return not turn.context.desk.open_now or turn.context.desk.on_duty == 0


def receipt(turn: Turn, *, after_inquiry: bool = False) -> str:
    """Place, hours and what to prepare; nobody on duty has its own words."""
    if is_closed(turn):
        contact = "" if after_inquiry else turn.say("receipt_contact")
        body = lines(_closed_line(turn), contact, turn.say("receipt_safe"))
    else:
        prepare = "receipt_prepare_inquiry" if after_inquiry else "receipt_prepare"
        place = turn.say("receipt_open", place=_place(turn), wait=_wait(turn), hours=_hours(turn))
        body = lines(place, turn.say(prepare), turn.say("receipt_safe"))
    if turn.memory.alarm == "distress":
        body = lines(turn.say("receipt_distress"), _closed_line(turn) if is_closed(turn) else "")
    return lines(body, passive_line(turn))


def passive_line(turn: Turn) -> str:
    """A passive account cannot write first: the merchant must know how to fetch the answer."""
    return turn.say("receipt_passive") if turn.context.account == "passive" else ""


def position_line(turn: Turn, *, estimate: bool = True) -> str:
    """Where the merchant stands now, for one who waits."""
    if is_closed(turn):
        return lines(_closed_position(turn), passive_line(turn))
    wait = _wait(turn) if estimate else ""
    return lines(turn.say("position_open", place=_place(turn), wait=wait), passive_line(turn))


def _closed_line(turn: Turn) -> str:
    desk = turn.context.desk
    if desk.opens_at:
        return turn.say(
            "receipt_closed", opens=moment(desk.opens_at, turn.context.now), hours=_hours(turn)
        )
    return turn.say("receipt_nobody", hours=_hours(turn))


def _closed_position(turn: Turn) -> str:
    desk = turn.context.desk
    if desk.opens_at:
        return turn.say(
            "position_closed", opens=moment(desk.opens_at, turn.context.now), place=_place(turn)
        )
    return turn.say("position_nobody", place=_place(turn), hours=_hours(turn))


def _place(turn: Turn) -> str:
    ahead = max(turn.context.desk.position - 1, 0)
    return turn.say("place_ahead", ahead=ahead) if ahead else turn.say("place_first")


def _wait(turn: Turn) -> str:
    span = turn.context.desk.wait_minutes
    return turn.say("wait_minutes", minutes=f"{span[0]}–{span[1]}") if span else ""


def _hours(turn: Turn) -> str:
    return turn.say("hours", hours=turn.context.desk.hours) if turn.context.desk.hours else ""


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
